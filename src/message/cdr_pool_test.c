// Buffers of every size, reused by size.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "message/cdr_pool.h"
#include "message/sample.h"
#include "whorl/status.h"

static const whorl__type_t TYPE = {.ros_name = "my_msgs/msg/Any"};

static int trim(void **state)
{
  (void)state;
  whorl__cdr_trim();
  return 0;
}

static void every_size_has_room_and_zeros_behind_it(void **state)
{
  (void)state;
  for (size_t size = 0; size < 5000; size++) {
    whorl__cdr_t *cdr = whorl__cdr_new(&TYPE, size);
    assert_int_equal(cdr->size, size);
    for (size_t i = size; i % 4 != 0; i++) assert_int_equal(cdr->bytes[i], 0);
    memset(cdr->bytes, 0xff, (size + 3) & ~(size_t)3); // the next one of this size finds this
    whorl__cdr_free(cdr);
  }
}

static void a_buffer_is_reused_for_about_its_size(void **state)
{
  (void)state;
  for (size_t size = 50; size < (1u << 25); size = size * 3 / 2) {
    whorl__cdr_t *cdr = whorl__cdr_new(&TYPE, size);
    whorl__cdr_free(cdr);
    whorl__cdr_t *same = whorl__cdr_new(&TYPE, size), *larger = whorl__cdr_new(&TYPE, size * 5 / 4 + 64);
    assert_ptr_equal(same, cdr);
    assert_ptr_not_equal(larger, cdr);
    whorl__cdr_free(same);
    whorl__cdr_free(larger);
    whorl__cdr_trim();
  }
}

static void what_is_kept_is_bounded(void **state)
{
  (void)state;
  enum { COUNT = 12 };
  int64_t blocks = whorl__memory_blocks();
  whorl__cdr_t *buffers[COUNT];
  for (int i = 0; i < COUNT; i++) buffers[i] = whorl__cdr_new(&TYPE, WHORL__CDR_POOL_LARGEST / 8);
  for (int i = 0; i < COUNT; i++) whorl__cdr_free(buffers[i]);
  int64_t kept = whorl__memory_blocks() - blocks;
  assert_in_range(kept, 4, 8);
  whorl__cdr_free(whorl__cdr_new(&TYPE, 2 * (size_t)WHORL__CDR_POOL_LARGEST)); // larger than any class
  assert_int_equal(whorl__memory_blocks() - blocks, kept);
  whorl__cdr_trim();
  assert_int_equal(whorl__memory_blocks(), blocks);
}

static void without_memory_there_is_no_buffer(void **state)
{
  (void)state;
  whorl__memory_fail_at(1);
  assert_null(whorl__cdr_new(&TYPE, 100));
  whorl__memory_fail_at(0);
  assert_string_equal(whorl_detail(), "my_msgs/msg/Any: no memory for 100 serialised bytes");
  assert_null(whorl__cdr_new(&TYPE, SIZE_MAX)); // no overflow
  whorl__cdr_free(NULL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(every_size_has_room_and_zeros_behind_it, trim),
      cmocka_unit_test_teardown(a_buffer_is_reused_for_about_its_size, trim),
      cmocka_unit_test_teardown(what_is_kept_is_bounded, trim),
      cmocka_unit_test_teardown(without_memory_there_is_no_buffer, trim),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
