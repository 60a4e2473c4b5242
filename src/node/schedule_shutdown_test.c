// A context that is shut down in the middle of everything: S24 and R44. How they are run: task/schedule.h.
#include <example_interfaces/srv/add_two_ints.h>
#include <std_msgs/msg/int32.h>

#include "node/shutdown_fixture.h"
#include "task/wait.h"

#define INT32 WHORL_MESSAGE(std_msgs, msg, Int32)
#define ADD WHORL_SERVICE(example_interfaces, srv, AddTwoInts)
typedef example_interfaces__srv__AddTwoInts_Request add_request_t;
typedef example_interfaces__srv__AddTwoInts_Response add_response_t;

static whorl_node_t first, second;
static whorl_client_t client;

// --- S24: shutdown with a task in a 2 s shield, a running job of 1 s, a NEW task, a task in close, a full channel. It ends at 2 s; NEW has never run; every release happens once; the dump is empty afterwards (the driver looks).

static whorl__waiter_t job;
static bool job_ended;

static int in_a_shield(void *arg)
{
  whorl_shield_t shield;
  (void)arg;
  step();
  whorl_shield_open(&shield, SECONDS(5));
  int status = whorl_sleep_until(SECONDS(2));
  note("shield:%s@%g", whorl_status_name(status) + 6, now_s());
  return heard(whorl_shield_close(&shield, status));
}

// What a task does that waits for blocking work (loop/work.c), with the schedule's own task as the pool: the end of a job that runs is waited for, and counts.
static int waits_for_a_job(void *arg)
{
  (void)arg;
  step();
  if (whorl_canceled()) return WHORL_CANCELED;
  whorl__wait_begin(&job, "a job");
  int status = whorl__wait_suspend(&job);
  if (!job_ended) {
    note("asked:%s", whorl_status_name(status) + 6);
    whorl__wait_begin(&job, "the end of a job");
    (void)whorl__wait_suspend_drain(&job);
  }
  note("job:OK@%g", now_s());
  return WHORL_OK;
}

static int the_pool(void *arg)
{
  (void)arg;
  (void)whorl_sleep_until(SECONDS(1));
  job_ended = true;
  if (job.task != NULL) (void)whorl__wait_commit(&job, WHORL_OK);
  return WHORL_OK;
}

static int spawn_what_is_there_at_the_end(void)
{
  int status = spawn_the_waiting(first, in_a_shield, waits_for_a_job);
  let_them_run();
  int last = spawn_in_node(first, "NEW", never_begins, NULL);
  return status < 0 ? status : last;
}

static void S24_R44_shutdown_in_the_middle_of_everything(void)
{
  whorl_task_group_t group;
  released_items = 0;
  job_ended = false;
  job = (whorl__waiter_t){0};
  NEED(whorl_node_create(world.context, "all", NULL, &first));
  NEED(whorl_channel_create(1, &(whorl_channel_options_t){.release = release_item}, &channel));
  REQUIRE_INT(WHORL_OK, whorl_channel_try_send(channel, &item));
  whorl_task_group_open(&group);
  SPAWN_ACTORS(&group, {"pool", the_pool, NULL});
  int status = heard(whorl_node_open(first));
  if (status == WHORL_OK) {
    status = spawn_what_is_there_at_the_end();
    REQUIRE_INT(WHORL_OK, whorl_context_shutdown(world.context));
    let_them_run();
    REQUIRE(!said("NEW") && said("asked:CANCELED") && said("close:CANCELED") && said("send:CANCELED"));
    status = heard(whorl_node_close(first, status));
  }
  REQUIRE_INT(WHORL_OK, status);
  REQUIRE_INT(SECONDS(2), whorl_now_ns());
  REQUIRE(!said("NEW"));
  REQUIRE(strstr(trace, "job:OK@1 shield:OK@2") != NULL);
  REQUIRE_INT(WHORL_SHUTDOWN, whorl_node_create(world.context, "late", NULL, &second));
  REQUIRE_INT(WHORL_OK, close_group(&group, WHORL_OK));
  (void)whorl_channel_destroy(channel);
  REQUIRE_INT(2, released_items);
}

// --- R44: shut down at any instant of a busy run, and at any place within the instant: it ends, nothing is left, every release happens once.

enum { INSTANTS = 10, PLACES = 8 };
static int instant, place;

static int publishes(const whorl_timer_info_t *info, void *publisher)
{
  (void)info;
  return heard(whorl_publish(*(whorl_publisher_t *)publisher, &(std_msgs__msg__Int32){.data = 1}));
}

static int naps(const whorl_timer_info_t *info, void *arg)
{
  (void)info, (void)arg;
  return whorl_sleep(WHORL_MILLISECONDS(3));
}

static int hears_slowly(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  return whorl_sleep(WHORL_MILLISECONDS(2));
}

static int answers_slowly(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  (void)request, (void)response, (void)call, (void)arg;
  return whorl_sleep(WHORL_MILLISECONDS(2));
}

static int calls_for_ever(void *arg)
{
  add_response_t response = {0};
  (void)arg;
  for (;;) WHORL_TRY(whorl_client_call(client, &(add_request_t){.a = 1}, &response));
}

static int fans_out_for_ever(void *arg)
{
  whorl_branch_t branches[] = {{.function = sleeps_long, .arg = arg}, {.function = in_close, .arg = arg}};
  return whorl_all(branches, 2);
}

static int spawns_now_and_then(const whorl_timer_info_t *info, void *arg)
{
  (void)info, (void)arg;
  return spawn_in_node(first, "spawned", sleeps_long, NULL);
}

static int shuts_down(void *arg)
{
  (void)arg;
  (void)whorl_sleep_until(WHORL_MILLISECONDS(instant));
  for (int i = 0; i < place; i++) (void)whorl_yield();
  return whorl_context_shutdown(world.context);
}

static int spawn_the_busy(void)
{
  WHORL_TRY(spawn_in_node(first, "calls", calls_for_ever, NULL));
  return spawn_in_node(first, "fans out", fans_out_for_ever, NULL);
}

static void shut_down_somewhere(void)
{
  static whorl_publisher_t publisher;
  whorl_task_group_t group;
  NEED(whorl_node_create(world.context, "busy", NULL, &first));
  NEED(whorl_subscription_create(first, INT32, "numbers", hears_slowly, NULL, NULL, NULL));
  NEED(whorl_publisher_create(first, INT32, "numbers", NULL, &publisher));
  NEED(whorl_timer_create(first, WHORL_MILLISECONDS(1), publishes, &publisher, NULL, NULL));
  NEED(whorl_timer_create(first, WHORL_MILLISECONDS(2), naps, NULL, NULL, NULL));
  NEED(whorl_timer_create(first, WHORL_MILLISECONDS(3), spawns_now_and_then, NULL, NULL, NULL));
  NEED(whorl_service_create(first, ADD, "add", answers_slowly, NULL, NULL, NULL));
  NEED(whorl_client_create(first, ADD, "add", NULL, &client));
  whorl_task_group_open(&group);
  SPAWN_ACTORS(&group, {"shuts down", shuts_down, NULL});
  int status = heard(whorl_node_open(first));
  if (status == WHORL_SHUTDOWN)
    status = WHORL_OK; // at the very first instant
  else if (status == WHORL_OK) {
    (void)spawn_the_busy(); // or it is too late for that
    while (!whorl_context_is_shutdown(world.context)) (void)whorl_sleep(WHORL_MILLISECONDS(1));
    status = heard(whorl_node_close(first, WHORL_OK));
  }
  REQUIRE_INT(WHORL_OK, status);
  REQUIRE_INT(WHORL_OK, close_group(&group, WHORL_OK));
  REQUIRE(whorl_now_ns() <= WHORL_MILLISECONDS(instant + 1)); // nobody is in a shield
}

static void shut_down_everywhere(void)
{
  for (instant = 0; instant < INSTANTS; instant++)
    for (place = 0; place < PLACES; place++) run_schedule(shut_down_somewhere, (uint64_t)(instant * PLACES + place), false);
}

static void R44_a_shutdown_may_come_at_any_time(void **state)
{
  (void)state;
  shut_down_everywhere(); // what is made once and stays is there from here on
  int64_t blocks = whorl__memory_blocks();
  shut_down_everywhere();
  assert_int_equal(whorl__memory_blocks(), blocks);
}

int main(void)
{
  schedule_drive = drive_by_a_simulation;
  const struct CMUnitTest tests[] = {
      SCHEDULE(S24_R44_shutdown_in_the_middle_of_everything),
      cmocka_unit_test(R44_a_shutdown_may_come_at_any_time),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
