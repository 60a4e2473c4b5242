// Blocking work in a simulated world (docs/tasks.md R37, R30): time stands while a job is out, and which job is faster changes nothing. Gates, not time, decide when a job ends.
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include <std_msgs/msg/int32.h>

#include "base/detail.h"
#include "simulation/simulation.h"
#include "task/kit.h" // CHECK, note
#include "task/state.h"
#include "whorl/whorl.h"

#define HOUR WHORL_SECONDS(3600)
#define MS WHORL_MILLISECONDS

static whorl_simulation_t world;
static sem_t gate;
static atomic_int ran;

static int setup(void **state)
{
  (void)state;
  trace_clear();
  atomic_store(&ran, 0);
  sem_init(&gate, 0, 0);
  return whorl_simulation_create(7, &world);
}

static int teardown(void **state)
{
  (void)state;
  sem_destroy(&gate);
  return world.id != 0 ? whorl_simulation_destroy(world) : 0;
}

#define ENTRY(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define WORLD_TEST(name)                                                        \
  static int name##_main(void *arg);                                            \
  static void name(void **state)                                                \
  {                                                                             \
    (void)state;                                                                \
    assert_int_equal(WHORL_OK, whorl_simulation_run(world, name##_main, NULL)); \
  }                                                                             \
  static int name##_main(void *arg __attribute__((unused)))

static double now(void) { return (double)whorl_simulation_now_ns(world) / 1e9; }

// --- Jobs

static int passes_the_gate(void *arg)
{
  sem_wait(&gate);
  atomic_fetch_add(&ran, 1);
  return (int)(intptr_t)arg;
}

static int opens_the_gate(void *arg)
{
  sem_post(&gate);
  atomic_fetch_add(&ran, 1);
  return (int)(intptr_t)arg;
}

static int fails(void *arg) { return whorl__fail(WHORL_IO_ERROR, "no %s in the drive", (const char *)arg); }

// Opens the gate when the world stands and only a job can go on; or when a sleeper has woken, which then is a fault.
static atomic_bool sleeper_woke;

static void *opens_when_the_world_stands(void *arg)
{
  whorl__simulation_t *self;
  CHECK_INT(WHORL_OK, whorl__simulation_pin(world, &self));
  for (bool stands = false; !stands && !atomic_load(&sleeper_woke); sched_yield()) {
    whorl__core_lock(self->core);
    stands = self->core->worker.place == WHORL__PLACE_IDLE;
    whorl__core_unlock(self->core);
  }
  sem_post(&gate);
  whorl__simulation_unpin(world);
  return arg;
}

// --- Time

static int sleeps_an_hour(void *arg)
{
  CHECK_INT(WHORL_OK, whorl_sleep(HOUR));
  atomic_store(&sleeper_woke, true);
  note("woke@%g", now());
  return arg == NULL ? WHORL_OK : WHORL_IO_ERROR;
}

static int has_it_done(void *arg)
{
  int status = whorl_work(*(int (**)(void *))arg, (void *)42);
  note("%d@%g", status, now());
  return status < 0 ? status : WHORL_OK;
}

static void R37_time_stands_while_a_job_is_out(void **state)
{
  static int (*job)(void *) = passes_the_gate;
  pthread_t opener;
  (void)state;
  atomic_store(&sleeper_woke, false);
  assert_int_equal(0, pthread_create(&opener, NULL, opens_when_the_world_stands, NULL));
  whorl__simulation_t *self;
  assert_int_equal(WHORL_OK, whorl__simulation_pin(world, &self));
  whorl__scope_spawn(whorl__core_root(self->core), has_it_done, &job, NULL, NULL, "here");
  whorl__simulation_unpin(world);
  assert_int_equal(WHORL_OK, whorl_simulation_run(world, sleeps_an_hour, NULL));
  pthread_join(opener, NULL);
  assert_trace("42@0 woke@3600");
}

static int waits_in_a_limit(void *arg)
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, 1);
  CHECK_INT(42, whorl_timeout_close(&timeout, whorl_work(passes_the_gate, (void *)42)));
  return arg == NULL ? WHORL_OK : WHORL_IO_ERROR;
}

static void R37_so_no_limit_passes_meanwhile(void **state)
{
  pthread_t opener;
  (void)state;
  atomic_store(&sleeper_woke, false);
  assert_int_equal(0, pthread_create(&opener, NULL, opens_when_the_world_stands, NULL));
  assert_int_equal(WHORL_OK, whorl_simulation_run(world, waits_in_a_limit, NULL));
  pthread_join(opener, NULL);
  assert_int_equal(0, whorl_simulation_now_ns(world));
}

static int works_in_a_timer(const whorl_timer_info_t *info, void *arg)
{
  (void)info, (void)arg;
  int status = whorl_work(passes_the_gate, NULL);
  note("%d@%g", status, now());
  return status;
}

static void make_a_node_that_works(void)
{
  whorl_node_t node;
  assert_int_equal(WHORL_OK, whorl_node_create(whorl_simulation_context(world), "works", NULL, &node));
  assert_int_equal(WHORL_OK,
                   whorl_timer_create(node, WHORL_SECONDS(1), works_in_a_timer, NULL, &(whorl_timer_options_t){.one_shot = true}, NULL));
}

static void R37_a_run_ends_neither_with_its_time_nor_idle_before_its_jobs(void **state)
{
  (void)state;
  for (int until_idle = 0; until_idle < 2; until_idle++) {
    pthread_t opener;
    atomic_store(&sleeper_woke, false);
    make_a_node_that_works();
    assert_int_equal(0, pthread_create(&opener, NULL, opens_when_the_world_stands, NULL));
    assert_int_equal(WHORL_OK, until_idle ? whorl_simulation_run_until_idle(world, WHORL_FOREVER)
                                          : whorl_simulation_run_for(world, WHORL_SECONDS(1)));
    pthread_join(opener, NULL);
  }
  assert_trace("0@1 0@2");
}

// --- Order

// A world whose messages depend on when jobs end; its network's trace.
enum { WORKERS = 6, ROUNDS = 5, TRACE = 32768 };
typedef struct record {
  char text[TRACE];
  size_t length;
} record_t;

static void append(const char *line, void *arg)
{
  record_t *record = arg;
  int length = snprintf(record->text + record->length, TRACE - record->length, "%s\n", line);
  assert_true(length > 0 && record->length + (size_t)length < TRACE);
  record->length += (size_t)length;
}

static bool even_ones_are_slow;
static whorl_publisher_t publisher;

static int takes_its_time(void *arg)
{
  bool even = (intptr_t)arg % 2 == 0;
  for (int i = even == even_ones_are_slow ? 300 : 0; i > 0; i--) sched_yield();
  return (int)(intptr_t)arg;
}

static int works_and_tells(void *arg)
{
  for (int i = 0; i < ROUNDS; i++) {
    int status = whorl_work(takes_its_time, arg);
    CHECK_INT((intptr_t)arg, status);
    CHECK_INT(WHORL_OK, whorl_publish(publisher, &(std_msgs__msg__Int32){.data = status}));
    CHECK_INT(WHORL_OK, whorl_sleep(MS(status % 3)));
  }
  return WHORL_OK;
}

static int hear(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)info, (void)arg;
  note("%d", ((const std_msgs__msg__Int32 *)message)->data);
  return WHORL_OK;
}

static int many_work(void *arg)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (intptr_t i = 1; i <= WORKERS; i++) whorl_task_group_spawn(&group, works_and_tells, (void *)i);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  return arg == NULL ? whorl_sleep(MS(100)) : WHORL_IO_ERROR;
}

static void record_a_world(record_t *record, bool slow)
{
  whorl_simulation_t own;
  whorl_node_t node;
  whorl_message_type_t type = WHORL_MESSAGE(std_msgs, msg, Int32);
  even_ones_are_slow = slow;
  record->length = 0;
  assert_int_equal(WHORL_OK, whorl_simulation_create(11, &own));
  const whorl_simulation_network_t network = {.link = {.delay_spread_ns = MS(5), .loss = 0.2}};
  assert_int_equal(WHORL_OK, whorl_simulation_set_network(own, &network));
  assert_int_equal(WHORL_OK, whorl_simulation_set_trace(own, append, record));
  assert_int_equal(WHORL_OK, whorl_node_create(whorl_simulation_context(own), "working", NULL, &node));
  assert_int_equal(WHORL_OK, whorl_publisher_create(node, type, "numbers", NULL, &publisher));
  assert_int_equal(WHORL_OK, whorl_subscription_create(node, type, "numbers", hear, NULL, NULL, NULL));
  assert_int_equal(WHORL_OK, whorl_simulation_run(own, many_work, NULL));
  assert_int_equal(WHORL_OK, whorl_simulation_destroy(own));
}

static void R37_the_same_seed_gives_the_same_run_whichever_job_is_faster(void **state)
{
  static record_t one, other;
  (void)state;
  record_a_world(&one, false);
  assert_true(one.length > 1000);
  for (int i = 0; i < 6; i++) {
    record_a_world(&other, i % 2 == 0);
    assert_string_equal(one.text, other.text);
  }
}

// --- R30

enum { JOBS = 6 };
static int statuses[JOBS];

static int works_for_a_number(void *arg)
{
  int *status = arg;
  *status = whorl_work(passes_the_gate, (void *)(status - statuses + 1));
  return WHORL_OK;
}

WORLD_TEST(R30_R37_four_begin_at_a_time_and_of_those_that_were_cancelled_only_the_others_never_ran)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < JOBS; i++) whorl_task_group_spawn(&group, works_for_a_number, &statuses[i]);
  for (int i = 0; i < 3; i++) CHECK_INT(WHORL_OK, whorl_yield());
  CHECK_INT(0, atomic_load(&ran));
  whorl_task_group_cancel(&group);
  for (int i = 0; i < JOBS; i++) sem_post(&gate);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_INT(4, atomic_load(&ran));
  for (int i = 0; i < JOBS; i++) CHECK_INT(i < 4 ? i + 1 : WHORL_CANCELED, statuses[i]);
  return WHORL_OK;
}

WORLD_TEST(R30_R37_all_of_many_run_when_nobody_is_cancelled)
{
  whorl_task_group_t group;
  for (int i = 0; i < JOBS; i++) sem_post(&gate);
  whorl_task_group_open(&group);
  for (int i = 0; i < JOBS; i++) whorl_task_group_spawn(&group, works_for_a_number, &statuses[i]);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  for (int i = 0; i < JOBS; i++) CHECK_INT(i + 1, statuses[i]);
  return WHORL_OK;
}

static int sees_its_cancellation(void *arg)
{
  sem_post(&gate); // it has begun
  while (!whorl_work_canceled()) sched_yield();
  return arg == NULL ? 3 : WHORL_IO_ERROR;
}

static int works_until_cancelled(void *arg)
{
  *(int *)arg = whorl_work(sees_its_cancellation, NULL);
  CHECK_INT(WHORL_CANCELED, whorl_sleep(1));
  return WHORL_OK;
}

WORLD_TEST(R30_a_job_that_has_begun_hears_of_a_cancellation_and_its_status_counts)
{
  int status = 0;
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, works_until_cancelled, &status);
  CHECK_INT(WHORL_OK, whorl_yield());
  sem_wait(&gate);
  whorl_task_group_cancel(&group);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_INT(3, status);
  CHECK(!whorl_work_canceled());
  return WHORL_OK;
}

WORLD_TEST(R30_results_and_failures_come_with_their_words)
{
  CHECK_INT(7, whorl_work(opens_the_gate, (void *)7));
  CHECK_INT(WHORL_IO_ERROR, whorl_work(fails, "disk"));
  CHECK_TEXT("no disk in the drive", whorl_detail());
  CHECK_INT(WHORL_INVALID_ARGUMENT, whorl_work(NULL, NULL));
  return WHORL_OK;
}

// --- A job and its world

static whorl_future_t asked, answered;

static int asks_a_task(void *arg)
{
  CHECK_INT(WHORL_OK, whorl_future_complete(asked, WHORL_OK, arg));
  return whorl_future_wait(answered, NULL);
}

static int answers_a_job(void *arg)
{
  CHECK_INT(WHORL_OK, whorl_future_wait(asked, NULL));
  return whorl_future_complete(answered, 5, arg);
}

WORLD_TEST(R37_a_job_that_waits_for_a_task_wakes_the_world)
{
  whorl_task_group_t group;
  CHECK_INT(WHORL_OK, whorl_future_create(NULL, &asked));
  CHECK_INT(WHORL_OK, whorl_future_create(NULL, &answered));
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, answers_a_job, NULL);
  CHECK_INT(5, whorl_work(asks_a_task, NULL));
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  whorl_future_destroy(asked);
  whorl_future_destroy(answered);
  return WHORL_OK;
}

static int calls_into_the_world(void *arg)
{
  whorl_timeout_t timeout;
  CHECK_INT(WHORL_WOULD_DEADLOCK, whorl_clock_sleep(*(whorl_clock_t *)arg, 1));
  CHECK(strstr(whorl_detail(), "a simulated world does not move while a plain thread waits") != NULL);
  CHECK_INT(WHORL_BUSY, whorl_simulation_run_for(world, 1)); // the world runs, elsewhere
  CHECK_INT(WHORL_OK, whorl_sleep(1));                       // of real time
  whorl_timeout_open(&timeout, 0);
  CHECK_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, whorl_sleep(HOUR)));
  return WHORL_OK;
}

WORLD_TEST(R35_R36_R37_what_waits_for_the_world_is_refused_in_its_jobs)
{
  whorl_node_t node;
  CHECK_INT(WHORL_OK, whorl_node_create(whorl_simulation_context(world), "clock", NULL, &node));
  whorl_clock_t clock = whorl_node_clock(node);
  CHECK_INT(WHORL_OK, whorl_work(calls_into_the_world, &clock));
  return whorl_node_destroy(node);
}

WORLD_TEST(R29_R37_nothing_outside_the_world_can_be_waited_for)
{
  int ends[2];
  CHECK_INT(0, pipe(ends));
  for (int i = 0; i < 2; i++) { // before the first job, and after it
    CHECK_INT(WHORL_UNSUPPORTED, whorl_wait_readable(ends[0]));
    CHECK(strstr(whorl_detail(), "not those of a simulation") != NULL);
    CHECK_INT(WHORL_UNSUPPORTED, whorl_wait_writable(ends[1]));
    CHECK_INT(WHORL_OK, whorl_fd_closing(ends[0]));
    CHECK_INT(7, whorl_work(opens_the_gate, (void *)7));
  }
  close(ends[0]);
  close(ends[1]);
  return WHORL_OK;
}

// --- Beginning and end

static int ends_with_the_first_second(void *arg) { return arg == NULL ? whorl_sleep_until(WHORL_SECONDS(1)) : WHORL_IO_ERROR; }

static void *opens_the_gate_soon(void *arg)
{
  sem_post(&gate);
  return arg;
}

static void R37_a_world_is_destroyed_after_the_end_of_its_jobs(void **state)
{
  pthread_t opener;
  (void)state;
  make_a_node_that_works();
  assert_int_equal(WHORL_OK, whorl_simulation_run_for(world, 1));                            // it has a driver
  assert_int_equal(WHORL_OK, whorl_simulation_run(world, ends_with_the_first_second, NULL)); // its job has begun, or is about to
  assert_int_equal(0, pthread_create(&opener, NULL, opens_the_gate_soon, NULL));
  assert_int_equal(WHORL_OK, whorl_simulation_destroy(world));
  world.id = 0;
  pthread_join(opener, NULL);
}

int main(void)
{
  alarm(300); // against hanging
  const struct CMUnitTest tests[] = {
      ENTRY(R37_time_stands_while_a_job_is_out),
      ENTRY(R37_so_no_limit_passes_meanwhile),
      ENTRY(R37_a_run_ends_neither_with_its_time_nor_idle_before_its_jobs),
      ENTRY(R37_the_same_seed_gives_the_same_run_whichever_job_is_faster),
      ENTRY(R30_R37_four_begin_at_a_time_and_of_those_that_were_cancelled_only_the_others_never_ran),
      ENTRY(R30_R37_all_of_many_run_when_nobody_is_cancelled),
      ENTRY(R30_a_job_that_has_begun_hears_of_a_cancellation_and_its_status_counts),
      ENTRY(R30_results_and_failures_come_with_their_words),
      ENTRY(R37_a_job_that_waits_for_a_task_wakes_the_world),
      ENTRY(R35_R36_R37_what_waits_for_the_world_is_refused_in_its_jobs),
      ENTRY(R29_R37_nothing_outside_the_world_can_be_waited_for),
      ENTRY(R37_a_world_is_destroyed_after_the_end_of_its_jobs),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
