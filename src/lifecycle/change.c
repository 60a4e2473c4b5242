// A transition: the state that leads away, the user's callback, the state that it comes out in.
#include <stdio.h>
#include <string.h>

#include <lifecycle_msgs/msg/transition_event.h>

#include "base/detail.h"
#include "lifecycle/lifecycle.h"
#include "node/publisher.h"

enum { ERROR_LIMIT_S = 5 };

whorl_lifecycle_state_t whorl__lifecycle_state(whorl__lifecycle_t *self)
{
  pthread_mutex_lock(&self->lock);
  whorl_lifecycle_state_t state = self->state;
  pthread_mutex_unlock(&self->lock);
  return state;
}

int whorl_lifecycle_read_state(whorl_lifecycle_t lifecycle, whorl_lifecycle_state_t *ret_state)
{
  whorl__lifecycle_t *self;
  if (ret_state == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_lifecycle_read_state: ret_state is NULL");
  WHORL_TRY(whorl__lifecycle_use(lifecycle.id, &self));
  *ret_state = whorl__lifecycle_state(self);
  whorl__lifecycle_unuse(self);
  return WHORL_OK;
}

// --- telling

// Borrowed: the message is read before a publish returns, and never freed.
static rosidl_runtime_c__String text_of(const char *label)
{
  size_t size = strlen(label);
  return (rosidl_runtime_c__String){.data = (char *)(uintptr_t)label, .size = size, .capacity = size + 1};
}

static void tell(const whorl__lifecycle_t *self, const whorl__transition_t *step)
{
  const lifecycle_msgs__msg__TransitionEvent event = {
      .timestamp = (uint64_t)whorl_clock_now_ns(self->clock),
      .transition = {.id = step->id, .label = text_of(step->label)},
      .start_state = {.id = step->start.id, .label = text_of(step->start.label)},
      .goal_state = {.id = step->goal.id, .label = text_of(step->goal.label)},
  };
  (void)whorl_publish(self->events, &event); // the state is what it is, told or not
}

// --- one step

// Lock held. Publishers speak while it is active; those that have gone are forgotten.
static void tell_publishers(whorl__lifecycle_t *self)
{
  size_t kept = 0;
  for (size_t i = 0; i < self->count; i++)
    if (whorl__publisher_set_silent(self->publishers[i], self->state != WHORL_STATE_ACTIVE) == WHORL_OK)
      self->publishers[kept++] = self->publishers[i];
  self->count = kept;
}

static void enter(whorl__lifecycle_t *self, const whorl__transition_t *step)
{
  pthread_mutex_lock(&self->lock);
  self->state = (whorl_lifecycle_state_t)step->goal.id;
  tell_publishers(self);
  pthread_mutex_unlock(&self->lock);
  tell(self, step);
}

static int begin(whorl__lifecycle_t *self, uint8_t id, const char *label, const whorl__transition_t **ret_step)
{
  int status = WHORL_OK;
  pthread_mutex_lock(&self->lock);
  *ret_step = whorl__transition_find(self->state, id, label);
  if (self->is_changing)
    status = whorl__fail(WHORL_BUSY, "a transition is under way: the node is %s", whorl_lifecycle_state_name(self->state));
  else if (*ret_step == NULL)
    status = whorl__fail(WHORL_WRONG_STATE, "that transition is not possible: the node is %s", whorl_lifecycle_state_name(self->state));
  else
    self->is_changing = true;
  pthread_mutex_unlock(&self->lock);
  return status;
}

static void end(whorl__lifecycle_t *self)
{
  pthread_mutex_lock(&self->lock);
  self->is_changing = false;
  pthread_mutex_unlock(&self->lock);
}

static whorl_lifecycle_callback_t callback_of(const whorl__lifecycle_t *self, uint8_t state)
{
  switch (state) {
  case WHORL_STATE_CONFIGURING: return self->callbacks.on_configure;
  case WHORL_STATE_CLEANING_UP: return self->callbacks.on_cleanup;
  case WHORL_STATE_ACTIVATING: return self->callbacks.on_activate;
  case WHORL_STATE_DEACTIVATING: return self->callbacks.on_deactivate;
  default: return self->callbacks.on_shutdown;
  }
}

static int call(const whorl__lifecycle_t *self, const whorl__transition_t *step)
{
  whorl_lifecycle_callback_t callback = callback_of(self, step->goal.id);
  return callback != NULL ? callback((whorl_lifecycle_state_t)step->start.id, self->arg) : WHORL_OK;
}

// Also when the transition was cancelled: what it left behind has to be cleaned up.
static int process_error(const whorl__lifecycle_t *self, const whorl__transition_t *step)
{
  whorl_shield_t shield;
  if (self->callbacks.on_error == NULL) return WHORL_UNSUCCESSFUL;
  whorl_shield_open(&shield, WHORL_SECONDS(ERROR_LIMIT_S));
  int status = self->callbacks.on_error((whorl_lifecycle_state_t)step->start.id, self->arg);
  (void)whorl_shield_close(&shield, status); // without memory for it there was none; what counts is what was done
  return status;
}

static int run(whorl__lifecycle_t *self, const whorl__transition_t *step)
{
  whorl__detail_t why;
  enter(self, step);
  int status = call(self, step);
  snprintf(why.text, sizeof why.text, "%s", whorl_detail());
  step = whorl__transition_outcome(whorl__lifecycle_state(self), status);
  enter(self, step);
  if (step->goal.id == WHORL_STATE_ERROR_PROCESSING)
    enter(self, whorl__transition_outcome(WHORL_STATE_ERROR_PROCESSING, process_error(self, step)));
  return status < 0 ? whorl__fail(status, "%s", why.text) : status;
}

int whorl__lifecycle_change(whorl__lifecycle_t *self, uint8_t id, const char *label)
{
  const whorl__transition_t *step;
  WHORL_TRY(begin(self, id, label, &step));
  int status = run(self, step);
  end(self);
  return status;
}

int whorl_lifecycle_change(whorl_lifecycle_t lifecycle, whorl_lifecycle_transition_t transition)
{
  whorl__lifecycle_t *self;
  if (transition < WHORL_TRANSITION_CONFIGURE || transition > WHORL_TRANSITION_SHUTDOWN)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_lifecycle_change: transition %d is none", (int)transition);
  WHORL_TRY(whorl__lifecycle_use(lifecycle.id, &self));
  int status = whorl__lifecycle_change(self, (uint8_t)transition, "");
  whorl__lifecycle_unuse(self);
  return status;
}
