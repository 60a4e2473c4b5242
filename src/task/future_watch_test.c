// Watches of futures: told once at the most, and never after unwatch has returned, whoever ends the future meanwhile.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "task/future.h"
#include "task/kit.h"

typedef struct watching {
  whorl__future_watch_t watch;
  atomic_int told;
  atomic_bool let_go;   // unwatch has returned
  atomic_bool too_late; // told after that
} watching_t;

static void count(whorl__future_watch_t *watch)
{
  watching_t *self = WHORL__CONTAINER(watch, watching_t, watch);
  atomic_fetch_add(&self->told, 1);
  if (atomic_load(&self->let_go)) atomic_store(&self->too_late, true);
}

static whorl_future_t make_future(void)
{
  whorl_future_t future;
  assert_int_equal(WHORL_OK, whorl_future_create(NULL, &future));
  return future;
}

static void begin(watching_t *self, whorl_future_t future)
{
  bool complete = true;
  *self = (watching_t){.watch.told = count};
  assert_int_equal(WHORL_OK, whorl__future_watch(future, &self->watch, &complete));
  assert_false(complete);
}

static int end(watching_t *self, whorl_future_t future, bool *ret_complete)
{
  int status = whorl__future_unwatch(future, &self->watch, ret_complete);
  atomic_store(&self->let_go, true);
  return status;
}

static void who_watches_is_told_once(void **state)
{
  (void)state;
  whorl_future_t future = make_future();
  watching_t watching, late = {.watch.told = count};
  bool complete = false;
  begin(&watching, future);
  assert_int_equal(WHORL_OK, whorl_future_complete(future, WHORL_OK, NULL));
  assert_int_equal(1, atomic_load(&watching.told));
  assert_int_equal(WHORL_OK, end(&watching, future, &complete));
  assert_true(complete);
  complete = false;
  assert_int_equal(WHORL_OK, whorl__future_watch(future, &late.watch, &complete));
  assert_true(complete); // and has not joined
  assert_int_equal(WHORL_OK, whorl_future_destroy(future));
  assert_int_equal(1, atomic_load(&watching.told));
  assert_int_equal(0, atomic_load(&late.told));
}

static void who_has_let_go_is_not_told(void **state)
{
  (void)state;
  whorl_future_t future = make_future();
  watching_t watching;
  bool complete = true;
  begin(&watching, future);
  assert_int_equal(WHORL_OK, end(&watching, future, &complete));
  assert_false(complete);
  assert_int_equal(WHORL_OK, whorl_future_complete(future, WHORL_OK, NULL));
  assert_int_equal(WHORL_OK, whorl_future_destroy(future));
  assert_int_equal(0, atomic_load(&watching.told));
}

// The next future lives in the memory of the destroyed one: its own watch stays.
static void the_watch_of_a_destroyed_future_leaves_the_next_one_alone(void **state)
{
  (void)state;
  whorl_future_t first = make_future(), second;
  watching_t of_first, of_second;
  bool complete = true;
  begin(&of_first, first);
  assert_int_equal(WHORL_OK, whorl_future_destroy(first));
  assert_int_equal(1, atomic_load(&of_first.told));
  second = make_future();
  begin(&of_second, second);
  assert_ptr_equal(of_first.watch.future, of_second.watch.future);
  assert_int_equal(WHORL_DESTROYED, end(&of_first, first, &complete));
  assert_true(complete); // untouched
  assert_int_equal(WHORL_OK, whorl_future_complete(second, WHORL_OK, NULL));
  assert_int_equal(1, atomic_load(&of_second.told));
  assert_int_equal(WHORL_OK, end(&of_second, second, &complete));
  assert_int_equal(WHORL_OK, whorl_future_destroy(second));
}

// --- While the future is being destroyed: its handle is stale, and the second watch not told yet.

static struct {
  watching_t first, second;
  whorl_future_t future;
  atomic_bool letting_go;
  pthread_t thread;
  int status;
} torn;

static void *lets_the_second_go(void *arg)
{
  bool complete;
  atomic_store(&torn.letting_go, true);
  torn.status = end(&torn.second, torn.future, &complete);
  return arg;
}

// Gives the other thread every chance to come back too early.
static void starts_the_other_thread(whorl__future_watch_t *watch)
{
  (void)watch;
  if (pthread_create(&torn.thread, NULL, lets_the_second_go, NULL) != 0) abort();
  while (!atomic_load(&torn.letting_go)) sched_yield();
  for (int i = 0; i < 1000 && !atomic_load(&torn.second.let_go); i++) sched_yield();
}

static void nobody_is_told_after_letting_go_of_one_that_is_being_destroyed(void **state)
{
  (void)state;
  torn.future = make_future();
  atomic_store(&torn.letting_go, false);
  begin(&torn.first, torn.future);
  torn.first.watch.told = starts_the_other_thread;
  begin(&torn.second, torn.future);
  assert_int_equal(WHORL_OK, whorl_future_destroy(torn.future));
  assert_int_equal(0, pthread_join(torn.thread, NULL));
  assert_int_equal(WHORL_DESTROYED, torn.status);
  assert_int_equal(1, atomic_load(&torn.second.told));
  assert_false(atomic_load(&torn.second.too_late));
}

// --- Two threads, over and over

enum { ROUNDS = 20000 };
static _Atomic uint64_t offered; // a future's id; 0: taken

static void *ends_what_is_offered(void *arg)
{
  for (int i = 0; i < ROUNDS; i++) {
    uint64_t id;
    while ((id = atomic_exchange(&offered, 0)) == 0) sched_yield();
    if (i % 2 == 0) (void)whorl_future_complete((whorl_future_t){id}, WHORL_OK, NULL);
    (void)whorl_future_destroy((whorl_future_t){id});
  }
  return arg;
}

static void twenty_thousand_races_of_letting_go_and_the_end(void **state)
{
  (void)state;
  pthread_t ender;
  assert_int_equal(0, pthread_create(&ender, NULL, ends_what_is_offered, NULL));
  for (int i = 0; i < ROUNDS; i++) {
    whorl_future_t future = make_future();
    watching_t watching;
    bool complete = false;
    begin(&watching, future);
    atomic_store(&offered, future.id);
    if (i % 3 == 0)
      while (atomic_load(&offered) != 0) sched_yield();
    int status = end(&watching, future, &complete);
    assert_true(status == WHORL_OK || status == WHORL_DESTROYED);
    int told = atomic_load(&watching.told);
    assert_in_range(told, complete || status == WHORL_DESTROYED ? 1 : 0, complete || status == WHORL_DESTROYED ? 1 : 0);
    while (atomic_load(&offered) != 0) sched_yield();
    assert_int_equal(told, atomic_load(&watching.told));
  }
  pthread_join(ender, NULL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(who_watches_is_told_once),
      cmocka_unit_test(who_has_let_go_is_not_told),
      cmocka_unit_test(the_watch_of_a_destroyed_future_leaves_the_next_one_alone),
      cmocka_unit_test(nobody_is_told_after_letting_go_of_one_that_is_being_destroyed),
      cmocka_unit_test(twenty_thousand_races_of_letting_go_and_the_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
