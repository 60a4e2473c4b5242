// The states of a managed node and the transitions between them, with the numbers and labels that its services give (lifecycle_msgs). Constant tables.
#ifndef WHORL_LIFECYCLE_STATE_MACHINE_H
#define WHORL_LIFECYCLE_STATE_MACHINE_H

#include <stddef.h>
#include <stdint.h>

#include "whorl/lifecycle.h"

typedef struct whorl__state {
  uint8_t id;
  const char *label;
} whorl__state_t;

typedef struct whorl__transition {
  uint8_t id;
  const char *label;
  whorl__state_t start, goal;
} whorl__transition_t;

enum { WHORL__STATES = 11, WHORL__TRANSITIONS = 25 };
extern const whorl__state_t whorl__states[WHORL__STATES];
extern const whorl__transition_t whorl__transitions[WHORL__TRANSITIONS];

// What is asked for in a state that stays: by its number, or 0 and its label. A shutdown has three numbers, and each of them is the one of that state. NULL: not from there.
const whorl__transition_t *whorl__transition_find(whorl_lifecycle_state_t start, uint8_t id, const char *label);
// How the callback of a state from 10 on came out.
const whorl__transition_t *whorl__transition_outcome(whorl_lifecycle_state_t start, int status);

#endif
