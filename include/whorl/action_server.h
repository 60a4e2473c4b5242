// Action server: accepts goals, executes them, tells how far they are. Executing a goal is a task: it may suspend, and cancelling the goal cancels it. docs/actions.md.
#ifndef WHORL_ACTION_SERVER_H
#define WHORL_ACTION_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "whorl/action.h"
#include "whorl/callback_group.h"
#include "whorl/node.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct whorl_action_server {
  uint64_t id;
} whorl_action_server_t;

// A goal at its server. Stale when the server has forgotten it: rejected, its result no longer kept, or the server gone.
typedef struct whorl_goal {
  uint64_t id;
} whorl_goal_t;

typedef enum whorl_goal_answer {
  WHORL_GOAL_ACCEPT, // it is executed as soon as `max_in_flight` lets it
  WHORL_GOAL_DEFER,  // accepted; not executed before whorl_goal_execute
  WHORL_GOAL_REJECT
} whorl_goal_answer_t;

// Is the goal welcome? `message`: its <type>_Goal, read only, during the call. Returns one of the answers, or an error: that rejects the goal, and ends the node's scope as any callback's error does. May suspend; meanwhile
// the client waits.
typedef int (*whorl_goal_callback_t)(whorl_goal_t goal, const void *message, void *arg);
// Does what the goal wants, as a task of the node's scope; may suspend. `message`: its <type>_Goal, read only; `result`: its <type>_Result with default values. Both live until the callback has returned. What it returned decides how
// the goal ends, unless it chose that itself (whorl_goal_abort): OK: succeeded; CANCELED of a goal that was cancelled: canceled; else aborted, and an error ends the node's scope, as any callback's does. The result goes out in all three cases.
typedef int (*whorl_goal_execute_callback_t)(whorl_goal_t goal, const void *message, void *result, void *arg);
// Somebody wants the goal cancelled: is that all right? May suspend; meanwhile he waits.
typedef bool (*whorl_goal_cancel_callback_t)(whorl_goal_t goal, void *arg);

typedef struct whorl_action_server_options { // zero: the default
  whorl_goal_callback_t on_goal;             // NULL: every goal is accepted
  whorl_goal_cancel_callback_t on_cancel;    // NULL: every goal may be cancelled
  uint32_t max_in_flight; // goals that execute at a time: 0 and 1, N, WHORL_UNLIMITED. The others stay accepted, in their order
  int64_t
      result_lifetime_ns; // how long a result is kept, from the goal's end on, in steady time; 0: 15 minutes; WHORL_FOREVER. Peers count from the goal's acceptance
  bool by_query; // a cancellation leaves the callback alone: it asks whorl_goal_is_canceling
  whorl_callback_group_t
      callback_group; // zero: a reentrant one of its own. In an exclusive one a goal that executes keeps out the request to cancel it
} whorl_action_server_options_t;

// Three services, two topics and a timer, owned by the node; `ret_server` is set before the first goal. Goals are taken and executed while the node is open. Any thread. Statuses as whorl_service_create.
int whorl_action_server_create(whorl_node_t node, whorl_action_type_t type, const char *action, whorl_goal_execute_callback_t execute,
                               void *arg, const whorl_action_server_options_t *options, whorl_action_server_t *ret_server);
// As whorl_service_destroy: cancels the callbacks and waits for them; its open goals end as aborted (canceled, when they had not begun or were cancelled before), and whoever waits for their results is told. From inside one of
// them, or with the node, clients see no more than that the server has gone.
int whorl_action_server_destroy(whorl_action_server_t server);

// A deferred goal may be executed from now on. Any thread; never suspends. WRONG_STATE: it has begun, or ended (it was cancelled meanwhile).
int whorl_goal_execute(whorl_goal_t goal);
// Tells all clients of the action; `feedback`, a <type>_Feedback, is read before the call returns. While the goal executes or is cancelling: else WRONG_STATE. Statuses and suspending as whorl_publish.
int whorl_goal_publish_feedback(whorl_goal_t goal, const void *feedback);
// How the goal ends when its callback has returned OK or CANCELED; the last call counts. From the callback, or while it waits from any thread; never suspends. WRONG_STATE: its callback does not run; canceled: nobody has cancelled it.
int whorl_goal_succeed(whorl_goal_t goal);
int whorl_goal_abort(whorl_goal_t goal);
int whorl_goal_canceled(whorl_goal_t goal);
bool whorl_goal_is_canceling(whorl_goal_t goal); // false when stale. Any thread, as the next two
int whorl_goal_read_status(whorl_goal_t goal, whorl_goal_status_t *ret_status);
int whorl_goal_read_id(whorl_goal_t goal, whorl_goal_id_t *ret_id);

// accepted = succeeded + canceled + aborted + open. known: open ones, and those whose result is kept. untold: messages of the status topic that could not be sent (no memory, throttled at the end).
typedef struct whorl_action_server_counts {
  uint64_t accepted, rejected, succeeded, canceled, aborted, untold;
  size_t open, known;
} whorl_action_server_counts_t;
int whorl_action_server_read_counts(whorl_action_server_t server, whorl_action_server_counts_t *ret_counts);
const char *whorl_action_server_name(whorl_action_server_t server); // expanded; "" when stale. Lives as long as the server

#ifdef __cplusplus
}
#endif
#endif
