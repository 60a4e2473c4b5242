// whorl doctor
#include "doctor.h"

#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "nodes.h"

static const option_t OPTIONS[] = {
    {"include-warnings", 'w', NULL, "warnings count as failures"},
    {"report", 'r', NULL, "with all nodes, topics and services, but hidden ones"},
    {"beacon", 0, "NAME", NULL}, // the other process of the doctor's own test: a node of that name, until it is ended
    {NULL, 0, NULL, NULL},
};

void doctor_title(const char *title) { printf("%s%s%s\n", colour(stdout, BOLD), title, colour(stdout, PLAIN)); }

void doctor_find(doctor_t *self, level_t level, const char *format, ...)
{
  static const char *const words[LEVELS] = {"ok", "note", "warn", "FAIL"};
  static const colour_t colours[LEVELS] = {GREEN, PLAIN, YELLOW, RED};
  self->counts[level]++;
  printf("  %s%-4s%s  ", level == LEVEL_NOTE ? "" : colour(stdout, colours[level]), words[level],
         level == LEVEL_NOTE ? "" : colour(stdout, PLAIN));
  va_list list;
  va_start(list, format);
  vprintf(format, list);
  va_end(list);
  putchar('\n');
}

// --- is another process found?

extern char **environ;

static bool start_beacon(char *name, pid_t *ret_pid)
{
  char program[] = "/proc/self/exe", doctor[] = "doctor", option[] = "--beacon";
  char *words[] = {program, doctor, option, name, NULL};
  return posix_spawn(ret_pid, "/proc/self/exe", NULL, NULL, words, environ) == 0;
}

static bool sees_beacon(session_t *session, void *arg)
{
  names_t nodes = {0};
  nodes_list(session, &nodes, true);
  bool there = names_have(&nodes, arg);
  names_fini(&nodes);
  return there;
}

static void look_for_another_process(doctor_t *self)
{
  doctor_title("Discovery");
  char *name = format_text("_whorl_beacon_%d", (int)getpid()), *full = full_name(name);
  pid_t beacon;
  if (!start_beacon(name, &beacon)) {
    doctor_find(self, LEVEL_WARNING, "a second process, to look for, cannot be started");
  } else {
    const int64_t began_ns = whorl_now_ns();
    const bool seen = session_wait_until(self->session, sees_beacon, full);
    const double seconds = (double)(whorl_now_ns() - began_ns) / 1e9;
    if (seen)
      doctor_find(self, LEVEL_OK, "a second process of this host was found within %.2f seconds", seconds);
    else
      doctor_find(self, LEVEL_FAILURE, "a second process of this host was not found within %.2f seconds", seconds);
    (void)kill(beacon, SIGTERM);
    (void)waitpid(beacon, NULL, 0);
  }
  free(name);
  free(full);
}

// --- both processes

static int examine(session_t *session)
{
  doctor_t *doctor = session->arg;
  doctor->session = session;
  look_for_another_process(doctor);
  if (!session_look_around(session)) return FAILED;
  doctor_look_at_graph(doctor);
  const size_t failures = doctor->counts[LEVEL_FAILURE], warnings = doctor->counts[LEVEL_WARNING];
  if (failures + warnings == 0)
    puts("All is well");
  else
    printf("%zu failure%s, %zu warning%s\n", failures, failures == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
  bool bad = failures > 0 || (warnings > 0 && arguments_has(session->arguments, "include-warnings"));
  return bad ? FAILED : DONE;
}

static int shine(session_t *session)
{
  whorl_node_t node;
  (void)prctl(PR_SET_PDEATHSIG, SIGTERM); // not longer than the doctor
  int status = whorl_node_create(session->context, arguments_value(session->arguments, "beacon"), NULL, &node);
  if (status < 0) return complain_status(status, "beacon");
  (void)whorl_sleep(WHORL_FOREVER);
  return DONE;
}

static int run(const arguments_t *arguments)
{
  if (arguments_value(arguments, "beacon") != NULL) return session_run(arguments, shine, NULL);
  doctor_t doctor = {0};
  int64_t spin_ns = 0;
  fault_t fault;
  if (!arguments_seconds(arguments, "spin-time", &spin_ns, &fault)) return complain_usage("%s", fault.text);
  doctor_look_at_environment(&doctor); // first: it may be why there can be no session
  return session_run(arguments, examine, &doctor);
}

const command_t DOCTOR = {
    .group = "doctor",
    .words = "",
    .summary = "looks for what is wrong: environment, network, discovery, publishers and subscriptions that do not fit",
    .more = "It has failed when it finds a failure. One of its checks starts a second process for a moment, to see whether it is found.",
    .lists = {OPTIONS, GRAPH_OPTIONS},
    .run = run,
};

// ros2's other name for it.
const command_t WTF = {
    .group = "wtf",
    .words = "",
    .summary = "the same as doctor",
    .lists = {OPTIONS, GRAPH_OPTIONS},
    .run = run,
};
