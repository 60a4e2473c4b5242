// In which order the ends of blocking work come in a simulated world (docs/tasks.md R37): in that of the beginnings. Gates, not time, decide when a job ends.
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <unistd.h>

#include "simulation/simulation.h"
#include "task/kit.h" // CHECK, note
#include "task/state.h"
#include "whorl/whorl.h"

static whorl_simulation_t world;
static sem_t gate, second_gate;

static int setup(void **state)
{
  (void)state;
  trace_clear();
  sem_init(&gate, 0, 0);
  sem_init(&second_gate, 0, 0);
  return whorl_simulation_create(7, &world);
}

static int teardown(void **state)
{
  (void)state;
  sem_destroy(&gate);
  sem_destroy(&second_gate);
  return whorl_simulation_destroy(world);
}

static int passes_the_gate(void *arg)
{
  sem_wait(&gate);
  return (int)(intptr_t)arg;
}

static int opens_the_gate(void *arg)
{
  sem_post(&gate);
  return (int)(intptr_t)arg;
}

static int notes_who(void *arg)
{
  int status = whorl_work(*(int (**)(void *))arg, (void *)(intptr_t)1);
  note("%s", whorl_task_name());
  return status < 0 ? status : WHORL_OK;
}

static int passes_the_second_gate(void *arg)
{
  sem_wait(&second_gate);
  return (int)(intptr_t)arg;
}

// Does the world's thread rest, having rested more often than that?
static bool rests_again(whorl__simulation_t *self, uint64_t parks, uint64_t *ret_parks)
{
  whorl__core_lock(self->core);
  bool rests = self->core->worker.place == WHORL__PLACE_IDLE && self->core->counts.parks > parks;
  *ret_parks = self->core->counts.parks;
  whorl__core_unlock(self->core);
  return rests;
}

// The second job's end first, and the first one's only after the world has had its look at that: nothing else can have woken it.
static void *lets_the_second_end_first(void *arg)
{
  whorl__simulation_t *self;
  uint64_t parks = 0;
  CHECK_INT(WHORL_OK, whorl__simulation_pin(world, &self));
  while (!rests_again(self, 0, &parks)) sched_yield();
  sem_post(&second_gate);
  for (uint64_t before = parks; !rests_again(self, before, &parks);) sched_yield();
  sem_post(&gate);
  whorl__simulation_unpin(world);
  return arg;
}

static int two_work(void *arg)
{
  static const char *const names[] = {"first", "second"};
  int (**jobs)(void *) = arg;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < 2; i++)
    whorl_task_group_spawn_with_options(&group, notes_who, &jobs[i], &(whorl_task_options_t){.name = names[i]}, NULL, "here");
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("first second", trace);
  return WHORL_OK;
}

static void R37_ends_come_in_the_order_of_the_beginnings_whoever_is_faster(void **state)
{
  static int (*jobs[])(void *) = {passes_the_gate, opens_the_gate}; // the first one certainly ends later
  (void)state;
  assert_int_equal(WHORL_OK, whorl_simulation_run(world, two_work, jobs));
}

static void R37_an_end_that_has_been_seen_is_held_back_for_the_first_ones(void **state)
{
  static int (*jobs[])(void *) = {passes_the_gate, passes_the_second_gate};
  pthread_t opener;
  (void)state;
  assert_int_equal(0, pthread_create(&opener, NULL, lets_the_second_end_first, NULL));
  assert_int_equal(WHORL_OK, whorl_simulation_run(world, two_work, jobs));
  pthread_join(opener, NULL);
}

#define ENTRY(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
  alarm(300); // against hanging
  const struct CMUnitTest tests[] = {
      ENTRY(R37_ends_come_in_the_order_of_the_beginnings_whoever_is_faster),
      ENTRY(R37_an_end_that_has_been_seen_is_held_back_for_the_first_ones),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
