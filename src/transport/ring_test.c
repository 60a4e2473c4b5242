#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "base/list.h"
#include "base/memory.h"
#include "transport/ring.h"
#include "whorl/status.h"
#include "whorl/time.h"

// A sample that only counts its references.
typedef struct counted {
  whorl__sample_t base;
  atomic_int references;
} counted_t;

static void add(whorl__sample_t *sample) { atomic_fetch_add(&WHORL__CONTAINER(sample, counted_t, base)->references, 1); }
static void drop(whorl__sample_t *sample) { atomic_fetch_sub(&WHORL__CONTAINER(sample, counted_t, base)->references, 1); }
static const whorl__sample_ops_t counting = {add, drop};

static void count_call(void *arg) { (*(int *)arg)++; }

static void make(counted_t *samples, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    samples[i].base = (whorl__sample_t){.ops = &counting, .sequence = i + 1};
    atomic_init(&samples[i].references, 0);
  }
}

// Takes one and gives its number, 0 for nothing.
static uint64_t take(whorl__ring_t *ring, int64_t now_ns, bool *ret_more)
{
  whorl__sample_t *sample = whorl__ring_take(ring, now_ns, ret_more);
  if (sample == NULL) return 0;
  uint64_t number = sample->sequence;
  whorl__sample_unref(sample);
  return number;
}

static void balances(whorl__ring_t *ring)
{
  whorl__ring_counts_t counts = whorl__ring_read_counts(ring);
  assert_int_equal(counts.received, counts.taken + counts.dropped + counts.expired + ring->count);
}

static void samples_come_out_in_order(void **state)
{
  (void)state;
  counted_t samples[3];
  make(samples, 3);
  whorl__ring_t ring;
  assert_int_equal(whorl__ring_init(&ring, 10, NULL, NULL), WHORL_OK);
  for (int i = 0; i < 3; i++) whorl__ring_store(&ring, &samples[i].base, WHORL_FOREVER);
  bool more = false;
  assert_int_equal(take(&ring, 0, &more), 1);
  assert_true(more);
  assert_int_equal(take(&ring, 0, &more), 2);
  assert_true(more);
  assert_int_equal(take(&ring, 0, &more), 3);
  assert_false(more);
  assert_int_equal(take(&ring, 0, &more), 0);
  balances(&ring);
  whorl__ring_fini(&ring);
}

static void the_oldest_falls_out_and_is_counted(void **state)
{
  (void)state;
  counted_t samples[7];
  make(samples, 7);
  whorl__ring_t ring;
  assert_int_equal(whorl__ring_init(&ring, 3, NULL, NULL), WHORL_OK);
  for (int i = 0; i < 7; i++) whorl__ring_store(&ring, &samples[i].base, WHORL_FOREVER);
  for (int i = 0; i < 7; i++) assert_int_equal(samples[i].references, i < 4 ? 0 : 1);
  whorl__ring_counts_t counts = whorl__ring_read_counts(&ring);
  assert_int_equal(counts.received, 7);
  assert_int_equal(counts.dropped, 4);
  balances(&ring);
  bool more;
  for (uint64_t number = 5; number <= 7; number++) assert_int_equal(take(&ring, 0, &more), number);
  balances(&ring);
  whorl__ring_fini(&ring);
}

static void the_hook_is_called_once_per_filling(void **state)
{
  (void)state;
  counted_t samples[4];
  make(samples, 4);
  int calls = 0;
  bool more;
  whorl__ring_t ring;
  assert_int_equal(whorl__ring_init(&ring, 2, count_call, &calls), WHORL_OK);
  whorl__ring_store(&ring, &samples[0].base, WHORL_FOREVER);
  whorl__ring_store(&ring, &samples[1].base, WHORL_FOREVER);
  whorl__ring_store(&ring, &samples[2].base, WHORL_FOREVER);
  assert_int_equal(calls, 1);
  take(&ring, 0, &more); // one is left: still armed
  whorl__ring_store(&ring, &samples[3].base, WHORL_FOREVER);
  assert_int_equal(calls, 1);
  take(&ring, 0, &more);
  take(&ring, 0, &more);
  assert_false(more);
  assert_false(whorl__ring_ready(&ring));
  whorl__ring_store(&ring, &samples[0].base, WHORL_FOREVER);
  assert_int_equal(calls, 2);
  assert_true(whorl__ring_ready(&ring));
  whorl__ring_fini(&ring);
}

static void expired_samples_are_skipped_and_counted(void **state)
{
  (void)state;
  counted_t samples[4];
  make(samples, 4);
  int calls = 0;
  bool more = true;
  whorl__ring_t ring;
  assert_int_equal(whorl__ring_init(&ring, 10, count_call, &calls), WHORL_OK);
  whorl__ring_store(&ring, &samples[0].base, 100);
  whorl__ring_store(&ring, &samples[1].base, 200);
  whorl__ring_store(&ring, &samples[2].base, 100);
  assert_int_equal(take(&ring, 100, &more), 2); // a lifespan that ends now has ended
  assert_int_equal(take(&ring, 100, &more), 0);
  assert_false(more);
  assert_int_equal(whorl__ring_read_counts(&ring).expired, 2);
  balances(&ring);
  whorl__ring_store(&ring, &samples[3].base, WHORL_FOREVER); // emptied by expiry: armed again
  assert_int_equal(calls, 2);
  for (int i = 0; i < 3; i++) assert_int_equal(samples[i].references, 0);
  whorl__ring_fini(&ring);
}

static void what_is_left_is_released_at_the_end(void **state)
{
  (void)state;
  counted_t samples[5];
  make(samples, 5);
  int64_t blocks = whorl__memory_blocks();
  whorl__ring_t ring;
  bool more;
  assert_int_equal(whorl__ring_init(&ring, 3, NULL, NULL), WHORL_OK);
  for (int i = 0; i < 5; i++) whorl__ring_store(&ring, &samples[i].base, WHORL_FOREVER);
  take(&ring, 0, &more);
  whorl__ring_fini(&ring);
  for (int i = 0; i < 5; i++) assert_int_equal(samples[i].references, 0);
  assert_int_equal(whorl__memory_blocks(), blocks);
}

static struct {
  int calls;
  size_t waiting;
  uint32_t times;
} backlog;

static void note_backlog(void *arg, size_t waiting, uint32_t times)
{
  assert_null(arg);
  backlog.calls++;
  backlog.waiting = waiting;
  backlog.times = times;
}

// For every level and every fall that follows: told when it is reached, and again if fewer than half of it were found in between.
static void a_backlog_is_told_when_the_level_is_reached(void **state)
{
  (void)state;
  counted_t sample;
  bool more;
  make(&sample, 1);
  for (size_t level = 1; level <= 12; level++) {
    size_t reached = level < 8 ? level : 8;
    for (size_t left = 0; left < reached; left++) {
      whorl__ring_t ring;
      backlog.calls = 0;
      assert_int_equal(whorl__ring_init(&ring, 8, NULL, NULL), WHORL_OK);
      whorl__ring_watch(&ring, level, note_backlog);
      for (size_t i = 1; i < reached; i++) whorl__ring_store(&ring, &sample.base, WHORL_FOREVER);
      assert_int_equal(backlog.calls, 0);
      for (int i = 0; i < 20; i++) whorl__ring_store(&ring, &sample.base, WHORL_FOREVER);
      assert_int_equal(backlog.calls, 1);
      assert_int_equal(backlog.waiting, reached);
      while (ring.count > left) take(&ring, 0, &more);
      for (int i = 0; i < 20; i++) whorl__ring_store(&ring, &sample.base, WHORL_FOREVER);
      assert_int_equal(backlog.calls, 2 * left < reached ? 2 : 1);
      assert_int_equal(backlog.times, backlog.calls);
      whorl__ring_fini(&ring);
    }
  }
}

static void what_comes_to_a_full_ring_can_be_what_is_dropped(void **state)
{
  (void)state;
  counted_t samples[4];
  make(samples, 4);
  whorl__ring_t ring;
  bool more;
  assert_int_equal(whorl__ring_init(&ring, 2, NULL, NULL), WHORL_OK);
  ring.drops_newest = true;
  for (int i = 0; i < 3; i++) whorl__ring_store(&ring, &samples[i].base, WHORL_FOREVER);
  assert_int_equal(samples[2].references, 0);
  assert_int_equal(whorl__ring_read_counts(&ring).dropped, 1);
  balances(&ring);
  assert_int_equal(take(&ring, 0, &more), 1);
  whorl__ring_store(&ring, &samples[3].base, WHORL_FOREVER);
  assert_int_equal(take(&ring, 0, &more), 2);
  assert_int_equal(take(&ring, 0, &more), 4);
  whorl__ring_fini(&ring);
}

static void a_ring_without_memory_leaves_no_trace(void **state)
{
  (void)state;
  whorl__ring_t ring;
  whorl__memory_fail_at(1);
  assert_int_equal(whorl__ring_init(&ring, 5, NULL, NULL), WHORL_NO_MEMORY);
  whorl__memory_fail_at(0);
  assert_int_equal(whorl__ring_init(&ring, SIZE_MAX / 2, NULL, NULL), WHORL_NO_MEMORY);
}

// Two threads store, one takes. A missed hook would leave the taker waiting: it looks only when it was called.
enum { STORES = 3000 };
static counted_t contested[2 * STORES];
static whorl__ring_t shared_ring;
static atomic_int hooks;

static void count_hook(void *arg)
{
  (void)arg;
  atomic_fetch_add(&hooks, 1);
}

static void *store_all(void *arg)
{
  counted_t *samples = arg;
  for (int i = 0; i < STORES; i++) {
    whorl__ring_store(&shared_ring, &samples[i].base, WHORL_FOREVER);
    if (i % 8 == 0) sched_yield();
  }
  return NULL;
}

static void no_filling_is_missed_between_threads(void **state)
{
  (void)state;
  make(contested, 2 * STORES);
  assert_int_equal(whorl__ring_init(&shared_ring, 2 * STORES, count_hook, NULL), WHORL_OK);
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) assert_int_equal(pthread_create(&threads[i], NULL, store_all, &contested[i * STORES]), 0);
  int seen = 0, taken = 0;
  uint64_t last[2] = {0, 0};
  while (taken < 2 * STORES) {
    if (atomic_load(&hooks) == seen) {
      sched_yield();
      continue;
    }
    seen++;
    bool more = true;
    while (more) {
      uint64_t number = take(&shared_ring, 0, &more);
      assert_true(number != 0);
      int from = number > STORES;
      assert_true(number > last[from]); // in order per writer
      last[from] = number;
      taken++;
    }
  }
  for (int i = 0; i < 2; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
  assert_int_equal(atomic_load(&hooks), seen);
  balances(&shared_ring);
  whorl__ring_fini(&shared_ring);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(samples_come_out_in_order),
      cmocka_unit_test(the_oldest_falls_out_and_is_counted),
      cmocka_unit_test(the_hook_is_called_once_per_filling),
      cmocka_unit_test(expired_samples_are_skipped_and_counted),
      cmocka_unit_test(what_is_left_is_released_at_the_end),
      cmocka_unit_test(a_backlog_is_told_when_the_level_is_reached),
      cmocka_unit_test(what_comes_to_a_full_ring_can_be_what_is_dropped),
      cmocka_unit_test(a_ring_without_memory_leaves_no_trace),
      cmocka_unit_test(no_filling_is_missed_between_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
