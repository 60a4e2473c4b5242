#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <string.h>

#include "base/memory.h"

static int stop_failing(void **state)
{
  (void)state;
  whorl__memory_fail_at(0);
  return 0;
}

static void memory_comes_zeroed_and_counted(void **state)
{
  (void)state;
  uint64_t allocations = whorl__memory_allocations();
  int64_t blocks = whorl__memory_blocks();
  unsigned char *memory = whorl__alloc(100);
  for (int i = 0; i < 100; i++) assert_int_equal(memory[i], 0);
  assert_int_equal(whorl__memory_allocations(), allocations + 1);
  assert_int_equal(whorl__memory_blocks(), blocks + 1);
  whorl__free(memory);
  assert_int_equal(whorl__memory_blocks(), blocks);
}

static void aligned_memory_is_aligned_and_zeroed(void **state)
{
  (void)state;
  for (size_t alignment = 1; alignment <= 4096; alignment *= 2) {
    unsigned char *memory = whorl__alloc_aligned(alignment, 33);
    assert_int_equal((uintptr_t)memory % alignment, 0);
    for (int i = 0; i < 33; i++) assert_int_equal(memory[i], 0);
    whorl__free(memory);
  }
}

static void realloc_keeps_the_content_and_one_block(void **state)
{
  (void)state;
  int64_t blocks = whorl__memory_blocks();
  char *memory = whorl__realloc(NULL, 4);
  memcpy(memory, "abc", 4);
  memory = whorl__realloc(memory, 4000);
  assert_string_equal(memory, "abc");
  assert_int_equal(whorl__memory_blocks(), blocks + 1);
  whorl__free(memory);
  assert_int_equal(whorl__memory_blocks(), blocks);
}

static void nothing_can_be_asked_for_and_freed(void **state)
{
  (void)state;
  void *nothing = whorl__alloc(0);
  assert_non_null(nothing);
  whorl__free(nothing);
  whorl__free(NULL);
}

static void permanent_memory_is_no_block_alive(void **state)
{
  (void)state;
  int64_t blocks = whorl__memory_blocks();
  void *kept = whorl__alloc_permanent(8);
  assert_non_null(kept);
  assert_int_equal(whorl__memory_blocks(), blocks);
  whorl__free_permanent(kept);
  assert_int_equal(whorl__memory_blocks(), blocks);
}

static void *free_all(void *arg)
{
  void **memory = arg;
  for (int i = 0; i < 10; i++) whorl__free(memory[i]);
  memory[0] = whorl__alloc(1);
  return NULL;
}

static void a_block_may_be_freed_by_another_thread(void **state)
{
  (void)state;
  uint64_t allocations = whorl__memory_allocations();
  int64_t blocks = whorl__memory_blocks();
  for (int round = 0; round < 40; round++) { // more threads than there are counters
    void *memory[10];
    pthread_t thread;
    for (int i = 0; i < 10; i++) memory[i] = whorl__alloc(1);
    assert_int_equal(whorl__memory_blocks(), blocks + 10);
    assert_int_equal(0, pthread_create(&thread, NULL, free_all, memory));
    pthread_join(thread, NULL);
    assert_int_equal(whorl__memory_blocks(), blocks + 1);
    whorl__free(memory[0]);
    assert_int_equal(whorl__memory_blocks(), blocks);
  }
  assert_int_equal(whorl__memory_allocations(), allocations + 40 * 11);
}

static void the_chosen_allocation_fails_once(void **state)
{
  (void)state;
  int64_t blocks = whorl__memory_blocks();
  whorl__memory_fail_at(3);
  void *first = whorl__alloc(1), *second = whorl__strdup("x");
  assert_non_null(first);
  assert_non_null(second);
  assert_null(whorl__realloc(first, 10)); // the third; `first` stays as it was
  void *fourth = whorl__alloc_aligned(64, 1);
  assert_non_null(fourth);
  whorl__free(first);
  whorl__free(second);
  whorl__free(fourth);
  assert_int_equal(whorl__memory_blocks(), blocks);
}

static void every_door_can_fail(void **state)
{
  (void)state;
  whorl__memory_fail_at(1);
  assert_null(whorl__alloc(1));
  whorl__memory_fail_at(1);
  assert_null(whorl__alloc_aligned(16, 1));
  whorl__memory_fail_at(1);
  assert_null(whorl__alloc_permanent(1));
  whorl__memory_fail_at(1);
  assert_null(whorl__realloc(NULL, 1));
  whorl__memory_fail_at(1);
  assert_null(whorl__strdup("x"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(memory_comes_zeroed_and_counted),
      cmocka_unit_test(aligned_memory_is_aligned_and_zeroed),
      cmocka_unit_test(realloc_keeps_the_content_and_one_block),
      cmocka_unit_test(nothing_can_be_asked_for_and_freed),
      cmocka_unit_test(permanent_memory_is_no_block_alive),
      cmocka_unit_test(a_block_may_be_freed_by_another_thread),
      cmocka_unit_test_teardown(the_chosen_allocation_fails_once, stop_failing),
      cmocka_unit_test_teardown(every_door_can_fail, stop_failing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
