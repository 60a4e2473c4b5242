// Goals of plain threads (docs/tasks.md R35): a shutdown of their context takes the goals back, as it does for tasks. The server is in another context, that goes on.
#include "action/action_fixture.h"
#include "node/town_fixture.h"

typedef struct asking {
  whorl_context_t far;
  whorl_action_server_t server;
  whorl_action_client_t client;
  whorl_event_t answered;
  int status;
} asking_t;

static asking_t asking; // of the running test

static int on_goal_that_waits(whorl_goal_t goal, const void *message, void *arg)
{
  (void)goal, (void)message, (void)arg;
  sem_post(&town.entered);
  WHORL_TRY(whorl_event_wait(asking.answered));
  return WHORL_GOAL_ACCEPT;
}

// Until somebody cancels it.
static int execute(whorl_goal_t goal, const void *message, void *result, void *arg)
{
  (void)message, (void)result, (void)arg;
  sem_post(&town.entered);
  int status = whorl_sleep(HOUR);
  if (whorl_goal_is_canceling(goal)) town.handled++;
  return status;
}

static void open_far(void)
{
  whorl__participant_t *participant;
  assert_int_equal(whorl__sim_participant_open(town.network, &(whorl__participant_options_t){.enclave = "/"}, &participant), WHORL_OK);
  assert_int_equal(whorl__context_open(participant, &town.clock.base, NULL, &asking.far), WHORL_OK);
  assert_int_equal(whorl_node_create(asking.far, "server", NULL, &town.server), WHORL_OK);
}

static void serve(const whorl_action_server_options_t *options)
{
  asking = (asking_t){0};
  open_far();
  assert_int_equal(whorl_event_create(NULL, &asking.answered), WHORL_OK);
  assert_int_equal(whorl_action_server_create(town.server, FIBONACCI, "fibonacci", execute, NULL, options, &asking.server), WHORL_OK);
  assert_int_equal(whorl_action_client_create(town.node, FIBONACCI, "fibonacci", NULL, &asking.client), WHORL_OK);
  town.loop_thread = town_start(town_run_loop, NULL);
}

static void stop_serving(void)
{
  town_stop_serving();
  assert_int_equal(whorl_event_destroy(asking.answered), WHORL_OK);
  assert_int_equal(whorl_context_destroy(asking.far, WHORL_OK), WHORL_OK);
}

static uint64_t canceled(void)
{
  whorl_action_server_counts_t counts;
  assert_int_equal(whorl_action_server_read_counts(asking.server, &counts), WHORL_OK);
  return counts.canceled;
}

static void *calls(void *arg)
{
  const goal_message_t goal = {.order = 1};
  const whorl_action_call_options_t options = {.cancel_limit_ns = HOUR};
  result_message_t result = {0};
  asking.status = whorl_action_client_call(asking.client, &goal, &result, &options, NULL);
  example_interfaces__action__Fibonacci_Result__fini(&result);
  return arg;
}

static void R35_R44_a_shutdown_takes_a_threads_goal_back(void **state)
{
  (void)state;
  serve(NULL);
  pthread_t thread = town_start(calls, NULL);
  sem_wait(&town.entered); // it executes
  assert_int_equal(whorl_context_shutdown(town.context), WHORL_OK);
  pthread_join(thread, NULL);
  assert_int_equal(asking.status, WHORL_SHUTDOWN);
  assert_int_equal(canceled(), 1);
  stop_serving();
}

static void R35_R44_and_one_that_is_accepted_after_it(void **state)
{
  (void)state;
  serve(&(whorl_action_server_options_t){.on_goal = on_goal_that_waits});
  pthread_t thread = town_start(calls, NULL);
  sem_wait(&town.entered); // it is thought over
  assert_int_equal(whorl_context_shutdown(town.context), WHORL_OK);
  assert_int_equal(whorl_event_set(asking.answered), WHORL_OK);
  pthread_join(thread, NULL);
  assert_int_equal(asking.status, WHORL_SHUTDOWN);
  assert_int_equal(canceled(), 1);
  stop_serving();
}

// While it is taken back the client goes, and the context.
static void R35_R41_who_takes_a_goal_back_does_not_keep_the_context(void **state)
{
  whorl_context_t near = town.context;
  (void)state;
  serve(&(whorl_action_server_options_t){.on_goal = on_goal_that_waits});
  pthread_t thread = town_start(calls, NULL);
  sem_wait(&town.entered);
  assert_int_equal(whorl_context_shutdown(near), WHORL_OK);
  assert_int_equal(whorl_node_destroy(town.node), WHORL_OK);
  pthread_join(thread, NULL);                                                       // nobody has answered
  assert_true(asking.status == WHORL_SHUTDOWN || asking.status == WHORL_DESTROYED); // whichever it saw first
  stop_serving();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      TOWN_TEST(R35_R44_a_shutdown_takes_a_threads_goal_back),
      TOWN_TEST(R35_R44_and_one_that_is_accepted_after_it),
      TOWN_TEST(R35_R41_who_takes_a_goal_back_does_not_keep_the_context),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
