// The five services by which others look at a lifecycle and ask for transitions.
#include <lifecycle_msgs/msg/state.h>
#include <lifecycle_msgs/msg/transition_description.h>
#include <lifecycle_msgs/srv/change_state.h>
#include <lifecycle_msgs/srv/get_available_states.h>
#include <lifecycle_msgs/srv/get_available_transitions.h>
#include <lifecycle_msgs/srv/get_state.h>
#include <rosidl_runtime_c/string_functions.h>

#include "lifecycle/lifecycle.h"
#include "whorl/log.h"

// A request that cannot be answered truly, for lack of memory or because its lifecycle is on its way out, gets no answer; the node goes on.
static int give_none(whorl_service_call_t call)
{
  (void)whorl_service_call_drop(call);
  return WHORL_OK;
}

static bool write_state(lifecycle_msgs__msg__State *message, const whorl__state_t *state)
{
  message->id = state->id;
  return rosidl_runtime_c__String__assign(&message->label, state->label);
}

static bool write_transition(lifecycle_msgs__msg__TransitionDescription *message, const whorl__transition_t *transition)
{
  message->transition.id = transition->id;
  return rosidl_runtime_c__String__assign(&message->transition.label, transition->label) &&
         write_state(&message->start_state, &transition->start) && write_state(&message->goal_state, &transition->goal);
}

// Is another transition under way, or what is asked for not possible, then it is simply not done.
static int change_state(const void *message, void *answer, whorl_service_call_t call, void *arg)
{
  const lifecycle_msgs__msg__Transition *wanted = &((const lifecycle_msgs__srv__ChangeState_Request *)message)->transition;
  whorl__lifecycle_t *self;
  (void)call;
  if (whorl__lifecycle_use((uint64_t)(uintptr_t)arg, &self) < 0) return WHORL_OK;
  int status = whorl__lifecycle_change(self, wanted->id, wanted->label.size > 0 ? wanted->label.data : "");
  ((lifecycle_msgs__srv__ChangeState_Response *)answer)->success = status == WHORL_OK;
  bool canceled = status == WHORL_CANCELED && whorl_canceled();
  if (status < 0 && !canceled)
    WHORL_LOG_WARN(self->logger, "transition %d '%s' did not succeed: %s", wanted->id, wanted->label.size > 0 ? wanted->label.data : "",
                   whorl_detail()[0] != '\0' ? whorl_detail() : whorl_status_sentence(status));
  whorl__lifecycle_unuse(self);
  return WHORL_OK;
}

static int get_state(const void *message, void *answer, whorl_service_call_t call, void *arg)
{
  lifecycle_msgs__srv__GetState_Response *response = answer;
  whorl__lifecycle_t *self;
  (void)message;
  if (whorl__lifecycle_use((uint64_t)(uintptr_t)arg, &self) < 0) return give_none(call);
  whorl_lifecycle_state_t state = whorl__lifecycle_state(self);
  whorl__lifecycle_unuse(self);
  return write_state(&response->current_state, &(whorl__state_t){(uint8_t)state, whorl_lifecycle_state_name(state)}) ? WHORL_OK
                                                                                                                     : give_none(call);
}

static int get_available_states(const void *message, void *answer, whorl_service_call_t call, void *arg)
{
  lifecycle_msgs__msg__State__Sequence *states = &((lifecycle_msgs__srv__GetAvailableStates_Response *)answer)->available_states;
  (void)message, (void)arg;
  if (!lifecycle_msgs__msg__State__Sequence__init(states, WHORL__STATES)) return give_none(call);
  for (size_t i = 0; i < WHORL__STATES; i++)
    if (!write_state(&states->data[i], &whorl__states[i])) return give_none(call);
  return WHORL_OK;
}

// Those that can be asked for in a state, or, for UNKNOWN, all there are.
static int list_transitions(lifecycle_msgs__srv__GetAvailableTransitions_Response *response, whorl_lifecycle_state_t state,
                            whorl_service_call_t call)
{
  lifecycle_msgs__msg__TransitionDescription__Sequence *list = &response->available_transitions;
  size_t count = 0;
  if (!lifecycle_msgs__msg__TransitionDescription__Sequence__init(list, WHORL__TRANSITIONS)) return give_none(call);
  for (size_t i = 0; i < WHORL__TRANSITIONS; i++) {
    const whorl__transition_t *transition = &whorl__transitions[i];
    if (state != WHORL_STATE_UNKNOWN && transition->start.id != (uint8_t)state) continue;
    if (!write_transition(&list->data[count++], transition)) return give_none(call);
  }
  list->size = count;
  return WHORL_OK;
}

static int get_available_transitions(const void *message, void *answer, whorl_service_call_t call, void *arg)
{
  whorl__lifecycle_t *self;
  (void)message;
  if (whorl__lifecycle_use((uint64_t)(uintptr_t)arg, &self) < 0) return give_none(call);
  whorl_lifecycle_state_t state = whorl__lifecycle_state(self);
  whorl__lifecycle_unuse(self);
  return list_transitions(answer, state, call);
}

static int get_transition_graph(const void *message, void *answer, whorl_service_call_t call, void *arg)
{
  (void)message, (void)arg;
  return list_transitions(answer, WHORL_STATE_UNKNOWN, call);
}

int whorl__lifecycle_open_services(whorl__lifecycle_t *self, whorl_callback_group_t group)
{
  const whorl_service_options_t options = {.max_in_flight = WHORL_UNLIMITED, .callback_group = group};
  const struct {
    const char *name;
    whorl_service_type_t type;
    whorl_service_callback_t serve;
  } services[WHORL__LIFECYCLE_SERVICES] = {
      {"~/change_state", WHORL_SERVICE(lifecycle_msgs, srv, ChangeState), change_state},
      {"~/get_state", WHORL_SERVICE(lifecycle_msgs, srv, GetState), get_state},
      {"~/get_available_states", WHORL_SERVICE(lifecycle_msgs, srv, GetAvailableStates), get_available_states},
      {"~/get_available_transitions", WHORL_SERVICE(lifecycle_msgs, srv, GetAvailableTransitions), get_available_transitions},
      {"~/get_transition_graph", WHORL_SERVICE(lifecycle_msgs, srv, GetAvailableTransitions), get_transition_graph},
  };
  for (int i = 0; i < WHORL__LIFECYCLE_SERVICES; i++)
    WHORL_TRY(whorl_service_create(self->node, services[i].type, services[i].name, services[i].serve, whorl__compound_arg(&self->base),
                                   &options, &self->services[i]));
  return WHORL_OK;
}
