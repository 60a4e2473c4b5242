// Inside an action server: its goals, and who does what with them.
//
// A goal's life is the run of the handler that took its request (goal.c): it asks whether the goal is welcome, answers, waits for its turn, calls the user and tells how it ended. So a goal is a task of the
// node's, cancelled as any handler's is, and only its own task moves it on; others (a cancel request, the user, the end of another goal) leave a word under the lock and wake it.
#ifndef WHORL_ACTION_SERVER_INTERNAL_H
#define WHORL_ACTION_SERVER_INTERNAL_H

#include <builtin_interfaces/msg/time.h>

#include "action/action_type.h"
#include "message/sample.h"
#include "node/compound.h"
#include "whorl/action_server.h"
#include "whorl/channel.h"
#include "whorl/publisher.h"
#include "whorl/service.h"
#include "whorl/timer.h"

typedef struct whorl__action_server {
  whorl__compound_t base;
  whorl__action_type_t type;
  whorl_goal_execute_callback_t execute;
  void *arg;
  whorl_action_server_options_t options; // with the defaults filled in
  whorl_node_t node;
  whorl_clock_t clock;
  whorl_service_t send_goal, cancel_goal, get_result;
  whorl_publisher_t feedback, status;
  whorl_timer_t expiry;
  whorl_callback_group_t group; // its own; zero: the user's is used
  whorl_channel_t turn;         // a seat for one: whoever publishes the status. So what was published last is what came last
  pthread_mutex_t lock;         // the rest, and the goals; a leaf but for the kernel's and the services' locks
  whorl__list_t goals;          // in the order in which they came
  whorl__list_t kept;           // those that are over, in that order, if they expire
  bool ends;                    // no goal begins any more
  uint32_t executing;
  whorl_action_server_counts_t counts;
} whorl__action_server_t;

typedef struct whorl__goal {
  whorl__link_t link, kept_link;
  whorl__action_server_t *server;
  uint64_t handle;
  whorl_goal_id_t id;
  unsigned references; // the list's, and its task's or a request's
  builtin_interfaces__msg__Time stamp;
  whorl_goal_status_t status;   // UNKNOWN: it has not been accepted yet
  whorl_goal_status_t told;     // what the latest message of the status topic says of it
  whorl_goal_status_t wanted;   // what its callback chose; UNKNOWN: nothing
  bool deferred, started, over; // over: its end has been told
  whorl_event_t go;             // set when it was started, or cancelled before
  whorl_task_group_t *callback; // around the user's, while that runs
  whorl__message_t *result;     // a whole answer to get_result
  whorl__list_t waiting;        // kept requests for the result
  int64_t expires_ns;
} whorl__goal_t;

extern whorl__handle_table_t whorl__action_servers, whorl__goals;

static inline bool whorl__goal_is_open(const whorl__goal_t *goal)
{
  return goal->status >= WHORL_GOAL_ACCEPTED && goal->status <= WHORL_GOAL_CANCELING;
}

// --- the goals of a server (goals.c). With the lock held, unless told otherwise.
int whorl__goal_create(whorl__action_server_t *server, const whorl_goal_id_t *id, whorl__goal_t **ret_goal); // no lock; not listed
whorl__goal_t *whorl__goals_find(const whorl__action_server_t *server, const whorl_goal_id_t *id);
void whorl__goal_unref(whorl__goal_t *goal);             // no lock: the last one frees it
void whorl__goals_start(whorl__action_server_t *server); // those whose turn has come
void whorl__goals_free(whorl__action_server_t *server);  // no lock: nobody else is there any more

// --- what the parts call; `arg` is the server's id
int whorl__action_on_goal(const void *request, void *response, whorl_service_call_t call, void *arg);   // goal.c
int whorl__action_on_cancel(const void *request, void *response, whorl_service_call_t call, void *arg); // cancel.c
int whorl__action_on_result(const void *request, void *response, whorl_service_call_t call, void *arg); // result.c
int whorl__action_on_expiry(const whorl_timer_info_t *info, void *arg);                                 // result.c

int whorl__action_server_use(void *arg, whorl__action_server_t **ret_server);
void whorl__action_server_unuse(whorl__action_server_t *server);
// A request that cannot be answered, for lack of memory or because a result cannot be sent: it is lost alone, and logged. `status`: why. DESTROYED: it is gone anyway.
void whorl__action_lose(const whorl__action_server_t *server, whorl_service_call_t call, int status);
// Publishes all goals as they are. May suspend. What cannot be sent is counted.
void whorl__action_publish_status(whorl__action_server_t *server);
// The goal's end has been told on the status topic: answers who waits for its result, and keeps it for those who ask later. May suspend.
void whorl__action_give_result(whorl__goal_t *goal);

#endif
