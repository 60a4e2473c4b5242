// A chaos from each of some seeds, as many for each liking. `make soak` has a thousand (chaos_soak.c).
#include <pthread.h>

#include "message/pool.h"
#include "simulation/chaos_testing.h"
#include "task/sanitizer.h"

#if defined(WHORL__TSAN)
enum { SEEDS = 6, OPERATIONS = 5000, OPERATIONS_BESIDE = 5000 }; // it takes thirty times as long
#elif defined(WHORL__ASAN)
enum { SEEDS = 18, OPERATIONS = 10000, OPERATIONS_BESIDE = 10000 };
#else
enum { SEEDS = 18, OPERATIONS = 50000, OPERATIONS_BESIDE = 10000 };
#endif
enum { SIDES = 3 };

static void lives_of_nodes_and_entities_balance_whatever_happens(void **state)
{
  uint64_t last = 0;
  (void)state;
  for (uint64_t seed = 1; seed <= SEEDS; seed++) {
    uint64_t hash = run_chaos(seed, OPERATIONS);
    assert_true(hash != last);
    last = hash;
  }
}

// The second life finds other pools than the first, so other allocations fail, and other numbers of messages are alive at once.
static void lives_balance_when_memory_lacks_now_and_then(void **state)
{
  (void)state;
  for (uint64_t seed = 101; seed <= 105; seed++) {
    (void)live_through(seed, OPERATIONS, true);
    whorl__pools_trim();
    int64_t blocks = whorl__memory_blocks();
    (void)live_through(seed, OPERATIONS, true);
    whorl__pools_trim();
    assert_int_equal(whorl__memory_blocks(), blocks);
  }
}

// --- Threads share handles, pools and types, and nothing that a world could notice.

typedef struct side {
  pthread_t thread;
  uint64_t seed, hash;
} side_t;

static void *live_beside(void *arg)
{
  side_t *side = arg;
  side->hash = live_through(side->seed, OPERATIONS_BESIDE, false);
  return NULL;
}

static void worlds_on_several_threads_do_not_notice_each_other(void **state)
{
  side_t sides[SIDES];
  (void)state;
  for (unsigned i = 0; i < SIDES; i++) {
    sides[i].seed = SEEDS + 1 + i;
    assert_int_equal(pthread_create(&sides[i].thread, NULL, live_beside, &sides[i]), 0);
  }
  for (unsigned i = 0; i < SIDES; i++) assert_int_equal(pthread_join(sides[i].thread, NULL), 0);
  for (unsigned i = 0; i < SIDES; i++) assert_true(live_through(sides[i].seed, OPERATIONS_BESIDE, false) == sides[i].hash);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lives_of_nodes_and_entities_balance_whatever_happens),
      cmocka_unit_test(lives_balance_when_memory_lacks_now_and_then),
      cmocka_unit_test(worlds_on_several_threads_do_not_notice_each_other),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
