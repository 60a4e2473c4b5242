#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live.h"

typedef struct run {
  session_t session;
  session_body_t body;
  int code;
  whorl_loop_t loop;
} run_t;

static void on_warning(void *arg, const char *sentence)
{
  (void)arg;
  warn("%s", sentence);
}

static void cancel(void *arg) { (void)whorl_loop_cancel(((run_t *)arg)->loop); }

static bool takes(const arguments_t *arguments, const char *option)
{
  const option_t *known = arguments_find_option(arguments->lists, option, strlen(option));
  return known != NULL && known->help != NULL; // not one that is taken for ros2's sake
}

static bool is_simulated(const arguments_t *arguments)
{
  return takes(arguments, "use-sim-time") && arguments_has(arguments, "use-sim-time");
}

static int create_node(session_t *session)
{
  const arguments_t *arguments = session->arguments;
  const whorl_node_options_t options = {.use_sim_time = is_simulated(arguments)};
  const char *given = takes(arguments, "node-name") ? arguments_value(arguments, "node-name") : NULL;
  char *name = given != NULL ? copy_text(given) : format_text("_whorl_%d", (int)getpid());
  int status = whorl_node_create(session->context, name, &options, &session->node);
  free(name);
  return status;
}

// Before its first tick a simulated clock shows 0, which nobody wants to publish or to compare with.
static int wait_for_clock(session_t *session)
{
  if (!is_simulated(session->arguments)) return WHORL_OK;
  live_show("waiting for the time on /clock...");
  int status = whorl_clock_wait_until_started(whorl_node_clock(session->node));
  live_clear();
  return status;
}

static int in_task(void *arg)
{
  run_t *run = arg;
  session_t *session = &run->session;
  int status = create_node(session);
  if (status >= 0) status = whorl_node_open(session->node);
  if (status >= 0) status = wait_for_clock(session);
  if (status < 0) return status;
  run->code = run->body(session);
  fflush(stdout); // before whatever the end has to say
  return whorl_node_close(session->node, WHORL_OK);
}

static int run_loop(run_t *run)
{
  const whorl_loop_options_t options = {.name = "whorl", .stack_size = 256 * 1024, .busy_limit_ns = WHORL_FOREVER};
  int status = whorl_loop_create(&options, &run->loop);
  if (status < 0) return complain_status(status, "loop");
  if (whorl_context_on_shutdown(run->session.context, cancel, run, NULL) < 0) cancel(run); // a signal was faster
  run->code = FAILED;
  status = whorl_loop_run(run->loop, in_task, run);
  bool interrupted = whorl_context_is_shutdown(run->session.context);
  if (status < 0 && !interrupted) run->code = complain_status(status, "session");
  if (interrupted && run->code == FAILED) run->code = INTERRUPTED;
  (void)whorl_context_shutdown(run->session.context); // so that nothing cancels the loop any more
  (void)whorl_loop_destroy(run->loop);
  return run->code;
}

int session_run(const arguments_t *arguments, session_body_t body, void *arg)
{
  run_t run = {.session = {.arguments = arguments, .spin_ns = WHORL_SECONDS(2), .arg = arg}, .body = body};
  fault_t fault;
  if (!arguments_seconds(arguments, "spin-time", &run.session.spin_ns, &fault)) return complain_usage("%s", fault.text);
  const whorl_context_options_t options = {.handle_signals = true, .bare_nodes = true, .warn = on_warning};
  int status = whorl_context_create(arguments->argc, arguments->argv, &options, &run.session.context);
  if (status < 0) return complain_status(status, "context");
  int code = run_loop(&run);
  status = whorl_context_destroy(run.session.context, WHORL_OK);
  return status < 0 && code == DONE ? complain_status(status, "context") : code;
}

bool session_interrupted(const session_t *session) { return whorl_context_is_shutdown(session->context); }

// Waits for a change of the graph, until the deadline at most. Has there been one?
static bool wait_for_change(session_t *session, uint64_t version, int64_t deadline_ns)
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, deadline_ns - whorl_now_ns());
  return whorl_timeout_close(&timeout, whorl_node_wait_for_graph_change(session->node, version)) == WHORL_OK;
}

static int64_t earlier(int64_t one, int64_t other) { return one < other ? one : other; }

static int64_t later_by(int64_t time_ns, int64_t span_ns) { return span_ns < INT64_MAX - time_ns ? time_ns + span_ns : INT64_MAX; }

bool session_look_around(session_t *session)
{
  const int64_t began = whorl_now_ns(), latest = later_by(began, session->spin_ns), soonest = began + WHORL_MILLISECONDS(500);
  int64_t quiet_since = began;
  while (!session_interrupted(session)) {
    int64_t quiet_until = quiet_since + WHORL_MILLISECONDS(250);
    int64_t deadline = earlier(quiet_until > soonest ? quiet_until : soonest, latest);
    uint64_t version;
    if (whorl_now_ns() >= deadline || whorl_node_read_graph_version(session->node, &version) < 0) return true;
    if (wait_for_change(session, version, deadline)) quiet_since = whorl_now_ns();
  }
  return false;
}

bool session_wait_until(session_t *session, session_condition_t condition, void *arg)
{
  const int64_t latest = later_by(whorl_now_ns(), session->spin_ns);
  for (;;) {
    uint64_t version;
    if (whorl_node_read_graph_version(session->node, &version) < 0) return false;
    if (condition(session, arg)) return true;
    if (whorl_now_ns() >= latest || session_interrupted(session)) return false;
    (void)wait_for_change(session, version, latest);
  }
}

char *full_name(const char *name) { return format_text("%s%s", name[0] == '/' ? "" : "/", name); }
