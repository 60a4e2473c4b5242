#include "action/action_type.h"

#include <string.h>

#include "base/detail.h"
#include "message/members.h"
#include "whorl/status.h"

// The two fields of a part: `first` at 0, and the second one's offset and type (`ret_type` may be NULL).
static int look_into(const whorl__type_t *part, const char *first, const char *second, size_t *ret_offset, const whorl__type_t **ret_type)
{
  const whorl__members_t *members = part->members;
  if (members->member_count_ != 2 || strcmp(members->members_[0].name_, first) != 0 || members->members_[0].offset_ != 0 ||
      strcmp(members->members_[1].name_, second) != 0)
    return whorl__fail(WHORL_INVALID_TYPE, "%s is no part of an action: its fields are not %s and %s", part->ros_name, first, second);
  *ret_offset = members->members_[1].offset_;
  return ret_type != NULL ? whorl__type_get(members->members_[1].members_, ret_type) : WHORL_OK;
}

int whorl__action_type_get(whorl_action_type_t support, whorl__action_type_t *ret_type)
{
  whorl__action_type_t type = {0};
  const whorl__type_t *goal_response, *result_request, *feedback;
  if (support == NULL) return whorl__fail(WHORL_INVALID_TYPE, "the action's type is NULL");
  type.send_goal = support->goal_service_type_support;
  type.get_result = support->result_service_type_support;
  type.feedback_message = support->feedback_message_type_support;
  WHORL_TRY(whorl__service_type_get(type.send_goal, &type.goal_request, &goal_response));
  WHORL_TRY(whorl__service_type_get(type.get_result, &result_request, &type.result_response));
  WHORL_TRY(whorl__type_get(type.feedback_message, &feedback));
  WHORL_TRY(look_into(type.goal_request, "goal_id", "goal", &type.goal_offset, &type.goal));
  WHORL_TRY(look_into(goal_response, "accepted", "stamp", &type.stamp_offset, NULL));
  WHORL_TRY(look_into(type.result_response, "status", "result", &type.result_offset, &type.result));
  WHORL_TRY(look_into(feedback, "goal_id", "feedback", &type.feedback_offset, &type.feedback));
  *ret_type = type;
  return WHORL_OK;
}
