// /parameter_events: one message for each change that succeeded.
#include <rcl_interfaces/msg/parameter_event.h>

#include "base/detail.h"
#include "parameter/convert.h"
#include "parameter/parameters.h"
#include "whorl/clock.h"
#include "whorl/time.h"

int whorl__parameters_open_events(whorl__parameters_t *self, whorl_node_t node)
{
  return whorl_publisher_create(node, WHORL_MESSAGE(rcl_interfaces, msg, ParameterEvent), "/parameter_events",
                                &(whorl_publisher_options_t){.qos = &WHORL_QOS_PARAMETER_EVENTS}, &self->events);
}

static size_t count_of(const whorl_parameter_changes_t *changes, whorl__parameter_effect_t effect)
{
  size_t count = 0;
  for (size_t i = 0; i < changes->count; i++)
    if (changes->steps[i].effect == effect) count++;
  return count;
}

static bool write_list(rcl_interfaces__msg__Parameter__Sequence *list, const whorl_parameter_changes_t *changes,
                       whorl__parameter_effect_t effect)
{
  static const whorl_parameter_value_t none = {0};
  size_t at = 0;
  if (!rcl_interfaces__msg__Parameter__Sequence__init(list, count_of(changes, effect))) return false;
  for (size_t i = 0; i < changes->count; i++) {
    const whorl_parameter_t *wanted = &changes->wanted[i];
    if (changes->steps[i].effect != effect) continue;
    if (!whorl__parameter_write(&list->data[at++], wanted->name, effect == WHORL__PARAMETER_DELETED ? &none : &wanted->value)) return false;
  }
  return true;
}

// A declaration without a value is told with empty lists, as the peers do.
static bool write_event(const whorl__parameters_t *self, const whorl_parameter_changes_t *changes,
                        rcl_interfaces__msg__ParameterEvent *event)
{
  const whorl_parameter_t *first = &changes->wanted[0];
  bool nothing = changes->count == 1 && first->value.type == WHORL_PARAMETER_NOT_SET && changes->steps[0].effect == WHORL__PARAMETER_NEW;
  int64_t now_ns = whorl_clock_now_ns(whorl_node_clock((whorl_node_t){self->node->id}));
  event->stamp.sec = (int32_t)(now_ns / WHORL_SECONDS(1));
  event->stamp.nanosec = (uint32_t)(now_ns % WHORL_SECONDS(1));
  if (!whorl__parameter_write_text(&event->node, self->node->full_name)) return false;
  return (nothing || write_list(&event->new_parameters, changes, WHORL__PARAMETER_NEW)) &&
         write_list(&event->changed_parameters, changes, WHORL__PARAMETER_CHANGED) &&
         write_list(&event->deleted_parameters, changes, WHORL__PARAMETER_DELETED);
}

void whorl__parameters_tell(whorl__parameters_t *self, const whorl_parameter_changes_t *changes)
{
  rcl_interfaces__msg__ParameterEvent event;
  if (self->events.id == 0) return;
  bool written = rcl_interfaces__msg__ParameterEvent__init(&event);
  int status = WHORL_NO_MEMORY;
  if (written && write_event(self, changes, &event)) status = whorl_publish(self->events, &event);
  if (written) rcl_interfaces__msg__ParameterEvent__fini(&event);
  if (status < 0) atomic_fetch_add(&self->unheard, 1);
}
