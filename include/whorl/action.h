// Actions: goals that take their time. What their servers and clients have in common. docs/actions.md.
//
// An action's type is WHORL_ACTION(example_interfaces, Fibonacci) (message.h). Its goal, result and feedback are the structs <type>_Goal, _Result and _Feedback that rosidl makes of the .action file.
#ifndef WHORL_ACTION_H
#define WHORL_ACTION_H

#include <stdint.h>

#include "whorl/message.h"

#ifdef __cplusplus
extern "C" {
#endif

// Names a goal, at every server and client in the domain: random bytes that its client chose.
typedef struct whorl_goal_id {
  uint8_t bytes[16];
} whorl_goal_id_t;

// The numbers of action_msgs/msg/GoalStatus. Accepted goals begin to execute, or are cancelled; executing ones end, or are cancelling first; the last three are ends.
typedef enum whorl_goal_status {
  WHORL_GOAL_UNKNOWN,
  WHORL_GOAL_ACCEPTED, // waits to be executed
  WHORL_GOAL_EXECUTING,
  WHORL_GOAL_CANCELING, // its cancellation was accepted; it has not ended
  WHORL_GOAL_SUCCEEDED,
  WHORL_GOAL_CANCELED,
  WHORL_GOAL_ABORTED,
} whorl_goal_status_t;

// "executing"; "?" for a number outside the table. Never NULL, static storage. Any thread.
const char *whorl_goal_status_name(whorl_goal_status_t status);

#ifdef __cplusplus
}
#endif
#endif
