// Inside an action client: its parts, and the goals whose feedback it listens for.
#ifndef WHORL_ACTION_ACTION_CLIENT_H
#define WHORL_ACTION_ACTION_CLIENT_H

#include "action/action_type.h"
#include "node/compound.h"
#include "whorl/action_client.h"
#include "whorl/channel.h"
#include "whorl/client.h"
#include "whorl/subscription.h"

typedef struct whorl__action_client {
  whorl__compound_t base;
  whorl__action_type_t type;
  whorl_node_t node;
  whorl_client_t send_goal, cancel_goal, get_result;
  whorl_subscription_t feedback, status;
  pthread_mutex_t lock; // a leaf but for channels
  whorl__list_t goals;  // whorl__sent_goal_t.link
} whorl__action_client_t;

typedef struct whorl__sent_goal { // the client's lock
  whorl__link_t link;
  whorl_goal_id_t id;
  whorl_goal_status_t status; // as the topic has said it last
  whorl_goal_feedback_callback_t on_feedback;
  void *arg;
  whorl_channel_t kept; // feedback, as messages that are kept; zero: none is
} whorl__sent_goal_t;

extern whorl__handle_table_t whorl__action_clients;

int whorl__action_client_use(whorl_action_client_t handle, whorl__action_client_t **ret_client);
void whorl__action_client_unuse(whorl__action_client_t *client);

// --- the goals it listens for (feedback.c)
// Under a new id. IO_ERROR: no random numbers can be had. NO_MEMORY.
int whorl__sent_goal_add(whorl__action_client_t *client, const whorl_goal_options_t *options, whorl_goal_id_t *ret_id);
bool whorl__sent_goal_remove(whorl__action_client_t *client, const whorl_goal_id_t *id); // false: it is not there
void whorl__sent_goals_end(whorl__action_client_t *client);                              // all of them
// No more feedback is kept: who waits for it hears that the goal has ended.
void whorl__sent_goal_close(whorl__action_client_t *client, const whorl_goal_id_t *id);
// Where it is kept. NOT_FOUND: the goal is not there. WRONG_STATE: none is.
int whorl__sent_goal_kept(whorl__action_client_t *client, const whorl_goal_id_t *id, whorl_channel_t *ret_kept);
// Callbacks of the two topics; `arg` is the client's id.
int whorl__action_on_feedback(const void *message, const whorl_message_info_t *info, void *arg);
int whorl__action_on_status(const void *message, const whorl_message_info_t *info, void *arg);

// --- requests (ask.c): each a request without waiting
int whorl__action_ask_goal(whorl__action_client_t *client, const whorl_goal_id_t *id, const void *goal, whorl_future_t *ret_future);
int whorl__action_ask_result(whorl__action_client_t *client, const whorl_goal_id_t *id, whorl_future_t *ret_future);
int whorl__action_ask_cancel(whorl__action_client_t *client, const whorl_goal_id_t *id, int64_t until_ns, whorl_future_t *ret_future);

#endif
