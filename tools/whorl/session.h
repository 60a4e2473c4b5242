// A short life in the graph: a context, a loop and a node around what a command does.
#ifndef TOOL_SESSION_H
#define TOOL_SESSION_H

#include <whorl/whorl.h>

#include "arguments.h"
#include "names.h"

typedef struct session {
  const arguments_t *arguments;
  whorl_context_t context;
  whorl_node_t node; // open while the body runs: --node-name, or "_whorl_<process>", which is hidden; with --use-sim-time it follows /clock
  int64_t spin_ns;   // --spin-time
  void *arg;         // the command's
} session_t;

// Runs the body as the main task of a loop, with an open node; returns its exit code. SIGINT and SIGTERM cancel it; if it then returns DONE, that was how it is meant to end, and FAILED becomes INTERRUPTED.
typedef int (*session_body_t)(session_t *session);
int session_run(const arguments_t *arguments, session_body_t body, void *arg);

// Inside the body. Waits until what is there has been discovered: half a second at least, then until nothing has come for a quarter of a second; --spin-time at most. False: it was interrupted, and what is known says little.
bool session_look_around(session_t *session);
// Waits until the condition holds, looking after each change of the graph; no longer than --spin-time. Does it hold?
typedef bool (*session_condition_t)(session_t *session, void *arg);
bool session_wait_until(session_t *session, session_condition_t condition, void *arg);
// Was the session interrupted (Ctrl-C)?
bool session_interrupted(const session_t *session);

// "/chatter" for "chatter". The caller's to free.
char *full_name(const char *name);

#endif
