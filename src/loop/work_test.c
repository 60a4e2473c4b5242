// Blocking work on a real loop: docs/tasks.md R30. The pool has one thread, so a second job is queued behind the first; gates, not time, decide when a job ends.
#include "whorl/work.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "base/detail.h"
#include "task/kit.h" // CHECK, note
#include "whorl/channel.h"
#include "whorl/loop.h"

static whorl_loop_t loop;
static pthread_t loop_thread;
static sem_t gate;
static atomic_int begun;
static bool ended;

static int setup(void **state)
{
  (void)state;
  trace_clear();
  atomic_store(&begun, 0);
  ended = false;
  loop_thread = pthread_self();
  sem_init(&gate, 0, 0);
  return whorl_loop_create(NULL, &loop);
}

static int teardown(void **state)
{
  (void)state;
  sem_destroy(&gate);
  return whorl_loop_destroy(loop);
}

#define LOOP_TEST(name)                                                  \
  static int name##_main(void *arg);                                     \
  static void name(void **state)                                         \
  {                                                                      \
    (void)state;                                                         \
    assert_int_equal(WHORL_OK, whorl_loop_run(loop, name##_main, NULL)); \
  }                                                                      \
  static int name##_main(void *arg __attribute__((unused)))
#define ENTRY(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

// --- Jobs

static int seventeen_elsewhere(void *arg)
{
  CHECK(!pthread_equal(loop_thread, pthread_self()));
  CHECK(!whorl_work_canceled());
  CHECK_INT(WHORL_OK, whorl_sleep(1)); // as on any plain thread
  *(bool *)arg = true;
  return 17;
}

static int fails(void *arg) { return whorl__fail(WHORL_IO_ERROR, "no %s in the drive", (const char *)arg); }

static int waits_at_the_gate(void *arg)
{
  atomic_fetch_add(&begun, 1);
  sem_wait(&gate);
  return (int)(intptr_t)arg;
}

static int waits_until_cancelled(void *arg)
{
  atomic_fetch_add(&begun, 1);
  while (!whorl_work_canceled()) sched_yield();
  return (int)(intptr_t)arg;
}

static int adds_one(void *arg)
{
  ++*(int *)arg;
  return WHORL_OK;
}

static void await_begun(int count)
{
  while (atomic_load(&begun) < count) CHECK_INT(WHORL_OK, whorl_yield());
}

// --- Tasks

static int has_it_done(int (*job)(void *arg), const char *who, int result)
{
  int status = whorl_work(job, (void *)(intptr_t)result);
  if (status > 0)
    note("%s=%d", who, status);
  else
    note("%s:%s", who, whorl_status_name(status) + 6);
  return status == WHORL_CANCELED ? status : WHORL_OK;
}

static int first(void *arg) { return has_it_done(arg == NULL ? waits_at_the_gate : waits_until_cancelled, "first", 1); }
static int second(void *arg) { return has_it_done(arg == NULL ? waits_at_the_gate : waits_until_cancelled, "second", 2); }

LOOP_TEST(runs_on_another_thread_and_returns_what_it_returns)
{
  bool ran = false;
  CHECK_INT(17, whorl_work(seventeen_elsewhere, &ran));
  CHECK(ran);
  CHECK_INT(WHORL_IO_ERROR, whorl_work(fails, "disk"));
  CHECK_TEXT("no disk in the drive", whorl_detail());
  return WHORL_OK;
}

LOOP_TEST(the_loop_goes_on_meanwhile)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, first, NULL);
  await_begun(1);
  CHECK_TEXT("", trace);
  sem_post(&gate); // only the loop's thread opens it
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_TEXT("first=1", trace);
  return WHORL_OK;
}

// --- Cancellation

static int says_why(void *arg)
{
  int status = whorl_work(waits_at_the_gate, arg);
  note("%s", whorl_detail());
  return status;
}

LOOP_TEST(a_queued_job_is_removed_while_the_other_still_runs)
{
  whorl_task_group_t running, queued;
  whorl_task_group_open(&running);
  whorl_task_group_spawn(&running, first, NULL);
  await_begun(1);
  whorl_task_group_open_with_options(&queued, &(whorl_task_group_options_t){.name = "impatient"}, "here");
  whorl_task_group_spawn(&queued, says_why, NULL);
  CHECK_INT(WHORL_OK, whorl_yield());
  whorl_task_group_cancel(&queued);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&queued, WHORL_OK)); // the gate is still shut
  CHECK(strstr(trace, "group 'impatient'") != NULL);
  sem_post(&gate);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&running, WHORL_OK));
  CHECK(strstr(trace, "first=1") != NULL);
  CHECK_INT(1, atomic_load(&begun));
  return WHORL_OK;
}

static int opens_the_gate(void *arg)
{
  sem_post(&gate);
  return (int)(intptr_t)arg;
}

static int third(void *arg)
{
  (void)arg;
  return has_it_done(opens_the_gate, "third", 3);
}

// Between the cancel and the moment at which its task hears of it, too.
LOOP_TEST(R30_once_cancelled_a_queued_job_does_not_begin)
{
  whorl_task_group_t group, other;
  whorl_task_group_open(&other);
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, first, "until cancelled");
  await_begun(1);
  whorl_task_group_spawn(&group, second, "until cancelled");
  CHECK_INT(WHORL_OK, whorl_yield());
  whorl_task_group_spawn(&other, third, NULL);
  CHECK_INT(WHORL_OK, whorl_yield());
  whorl_task_group_cancel(&group);
  sem_wait(&gate); // stops the loop until the pool has come past the second job
  CHECK_INT(1, atomic_load(&begun));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&other, WHORL_OK));
  CHECK(strstr(trace, "first=1") != NULL && strstr(trace, "second:CANCELED") != NULL && strstr(trace, "third=3") != NULL);
  return WHORL_OK;
}

LOOP_TEST(R3_in_a_cancelled_scope_nothing_is_queued)
{
  whorl_timeout_t timeout;
  int count = 0;
  whorl_timeout_open(&timeout, 0);
  CHECK_INT(WHORL_CANCELED, whorl_work(adds_one, &count));
  whorl_shield_t shield;
  whorl_shield_open(&shield, WHORL_SECONDS(60));
  CHECK_INT(WHORL_OK, whorl_work(adds_one, &count));
  CHECK_INT(WHORL_OK, whorl_shield_close(&shield, WHORL_OK));
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, WHORL_CANCELED));
  CHECK_INT(1, count);
  return WHORL_OK;
}

static int cancels_the_loop_and_goes_on(void *arg)
{
  CHECK_INT(WHORL_OK, whorl_loop_cancel(loop));
  (void)waits_until_cancelled(arg);
  for (int i = 0; i < 100; i++) sched_yield();
  ended = true;
  return WHORL_OK;
}

static int has_the_loop_cancelled(void *arg)
{
  CHECK_INT(WHORL_OK, whorl_work(cancels_the_loop_and_goes_on, arg));
  return whorl_yield();
}

static void R30_a_loop_waits_for_running_jobs(void **state)
{
  (void)state;
  assert_int_equal(WHORL_CANCELED, whorl_loop_run(loop, has_the_loop_cancelled, NULL));
  assert_true(ended);
}

// --- Many

enum { TASKS = 20, JOBS = 25 };
static whorl_channel_t results;

static int sends_a_result(void *arg) { return whorl_channel_try_send(results, arg); }

static int has_many_done(void *arg)
{
  for (int i = 0; i < JOBS; i++) WHORL_TRY(whorl_work(sends_a_result, arg));
  return WHORL_OK;
}

LOOP_TEST(many_jobs_of_many_tasks)
{
  whorl_task_group_t group;
  int counts[TASKS] = {0};
  CHECK_INT(WHORL_OK, whorl_channel_create(TASKS, NULL, &results)); // as many as can be under way
  whorl_task_group_open(&group);
  for (int i = 0; i < TASKS; i++) whorl_task_group_spawn(&group, has_many_done, &counts[i]);
  for (int i = 0; i < TASKS * JOBS; i++) {
    void *item;
    CHECK_INT(WHORL_OK, whorl_channel_receive(results, &item));
    ++*(int *)item;
  }
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  for (int i = 0; i < TASKS; i++) CHECK_INT(JOBS, counts[i]);
  return whorl_channel_destroy(results);
}

// Cancelled at any moment: each job either ran, and that is what its task heard, or never did.
static atomic_int ran;

static int counts_itself(void *arg)
{
  (void)arg;
  atomic_fetch_add(&ran, 1);
  return WHORL_OK;
}

static int counts_its_own(void *arg)
{
  for (;;) {
    int status = whorl_work(counts_itself, NULL);
    if (status < 0) return status;
    ++*(int *)arg;
  }
}

LOOP_TEST(R4_cancelled_at_any_moment)
{
  int heard = 0;
  for (int i = 0; i < 100; i++) {
    whorl_task_group_t group;
    whorl_task_group_open(&group);
    for (int j = 0; j < 4; j++) whorl_task_group_spawn(&group, counts_its_own, &heard);
    for (int j = 0; j <= i % 7; j++) CHECK_INT(WHORL_OK, whorl_sleep(WHORL_MICROSECONDS(10)));
    whorl_task_group_cancel(&group);
    CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
    CHECK_INT(atomic_load(&ran), heard);
  }
  CHECK(heard > 0);
  return WHORL_OK;
}

// --- What is refused

LOOP_TEST(bad_arguments)
{
  CHECK_INT(WHORL_INVALID_ARGUMENT, whorl_work(NULL, NULL));
  return WHORL_OK;
}

static void outside_tasks(void **state)
{
  (void)state;
  assert_int_equal(WHORL_NOT_IN_TASK, whorl_work(adds_one, NULL));
  assert_false(whorl_work_canceled());
}

TASK_TEST(without_a_loop)
{
  CHECK_INT(WHORL_UNSUPPORTED, whorl_work(adds_one, NULL));
  CHECK(strstr(whorl_detail(), "only tasks of an event loop") != NULL);
  CHECK(!whorl_work_canceled());
  return WHORL_OK;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      ENTRY(runs_on_another_thread_and_returns_what_it_returns),
      ENTRY(the_loop_goes_on_meanwhile),
      ENTRY(a_queued_job_is_removed_while_the_other_still_runs),
      ENTRY(R30_once_cancelled_a_queued_job_does_not_begin),
      ENTRY(R3_in_a_cancelled_scope_nothing_is_queued),
      ENTRY(R30_a_loop_waits_for_running_jobs),
      ENTRY(many_jobs_of_many_tasks),
      ENTRY(R4_cancelled_at_any_moment),
      ENTRY(bad_arguments),
      cmocka_unit_test(outside_tasks),
      cmocka_unit_test(without_a_loop),
  };
  setenv("UV_THREADPOOL_SIZE", "1", 1);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
