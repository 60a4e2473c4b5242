// A client's requests: each one sent, its answer a future.
#include <string.h>

#include <action_msgs/srv/cancel_goal.h>

#include "action/action_client.h"
#include "base/detail.h"
#include "base/memory.h"

int whorl__action_ask_goal(whorl__action_client_t *client, const whorl_goal_id_t *id, const void *goal, whorl_future_t *ret_future)
{
  const whorl__action_type_t *type = &client->type;
  unsigned char *request = whorl__alloc(type->goal_request->size);
  if (request == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a goal of '%s'", client->base.name);
  memcpy(request, id->bytes, sizeof id->bytes);
  memcpy(request + type->goal_offset, goal, type->goal->size); // with all that it points to: only until it is sent
  int status = whorl_client_send(client->send_goal, request, ret_future);
  whorl__free(request);
  return status;
}

int whorl__action_ask_result(whorl__action_client_t *client, const whorl_goal_id_t *id, whorl_future_t *ret_future)
{
  return whorl_client_send(client->get_result, id->bytes, ret_future); // the request is the id
}

int whorl__action_ask_cancel(whorl__action_client_t *client, const whorl_goal_id_t *id, int64_t until_ns, whorl_future_t *ret_future)
{
  action_msgs__srv__CancelGoal_Request request = {0};
  memcpy(request.goal_info.goal_id.uuid, id->bytes, sizeof id->bytes);
  request.goal_info.stamp.sec = (int32_t)(until_ns / WHORL_SECONDS(1));
  request.goal_info.stamp.nanosec = (uint32_t)(until_ns % WHORL_SECONDS(1));
  return whorl_client_send(client->cancel_goal, &request, ret_future);
}

// --- the same for users

int whorl_action_client_send_goal_future(whorl_action_client_t handle, const void *goal, const whorl_goal_options_t *options,
                                         whorl_goal_id_t *ret_id, whorl_future_t *ret_future)
{
  whorl__action_client_t *client;
  whorl_goal_id_t id;
  if (goal == NULL || ret_id == NULL || ret_future == NULL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_action_client_send_goal_future: goal, ret_id or ret_future is NULL");
  WHORL_TRY(whorl__action_client_use(handle, &client));
  int status = whorl__sent_goal_add(client, options, &id);
  if (status == WHORL_OK) {
    status = whorl__action_ask_goal(client, &id, goal, ret_future);
    if (status < 0) (void)whorl__sent_goal_remove(client, &id);
  }
  whorl__action_client_unuse(client);
  if (status == WHORL_OK) *ret_id = id;
  return status;
}

int whorl_action_client_get_result_future(whorl_action_client_t handle, const whorl_goal_id_t *id, whorl_future_t *ret_future)
{
  whorl__action_client_t *client;
  if (id == NULL || ret_future == NULL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_action_client_get_result_future: %s is NULL", id == NULL ? "id" : "ret_future");
  WHORL_TRY(whorl__action_client_use(handle, &client));
  int status = whorl__action_ask_result(client, id, ret_future);
  whorl__action_client_unuse(client);
  return status;
}

int whorl_action_client_cancel_goal_future(whorl_action_client_t handle, const whorl_goal_id_t *id, whorl_future_t *ret_future)
{
  whorl__action_client_t *client;
  if (id == NULL || ret_future == NULL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_action_client_cancel_goal_future: %s is NULL", id == NULL ? "id" : "ret_future");
  WHORL_TRY(whorl__action_client_use(handle, &client));
  int status = whorl__action_ask_cancel(client, id, 0, ret_future);
  whorl__action_client_unuse(client);
  return status;
}
