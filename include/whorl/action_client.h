// Action client: sends goals to a server, hears how far they are, gets their results, cancels them. docs/actions.md.
//
// The calls that ask the server wait for it to be available, and have no time limit of their own: use a timeout. They may suspend a task or block a plain thread, and beside what is said at each return what whorl_client_call does.
// Answers are handed over where they arrive; feedback and states come as messages do, by callbacks of the client's node: that has to be open, or in an executor.
#ifndef WHORL_ACTION_CLIENT_H
#define WHORL_ACTION_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "whorl/action.h"
#include "whorl/callback_group.h"
#include "whorl/node.h"
#include "whorl/task.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct whorl_action_client {
  uint64_t id;
} whorl_action_client_t;

typedef struct whorl_action_client_options { // zero: the default
  whorl_callback_group_t callback_group;     // of feedback and states; zero: the node's default one
} whorl_action_client_options_t;

// Three clients and two subscriptions, owned by the node. Any thread. Statuses as whorl_client_create.
int whorl_action_client_create(whorl_node_t node, whorl_action_type_t type, const char *action,
                               const whorl_action_client_options_t *options, whorl_action_client_t *ret_client);
// As whorl_subscription_destroy. Open calls and waits end with DESTROYED; its goals go on at their server.
int whorl_action_client_destroy(whorl_action_client_t client);
// May suspend, until a server is available: its three services, both ways, and (a task waits for these too) its two topics, so that no feedback is lost. Driven by discovery. Statuses as whorl_client_wait_for_service; SHUTDOWN also in a task, while it waits for the topics.
int whorl_action_client_wait_for_server(whorl_action_client_t client);
bool whorl_action_client_server_is_ready(whorl_action_client_t client); // is it available now? Any thread; false when stale

// Feedback of one goal, in a callback of the client's node: `feedback` is its <type>_Feedback, read only, during the call. May suspend; then the feedback of all goals waits. An error ends the node's scope.
typedef int (*whorl_goal_feedback_callback_t)(const whorl_goal_id_t *id, const void *feedback, void *arg);
typedef struct whorl_goal_options { // zero: the default
  whorl_goal_feedback_callback_t on_feedback;
  void *arg;             // its
  size_t feedback_depth; // so many of the latest are kept for whorl_action_client_next_feedback; 0: none
  // So long whorl_action_client_send_goal waits, when it was cancelled, to take the goal back. 0: two seconds. INVALID_ARGUMENT: negative.
  int64_t cancel_limit_ns;
} whorl_goal_options_t;

// One goal from its start to its end: sends it, waits until it is accepted and then until it has ended. `on_feedback` runs in a task of the caller's, so it needs a caller in a task; when this returns it does not run any more,
// and its error ends the call. When the call is cancelled, or fails so (SHUTDOWN on a plain thread too), it cancels the goal, and waits for its end for at most `cancel_limit_ns`. `goal` and `result` are the <type>_Goal and an initialised
// <type>_Result (zeros will do); that is filled when the goal has ended, and what it owns then is the caller's to fini. OK: the goal succeeded. UNSUCCESSFUL: it was aborted, or cancelled by somebody else (`ret_status`, which may be
// NULL, tells). REJECTED; CANCELED; NOT_FOUND: the server has forgotten it.
typedef struct whorl_action_call_options { // zero: the default
  whorl_goal_feedback_callback_t on_feedback;
  void *arg;               // its
  size_t feedback_depth;   // so many of the latest are kept for it; 0: 100
  int64_t cancel_limit_ns; // 0: two seconds
} whorl_action_call_options_t;
int whorl_action_client_call(whorl_action_client_t client, const void *goal, void *result, const whorl_action_call_options_t *options,
                             whorl_goal_status_t *ret_status);

// --- One step after the other
// Until the server has accepted the goal, or not: REJECTED. Its name goes to `ret_id`. When the wait is cancelled (SHUTDOWN on a plain thread), so is the goal, should it be accepted within `cancel_limit_ns`: so long it waits for that. The client knows the goal, for its feedback, until its result was had or it is forgotten.
int whorl_action_client_send_goal(whorl_action_client_t client, const void *goal, const whorl_goal_options_t *options,
                                  whorl_goal_id_t *ret_id);
// Until the goal has ended, however: fills `result` as whorl_action_client_call, and `ret_status`; the client forgets the goal. A cancelled wait leaves the goal alone. Of any goal of the server, whoever has sent it. NOT_FOUND: the server
// does not know it, or not any more.
int whorl_action_client_get_result(whorl_action_client_t client, const whorl_goal_id_t *id, void *result, whorl_goal_status_t *ret_status);
// Until the server has answered: OK: the goal is being cancelled; its result tells its end. REJECTED: the server will not; NOT_FOUND: it does not know the goal; WRONG_STATE: that has ended.
int whorl_action_client_cancel_goal(whorl_action_client_t client, const whorl_goal_id_t *id);
// All goals of the server, or those accepted until a time of its ROS clock (0: all); how many are being cancelled now to `ret_count`, which may be NULL. REJECTED: all were refused.
int whorl_action_client_cancel_goals(whorl_action_client_t client, int64_t until_ns, size_t *ret_count);
// The next feedback of a goal that was sent with a `feedback_depth`; `feedback` is an initialised <type>_Feedback, filled on success only. What was not had in time is dropped, the oldest first. In a task; may suspend. CLOSED: the goal has ended, and all was had;
// DESTROYED: client or goal went meanwhile; NOT_FOUND: the client does not know it; WRONG_STATE: sent without a depth. CANCELED, NOT_IN_TASK, NO_MEMORY.
int whorl_action_client_next_feedback(whorl_action_client_t client, const whorl_goal_id_t *id, void *feedback);
// What the status topic has last said of a goal that the client knows. NOT_FOUND. Any thread.
int whorl_action_client_read_status(whorl_action_client_t client, const whorl_goal_id_t *id, whorl_goal_status_t *ret_status);
// No feedback of the goal from here on; a callback that is just running on another thread may end later. It goes on at its server. NOT_FOUND. Any thread; never suspends.
int whorl_action_client_forget_goal(whorl_action_client_t client, const whorl_goal_id_t *id);

// --- The same without waiting, as whorl_client_send: any thread, tasks or not; a server that is not available gets nothing. The future's value, and what whorl_future_take copies, is the answer of the action's part: <type>_SendGoal_Response
// (a rejected goal is yours to forget), <type>_GetResult_Response, action_msgs/srv/CancelGoal_Response.
int whorl_action_client_send_goal_future(whorl_action_client_t client, const void *goal, const whorl_goal_options_t *options,
                                         whorl_goal_id_t *ret_id, whorl_future_t *ret_future);
int whorl_action_client_get_result_future(whorl_action_client_t client, const whorl_goal_id_t *id, whorl_future_t *ret_future);
int whorl_action_client_cancel_goal_future(whorl_action_client_t client, const whorl_goal_id_t *id, whorl_future_t *ret_future);

// The expanded name of the action; "" when stale. Lives as long as the client.
const char *whorl_action_client_name(whorl_action_client_t client);

#ifdef __cplusplus
}
#endif
#endif
