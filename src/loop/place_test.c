// Which call may wait where: every suspending call in every place (docs/tasks.md R35).
#define _GNU_SOURCE
#include <pthread.h>
#include <unistd.h>

#include "loop/place_fixture.h"

// --- The calls. Each of them could finish at once, so that nothing but the place decides.

static whorl_event_t event;
static whorl_future_t future;
static whorl_channel_t channel;
static int pipe_ends[2];
static atomic_int released;

static void release(void *arg)
{
  (void)arg;
  atomic_fetch_add(&released, 1);
}

static int sleep_call(void) { return whorl_sleep(1); }
static int sleep_until_call(void) { return whorl_sleep_until(1); }
static int future_call(void) { return whorl_future_wait(future, NULL); }

static int timeout_call(void)
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, WHORL_FOREVER);
  return whorl_timeout_close(&timeout, WHORL_OK);
}

static int passed_timeout_call(void)
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, 0);
  return whorl_timeout_close(&timeout, whorl_sleep(1));
}

static int shield_call(void)
{
  whorl_shield_t shield;
  whorl_shield_open(&shield, WHORL_SECONDS(1));
  return whorl_shield_close(&shield, WHORL_OK);
}

static int group_call(void)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  return whorl_task_group_close(&group, WHORL_OK);
}

static int spawn_call(void)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  int before = atomic_load(&released);
  int status = whorl_task_group_spawn_with_options(&group, place_does_nothing, NULL, &(whorl_task_options_t){.release = release}, NULL,
                                                   "here");
  (void)whorl_task_group_close(&group, WHORL_OK);
  CHECK_INT(before + 1, atomic_load(&released));
  return status;
}

static int yield_call(void) { return whorl_yield(); }
static int event_call(void) { return whorl_event_wait(event); }

static int channel_call(void)
{
  void *item;
  int status = whorl_channel_send(channel, NULL);
  CHECK_INT(status, whorl_channel_receive(channel, &item));
  return status;
}

static int descriptor_call(void) { return whorl_wait_writable(pipe_ends[1]); }
static int work_call(void) { return whorl_work(place_does_nothing, NULL); }
static int with_timeout_call(void) { return whorl_with_timeout(WHORL_FOREVER, place_does_nothing, NULL); }

static int all_call(void)
{
  whorl_branch_t branch = {.function = place_does_nothing};
  return whorl_all(&branch, 1);
}

static int retry_call(void) { return whorl_retry(place_does_nothing, NULL, NULL); }
static int node_open_call(void) { return whorl_node_open((whorl_node_t){0}); }

enum kind { TASK, THREAD, DRIVER, KINDS };
static const struct call {
  const char *name; // that its sentences contain
  int (*call)(void);
  int answers[KINDS]; // in a task; on a plain thread; where a driver's thread is outside its tasks
} calls[] = {
    {"whorl_sleep", sleep_call, {WHORL_OK, WHORL_OK, WHORL_WOULD_DEADLOCK}},
    {"whorl_sleep_until", sleep_until_call, {WHORL_OK, WHORL_OK, WHORL_WOULD_DEADLOCK}},
    {"whorl_future_wait", future_call, {WHORL_OK, WHORL_OK, WHORL_WOULD_DEADLOCK}},
    {"whorl_timeout_open", timeout_call, {WHORL_OK, WHORL_OK, WHORL_WOULD_DEADLOCK}},
    {"whorl_timeout_open", passed_timeout_call, {WHORL_TIMED_OUT, WHORL_TIMED_OUT, WHORL_WOULD_DEADLOCK}},
    {"whorl_shield_open", shield_call, {WHORL_OK, WHORL_OK, WHORL_WOULD_DEADLOCK}},
    {"whorl_timeout_open", with_timeout_call, {WHORL_OK, WHORL_OK, WHORL_WOULD_DEADLOCK}},
    {"whorl_retry", retry_call, {WHORL_OK, WHORL_OK, WHORL_WOULD_DEADLOCK}},
    {"whorl_task_group_open", group_call, {WHORL_OK, WHORL_NOT_IN_TASK, WHORL_NOT_IN_TASK}},
    {"whorl_task_group_open", spawn_call, {WHORL_OK, WHORL_NOT_IN_TASK, WHORL_NOT_IN_TASK}},
    {"whorl_yield", yield_call, {WHORL_OK, WHORL_NOT_IN_TASK, WHORL_NOT_IN_TASK}},
    {"whorl_event_wait", event_call, {WHORL_OK, WHORL_NOT_IN_TASK, WHORL_NOT_IN_TASK}},
    {"whorl_channel_receive", channel_call, {WHORL_OK, WHORL_NOT_IN_TASK, WHORL_NOT_IN_TASK}},
    {"whorl_wait_writable", descriptor_call, {WHORL_OK, WHORL_NOT_IN_TASK, WHORL_NOT_IN_TASK}},
    {"whorl_work", work_call, {WHORL_OK, WHORL_NOT_IN_TASK, WHORL_NOT_IN_TASK}},
    {"whorl_all", all_call, {WHORL_OK, WHORL_NOT_IN_TASK, WHORL_NOT_IN_TASK}},
    {"whorl_node_open", node_open_call, {WHORL_INVALID_HANDLE, WHORL_NOT_IN_TASK, WHORL_NOT_IN_TASK}},
};

static void call_all(enum kind kind)
{
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
    int answer = calls[i].call();
    if (answer != calls[i].answers[kind]) fprintf(stderr, "%s\n", calls[i].name);
    CHECK_INT(calls[i].answers[kind], answer);
    if (answer < 0) CHECK(whorl_detail()[0] != '\0');
    if (answer == WHORL_NOT_IN_TASK || answer == WHORL_WOULD_DEADLOCK) CHECK(strstr(whorl_detail(), calls[i].name) != NULL);
  }
  CHECK(!whorl_canceled());
}

static void call_in_a_task(void) { call_all(TASK); }
static void call_on_a_thread(void) { call_all(THREAD); }
static void call_outside_tasks(void) { call_all(DRIVER); }

static int setup(void **state)
{
  (void)state;
  atomic_store(&released, 0);
  assert_int_equal(WHORL_OK, whorl_event_create(NULL, &event));
  assert_int_equal(WHORL_OK, whorl_future_create(NULL, &future));
  assert_int_equal(WHORL_OK, whorl_channel_create(1, NULL, &channel));
  assert_int_equal(0, pipe(pipe_ends));
  assert_int_equal(WHORL_OK, whorl_event_set(event));
  assert_int_equal(WHORL_OK, whorl_future_complete(future, WHORL_OK, NULL));
  place_open();
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  whorl_event_destroy(event);
  whorl_future_destroy(future);
  whorl_channel_destroy(channel);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
  place_close();
  return 0;
}

#define ENTRY(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

// --- Where they may

static void R35_in_a_task(void **state)
{
  (void)state;
  place_be_in(place_task, call_in_a_task);
}

static void *as_a_thread(void *arg)
{
  call_on_a_thread();
  return arg;
}

static void R35_on_a_plain_thread(void **state)
{
  (void)state;
  pthread_t thread;
  assert_int_equal(0, pthread_create(&thread, NULL, as_a_thread, NULL));
  pthread_join(thread, NULL);
  call_on_a_thread(); // and on this one
}

static int as_work(void *arg)
{
  (void)arg;
  visit_now();
  return WHORL_OK;
}

static int has_work_done(void *arg) { return whorl_work(as_work, arg); }

static void R35_in_blocking_work(void **state)
{
  (void)state;
  place_be_in(has_work_done, call_on_a_thread);
}

// --- Where they may not

static void R35_in_a_post(void **state)
{
  (void)state;
  place_be_in(place_post, call_outside_tasks);
}

static void R35_in_the_release_of_a_task(void **state)
{
  (void)state;
  place_be_in(place_release, call_outside_tasks);
}

static void R35_in_the_release_of_a_task_that_never_ran(void **state)
{
  (void)state;
  place_be_in(place_release_of_one_that_never_ran, call_outside_tasks);
}

static void R35_in_a_callback_of_libuv(void **state)
{
  (void)state;
  place_be_in(place_libuv, call_outside_tasks);
}

static void R35_in_a_simulation_between_its_tasks(void **state)
{
  (void)state;
  make_world(hear);
  call_on_a_thread(); // nobody runs it: a thread like others
  place_visit = call_outside_tasks;
  assert_int_equal(WHORL_OK, whorl_simulation_set_trace(world, visit_at_an_arrival, NULL));
  assert_int_equal(WHORL_OK, whorl_simulation_run_for(world, WHORL_SECONDS(1)));
  assert_int_equal(1, atomic_load(&place_visits));
  assert_int_equal(1, heard);
  call_on_a_thread();
  assert_int_equal(WHORL_OK, whorl_simulation_destroy(world));
}

// --- What is said then

static void *asks_for_a_task(void *arg)
{
  char expected[120];
  CHECK_INT(0, pthread_setname_np(pthread_self(), "asker"));
  CHECK_INT(WHORL_NOT_IN_TASK, whorl_event_wait(event));
  snprintf(expected, sizeof expected, "whorl_event_wait works only inside a task: thread 'asker' (%d) is a plain one", (int)gettid());
  CHECK_TEXT(expected, whorl_detail());
  return arg;
}

static void ask_outside_tasks(void)
{
  char expected[200], name[16];
  CHECK_INT(0, pthread_getname_np(pthread_self(), name, sizeof name));
  CHECK_INT(WHORL_WOULD_DEADLOCK, whorl_sleep(1));
  snprintf(expected, sizeof expected,
           "whorl_sleep would wait for ever: thread '%s' (%d) runs 'loop', and is outside its tasks, and all else would wait for it; spawn "
           "a task",
           name, (int)gettid());
  CHECK_TEXT(expected, whorl_detail());
}

static void R35_sentences_name_the_function_and_the_thread(void **state)
{
  (void)state;
  pthread_t thread;
  assert_int_equal(0, pthread_create(&thread, NULL, asks_for_a_task, NULL));
  pthread_join(thread, NULL);
  place_be_in(place_post, ask_outside_tasks);
}

typedef struct stranger {
  whorl_task_group_t *group;
  int owner;
} stranger_t;

static void *comes_from_elsewhere(void *arg)
{
  char expected[200];
  const stranger_t *stranger = arg;
  uv_loop_t *uv;
  int self = (int)gettid();
  CHECK_INT(0, pthread_setname_np(pthread_self(), "stranger"));
  CHECK_INT(WHORL_WRONG_THREAD, whorl_task_group_spawn(stranger->group, place_does_nothing, NULL));
  snprintf(expected, sizeof expected, " belongs to thread %d, and this is thread 'stranger' (%d)", stranger->owner, self);
  CHECK(strstr(whorl_detail(), "whorl_task_group_spawn: the group of task 'place_does_nothing") == whorl_detail());
  CHECK(strstr(whorl_detail(), expected) != NULL);
  CHECK_INT(WHORL_WRONG_THREAD, whorl_loop_uv(place_loop, &uv));
  CHECK(strstr(whorl_detail(), "whorl_loop_uv: the libuv loop of 'loop' belongs to thread ") == whorl_detail());
  CHECK_INT(WHORL_WRONG_THREAD, whorl_fd_closing(7));
  snprintf(expected, sizeof expected, "whorl_fd_closing: descriptor 7 belongs to the thread of a loop, and this is thread 'stranger' (%d)",
           self);
  CHECK_TEXT(expected, whorl_detail());
  return arg;
}

static int lets_a_stranger_in(void *arg)
{
  whorl_task_group_t group;
  pthread_t thread;
  (void)arg;
  whorl_task_group_open(&group);
  stranger_t stranger = {&group, (int)gettid()};
  CHECK_INT(0, pthread_create(&thread, NULL, comes_from_elsewhere, &stranger));
  pthread_join(thread, NULL);
  return whorl_task_group_close(&group, WHORL_OK);
}

static void R35_R12_who_is_on_the_wrong_thread_hears_whose_it_is(void **state)
{
  (void)state;
  assert_int_equal(WHORL_OK, whorl_loop_run(place_loop, lets_a_stranger_in, NULL));
}

int main(void)
{
  alarm(300); // against hanging
  const struct CMUnitTest tests[] = {
      ENTRY(R35_in_a_task),
      ENTRY(R35_on_a_plain_thread),
      ENTRY(R35_in_blocking_work),
      ENTRY(R35_in_a_post),
      ENTRY(R35_in_the_release_of_a_task),
      ENTRY(R35_in_the_release_of_a_task_that_never_ran),
      ENTRY(R35_in_a_callback_of_libuv),
      ENTRY(R35_in_a_simulation_between_its_tasks),
      ENTRY(R35_sentences_name_the_function_and_the_thread),
      ENTRY(R35_R12_who_is_on_the_wrong_thread_hears_whose_it_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
