// An action's type: those of its parts, and where in them lies what is the user's. rosidl wraps goal, result and feedback into messages with the goal's id or status in front.
#ifndef WHORL_ACTION_ACTION_TYPE_H
#define WHORL_ACTION_ACTION_TYPE_H

#include "message/type.h"
#include "whorl/action.h"

typedef struct whorl__action_type {
  whorl_service_type_t send_goal, get_result;
  whorl_message_type_t feedback_message;
  const whorl__type_t *goal_request, *result_response;
  const whorl__type_t *goal, *result, *feedback;                    // the user's
  size_t goal_offset, stamp_offset, result_offset, feedback_offset; // in the part's message; what comes in front of them lies at 0
} whorl__action_type_t;

// INVALID_TYPE with a sentence; NO_MEMORY.
int whorl__action_type_get(whorl_action_type_t support, whorl__action_type_t *ret_type);

#endif
