// The matrix (node/matrix.h) of what an action's client waits for: a server, the answer to a goal, its result, its feedback, its cancellation, and all in one call.
#include <example_interfaces/action/fibonacci.h>

#include "node/matrix.h"

#define FIBONACCI WHORL_ACTION(example_interfaces, Fibonacci)
typedef example_interfaces__action__Fibonacci_Goal goal_message_t;
typedef example_interfaces__action__Fibonacci_Result result_message_t;
typedef example_interfaces__action__Fibonacci_Feedback feedback_message_t;

// --- The server is another process, so that a shutdown of the caller's context is no end of it. Whatever takes its time there waits for `event`.

static enum { IN_ON_GOAL, IN_EXECUTE, IN_ON_CANCEL } waits_in;
static whorl_event_t event, never;
static bool refuses; // what was waited for
static whorl_context_t elsewhere;
static whorl_node_t server_node;
static whorl_action_server_t server;
static whorl_goal_t goal;
static whorl_action_client_t client;
static whorl_task_group_t servers;
static bool serves, is_sent;
static whorl_goal_id_t id;

static int on_goal(whorl_goal_t handle, const void *message, void *arg)
{
  (void)message, (void)arg;
  goal = handle;
  if (waits_in == IN_ON_GOAL) WHORL_TRY(whorl_event_wait(event));
  return refuses && waits_in == IN_ON_GOAL ? WHORL_GOAL_REJECT : WHORL_GOAL_ACCEPT;
}

static int on_execute(whorl_goal_t handle, const void *message, void *result, void *arg)
{
  (void)message, (void)result, (void)arg;
  if (waits_in != IN_ON_GOAL) WHORL_TRY(whorl_event_wait(waits_in == IN_EXECUTE ? event : never));
  return refuses ? whorl_goal_abort(handle) : WHORL_OK;
}

static bool on_cancel(whorl_goal_t handle, void *arg)
{
  (void)handle, (void)arg;
  if (waits_in == IN_ON_CANCEL && whorl_event_wait(event) < 0) return false;
  return !refuses;
}

static int create_server(void)
{
  const whorl_action_server_options_t options = {
      .on_goal = on_goal, .on_cancel = on_cancel, .max_in_flight = WHORL_UNLIMITED, .by_query = waits_in == IN_ON_CANCEL};
  return whorl_action_server_create(server_node, FIBONACCI, "fibonacci", on_execute, NULL, &options, &server);
}

static int make_client(void)
{
  serves = is_sent = refuses = false;
  server = (whorl_action_server_t){0};
  WHORL_TRY(whorl_event_create(NULL, &event));
  WHORL_TRY(whorl_event_create(NULL, &never));
  WHORL_TRY(whorl_simulation_create_context(world.simulation, &elsewhere));
  WHORL_TRY(whorl_node_create(elsewhere, "server", NULL, &server_node));
  WHORL_TRY(whorl_action_client_create(cell.node, FIBONACCI, "fibonacci", NULL, &client));
  serves = true;
  whorl_task_group_open(&servers);
  SPAWN_ACTORS(&servers, {"server", runs_node, &server_node});
  return WHORL_OK;
}

static int make_both(void)
{
  WHORL_TRY(make_client());
  return create_server();
}

static int make_slow_to_accept(void)
{
  waits_in = IN_ON_GOAL;
  return make_both();
}

static int make_slow_to_execute(void)
{
  waits_in = IN_EXECUTE;
  return make_both();
}

static int make_slow_to_cancel(void)
{
  waits_in = IN_ON_CANCEL;
  return make_both();
}

static int go_on(void) { return whorl_event_set(event); }

static int refuse(void)
{
  refuses = true;
  return go_on();
}

static int destroy_client(void) { return whorl_action_client_destroy(client); }

static void unmake(void)
{
  if (serves) {
    (void)heard(whorl_node_destroy(server_node));
    CELL_INT(WHORL_OK, close_group(&servers, WHORL_OK));
  }
  (void)whorl_event_destroy(event);
  (void)whorl_event_destroy(never);
}

// --- The waits

static bool loses_its_client(void) { return cell.end == IS_DESTROYED || cell.end == LOSES_ITS_NODE; }

static int wait_for_server(void) { return whorl_action_client_wait_for_server(client); }

static int send_goal(void)
{
  whorl_goal_id_t sent = {{0}};
  int status = whorl_action_client_send_goal(client, &(goal_message_t){.order = 1}, NULL, &sent);
  int forgotten = whorl_action_client_forget_goal(client, &sent); // it knows none that was not accepted
  if (!loses_its_client()) CELL_INT(status == WHORL_OK ? WHORL_OK : WHORL_NOT_FOUND, forgotten);
  return status;
}

// The goal goes out with the first wait.
static int send_once(size_t feedback_depth)
{
  if (is_sent) return WHORL_OK;
  const whorl_goal_options_t options = {.feedback_depth = feedback_depth};
  WHORL_TRY(whorl_action_client_send_goal(client, &(goal_message_t){.order = 1}, &options, &id));
  is_sent = true;
  return WHORL_OK;
}

static int get_result(void)
{
  result_message_t result = {0};
  whorl_goal_status_t end = WHORL_GOAL_UNKNOWN;
  WHORL_TRY(send_once(0));
  int status = whorl_action_client_get_result(client, &id, &result, &end);
  CELL_INT(status == WHORL_OK ? WHORL_GOAL_SUCCEEDED : WHORL_GOAL_UNKNOWN, end);
  example_interfaces__action__Fibonacci_Result__fini(&result);
  return status;
}

static int cancel_goal(void)
{
  WHORL_TRY(send_once(0));
  return whorl_action_client_cancel_goal(client, &id);
}

static int hear_feedback(void)
{
  feedback_message_t feedback = {0};
  WHORL_TRY(send_once(1));
  int status = whorl_action_client_next_feedback(client, &id, &feedback);
  example_interfaces__action__Fibonacci_Feedback__fini(&feedback);
  return status;
}

static int tell(void) { return whorl_goal_publish_feedback(goal, &(feedback_message_t){0}); }

// Whatever ended it, nothing goes on behind its back; unless its client is gone, with which the goal could be taken back.
static int call_action(void)
{
  result_message_t result = {0};
  whorl_action_server_counts_t counts = {0};
  int status = whorl_action_client_call(client, &(goal_message_t){.order = 1}, &result, NULL, NULL);
  example_interfaces__action__Fibonacci_Result__fini(&result);
  if (!loses_its_client()) {
    CELL_INT(WHORL_OK, whorl_action_server_read_counts(server, &counts));
    CELL_INT(0, (int64_t)counts.open);
  }
  return status;
}

#define CANCELLABLE .canceled_is = WHORL_CANCELED, .shutdown_is = WHORL_CANCELED, .loses_without_memory = true, .unmake = unmake
static const awaitable_t rows[] = {
    {.name = "wait for an action server",
     .make = make_client,
     .wait = wait_for_server,
     .complete = create_server,
     .destroy = destroy_client,
     CANCELLABLE},
    {.name = "answer to a goal", // a goal that is given up is taken back, should it be accepted within two seconds
     .make = make_slow_to_accept,
     .wait = send_goal,
     .complete = go_on,
     .spoil = refuse,
     .fails_with = WHORL_REJECTED,
     .destroy = destroy_client,
     .leaves_within_ns = SECONDS(2),
     CANCELLABLE},
    {.name = "result of a goal",
     .make = make_slow_to_execute,
     .wait = get_result,
     .complete = go_on,
     .destroy = destroy_client,
     CANCELLABLE},
    {.name = "cancellation of a goal",
     .make = make_slow_to_cancel,
     .wait = cancel_goal,
     .complete = go_on,
     .spoil = refuse,
     .fails_with = WHORL_REJECTED,
     .destroy = destroy_client,
     CANCELLABLE},
    {.name = "feedback of a goal",
     .make = make_slow_to_execute,
     .wait = hear_feedback,
     .complete = tell,
     .spoil = go_on,
     .fails_with = WHORL_CLOSED,
     .destroy = destroy_client,
     .ends_with_its_context = true, // it comes by a callback of the node
     CANCELLABLE},
    {.name = "call of an action",
     .make = make_slow_to_execute,
     .wait = call_action,
     .complete = go_on,
     .spoil = refuse,
     .fails_with = WHORL_UNSUCCESSFUL,
     .destroy = destroy_client,
     CANCELLABLE},
};

int main(void)
{
  schedule_drive = drive_by_a_simulation;
  return run_matrix(rows, sizeof rows / sizeof rows[0]);
}
