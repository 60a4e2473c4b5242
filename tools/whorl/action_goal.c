// whorl action send_goal
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "live.h"
#include "session.h"
#include "types.h"
#include "values.h"
#include "yaml_out.h"

static const option_t OPTIONS[] = {
    {"feedback", 'f', NULL, "with what the server says on the way"},
    {"timeout", 0, "SECONDS", "cancels the goal when it has not ended by then, and has failed"},
    {NULL, 0, NULL, NULL},
};

typedef struct goal {
  session_t *session;
  action_parts_t type;
  whorl_action_client_t client;
  values_t values;
  int64_t limit_ns;
} goal_t;

static int on_feedback(const whorl_goal_id_t *id, const void *feedback, void *arg)
{
  const goal_t *goal = arg;
  (void)id;
  puts("Feedback:");
  yaml_print(goal->type.feedback, feedback, &(yaml_style_t){0}, stdout);
  putchar('\n');
  return WHORL_OK;
}

static int wait_for_server(const goal_t *goal)
{
  if (whorl_action_client_server_is_ready(goal->client)) return WHORL_OK;
  live_show("Waiting for an action server to become available...");
  int status = whorl_action_client_wait_for_server(goal->client);
  live_clear();
  return status;
}

static void print_end(const goal_t *goal, const void *result, whorl_goal_status_t end)
{
  puts("Result:");
  yaml_print(goal->type.result, result, &(yaml_style_t){0}, stdout);
  printf("\nGoal finished with status: %s\n", whorl_goal_status_name(end));
}

// One goal to its end. A cancellation, of the limit or by Ctrl-C, cancels the goal.
static int call(const goal_t *goal, void *result)
{
  void *message = goal->values.at[0].message;
  whorl_action_call_options_t options = {.arg = (void *)goal};
  if (arguments_has(goal->session->arguments, "feedback")) options.on_feedback = on_feedback;
  WHORL_TRY(wait_for_server(goal));
  stamps_set(&goal->values.at[0].stamps, whorl_clock_now_ns(whorl_node_clock(goal->session->node)));
  char *line = yaml_line(goal->values.members, message);
  printf("Sending goal: %s\n\n", line);
  free(line);
  whorl_goal_status_t end = WHORL_GOAL_UNKNOWN;
  int status = whorl_action_client_call(goal->client, message, result, &options, &end);
  if (status == WHORL_OK || status == WHORL_UNSUCCESSFUL) print_end(goal, result, status == WHORL_OK ? WHORL_GOAL_SUCCEEDED : end);
  return status;
}

static int send_and_wait(goal_t *goal)
{
  const char *action = arguments_word(goal->session->arguments, 0);
  char *name = full_name(action);
  int status = whorl_action_client_create(goal->session->node, &goal->type.support, name, NULL, &goal->client);
  free(name);
  if (status < 0) return complain_status(status, action);
  void *result = message_create(goal->type.result);
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, goal->limit_ns);
  status = whorl_timeout_close(&timeout, call(goal, result));
  message_destroy(goal->type.result, result);
  if (status == WHORL_UNSUCCESSFUL) return FAILED; // its end has been told
  if (status == WHORL_REJECTED) return complain("%s: the goal was rejected", action);
  if (status == WHORL_TIMED_OUT) return complain("%s: no result within %g seconds", action, (double)goal->limit_ns / 1e9);
  if (status < 0 && !session_interrupted(goal->session)) return complain_status(status, action);
  return status < 0 ? FAILED : DONE;
}

static int send_goal(session_t *session)
{
  goal_t *goal = session->arg;
  goal->session = session;
  goal->limit_ns = WHORL_FOREVER;
  fault_t fault;
  if (!arguments_seconds(session->arguments, "timeout", &goal->limit_ns, &fault)) return complain_usage("%s", fault.text);
  if (!types_load_action(arguments_word(session->arguments, 1), &goal->type, &fault)) return complain("%s", fault.text);
  int code = values_read(&goal->values, session->arguments, 2, goal->type.goal);
  if (code != DONE) return code;
  code = goal->values.count > 1 ? complain("%zu goals are given, and one is sent", goal->values.count) : send_and_wait(goal);
  values_fini(&goal->values);
  return code;
}

static int run(const arguments_t *arguments)
{
  goal_t state = {0};
  return session_run(arguments, send_goal, &state);
}

const command_t ACTION_SEND_GOAL = {
    .group = "action",
    .name = "send_goal",
    .words = "ACTION TYPE [VALUES]",
    .summary = "sends a goal and prints its result",
    .more = "VALUES is YAML, such as \"{order: 5}\"; what it leaves out has its default. Ctrl-C cancels the goal. It has failed unless the "
            "goal succeeds.",
    .lists = {OPTIONS, VALUES_OPTIONS},
    .run = run,
};
