// Memory that is kept for good, unless the attempt that took it fails.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "message/arena.h"

// A chunk stays reachable to the end, as those of the interned types do.
static whorl__arena_t arena;

static void memory_is_zeroed_and_aligned(void **state)
{
  (void)state;
  static const unsigned char ZEROS[100];
  for (size_t size = 0; size < sizeof ZEROS; size++) {
    unsigned char *memory = whorl__arena_alloc(&arena, size);
    assert_int_equal((uintptr_t)memory % 16, 0);
    assert_memory_equal(memory, ZEROS, size);
    memset(memory, 0xa5, size);
  }
}

static void failed_attempts_do_not_add_up(void **state)
{
  (void)state;
  uint64_t allocations = 0;
  for (int attempt = 0; attempt < 20; attempt++) {
    if (attempt == 5) allocations = whorl__memory_allocations(); // by then there are enough chunks of every size
    whorl__arena_mark(&arena);
    for (int i = 0; i < 30; i++) memset(whorl__arena_alloc(&arena, 5000), 0xa5, 5000); // several chunks
    assert_non_null(whorl__arena_alloc(&arena, 100000));                               // and one of its own
    whorl__arena_rewind(&arena);
  }
  assert_int_equal(whorl__memory_allocations(), allocations);
}

static void what_was_there_before_the_mark_stays(void **state)
{
  (void)state;
  char *text = whorl__arena_alloc(&arena, 6);
  memcpy(text, "stays", 6);
  whorl__arena_mark(&arena);
  memset(whorl__arena_alloc(&arena, 1000), 0xa5, 1000);
  whorl__arena_rewind(&arena);
  memset(whorl__arena_alloc(&arena, 1000), 0x5a, 1000);
  assert_string_equal(text, "stays");
}

static void without_memory_there_is_none(void **state)
{
  (void)state;
  whorl__memory_fail_at(1);
  assert_null(whorl__arena_alloc(&arena, (size_t)1 << 20));
  whorl__memory_fail_at(0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(memory_is_zeroed_and_aligned),
      cmocka_unit_test(failed_attempts_do_not_add_up),
      cmocka_unit_test(what_was_there_before_the_mark_stays),
      cmocka_unit_test(without_memory_there_is_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
