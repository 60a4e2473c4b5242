#include "whorl/timer.h"

#include "base/detail.h"
#include "base/memory.h"
#include "base/time_after.h"
#include "dispatch/timer.h"
#include "node/waited.h"

typedef struct timer {
  whorl__entity_t entity;
  whorl__timer_t core;
  whorl_clock_kind_t clock;
  whorl_timer_callback_t callback;
  void *arg;
} timer_entity_t;

whorl__handle_table_t whorl__timers = WHORL__HANDLE_TABLE("timer");

static timer_entity_t *timer_of(whorl__entity_t *entity) { return WHORL__CONTAINER(entity, timer_entity_t, entity); }
static timer_entity_t *timer_of_record(whorl__record_t *record) { return WHORL__CONTAINER(record, timer_entity_t, core.record); }

// Wall time is measured steadily, and told by the clock that was asked for.
static void tell_in_system_time(const timer_entity_t *self, whorl_timer_info_t *info)
{
  whorl__participant_t *participant = self->entity.node->context->participant;
  int64_t late_ns = info->actual_ns - info->expected_ns;
  info->actual_ns = participant->ops->now_ns(participant);
  info->expected_ns = info->actual_ns - late_ns;
}

static whorl_timer_info_t info_of(const timer_entity_t *self, const whorl__expiry_t *expiry)
{
  whorl_timer_info_t info = {.expected_ns = whorl__time_after(expiry->expected_ns, expiry->offset_ns),
                             .actual_ns = whorl__time_after(expiry->actual_ns, expiry->offset_ns),
                             .missed = expiry->missed};
  bool tells_system_time = self->clock == WHORL_CLOCK_SYSTEM || (self->clock == WHORL_CLOCK_ROS && !expiry->simulated);
  if (tells_system_time) tell_in_system_time(self, &info);
  return info;
}

static int run(whorl__record_t *record)
{
  timer_entity_t *self = timer_of_record(record);
  if (!whorl__timer_begin(&self->core)) return WHORL_OK;
  whorl_timer_info_t info = info_of(self, &self->core.last);
  return whorl__entity_report(&self->entity, self->callback(&info, self->arg));
}

static void quiet(whorl__record_t *record) { whorl__entity_quiet(record, &timer_of_record(record)->entity); }

static void release_timer(whorl__entity_t *entity)
{
  whorl__timer_fini(&timer_of(entity)->core);
  whorl__free(timer_of(entity));
}

static bool is_ready(whorl__entity_t *entity, whorl__readiness_t *ret_readiness)
{
  return whorl__timer_ready(&timer_of(entity)->core, &ret_readiness->until_ns);
}

static const whorl__record_ops_t record_ops = {.rank = WHORL__RANK_TIMER, .run = run, .picked = whorl__timer_picked, .quiet = quiet};
static const whorl__entity_ops_t timer_ops = {.release = release_timer, .ready = is_ready};

static whorl__ros_clock_t *clock_of(whorl__node_t *node, whorl_clock_kind_t kind) // NULL: wall time
{
  if (kind == WHORL_CLOCK_SIM_STEADY) return &node->sim_steady;
  return kind == WHORL_CLOCK_ROS ? &node->clock : NULL;
}

static int create(whorl__node_t *node, int64_t period_ns, whorl_timer_callback_t callback, void *arg, const whorl_timer_options_t *options,
                  whorl_timer_t *ret_timer)
{
  timer_entity_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a timer");
  self->callback = callback;
  self->arg = arg;
  self->clock = options->clock;
  self->entity.by_hand = options->by_hand;
  int status = whorl__entity_prepare(&self->entity, &timer_ops, &whorl__timers, node);
  if (status < 0) goto free_self;
  whorl__mailbox_t *mailbox;
  status = whorl__entity_enter_group(&self->entity, options->callback_group, &mailbox);
  if (status < 0) goto abandon;
  const whorl__timer_options_t timer_options = {
      .period_ns = period_ns, .clock = clock_of(node, options->clock), .one_shot = options->one_shot};
  whorl__timer_init(&self->core, &record_ops, mailbox, &timer_options, atomic_fetch_add(&node->context->registrations, 1), "timer");
  self->entity.record = &self->core.record;
  if (!options->stopped) whorl__timer_reset(&self->core); // counts from here, also while nobody drives the node
  status = whorl__entity_publish(&self->entity, ret_timer != NULL ? &ret_timer->id : NULL);
  if (status < 0) goto close_record;
  return WHORL_OK;
close_record:
  (void)whorl__record_close(&self->core.record);
  whorl__timer_fini(&self->core);
abandon:
  whorl__entity_abandon(&self->entity);
free_self:
  whorl__free(self);
  return status;
}

static int check_period(int64_t period_ns)
{
  return period_ns >= 0 ? WHORL_OK : whorl__fail(WHORL_INVALID_ARGUMENT, "a timer's period of %lld ns is negative", (long long)period_ns);
}

int whorl_timer_create(whorl_node_t node_handle, int64_t period_ns, whorl_timer_callback_t callback, void *arg,
                       const whorl_timer_options_t *options, whorl_timer_t *ret_timer)
{
  static const whorl_timer_options_t defaults = {.clock = WHORL_CLOCK_STEADY};
  whorl__node_t *node;
  if (options == NULL) options = &defaults;
  WHORL_TRY(check_period(period_ns));
  WHORL_TRY(whorl__entity_check_callback("timer", callback != NULL, options->by_hand));
  if ((unsigned)options->clock > WHORL_CLOCK_SIM_STEADY)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "a timer's clock of kind %d is none", (int)options->clock);
  WHORL_TRY(whorl__node_pin(node_handle, &node));
  int status = create(node, period_ns, callback, arg, options, ret_timer);
  whorl__node_unpin(node);
  return status;
}

int whorl_timer_destroy(whorl_timer_t timer) { return whorl__entity_destroy(&whorl__timers, timer.id); }

static int pin(whorl_timer_t handle, timer_entity_t **ret_timer)
{
  whorl__entity_t *entity;
  WHORL_TRY(whorl__handle_pin(&whorl__timers, handle.id, (void **)&entity));
  *ret_timer = timer_of(entity);
  return WHORL_OK;
}

int whorl_timer_cancel(whorl_timer_t handle)
{
  timer_entity_t *self;
  WHORL_TRY(pin(handle, &self));
  whorl__timer_cancel(&self->core);
  whorl__handle_unpin(&whorl__timers, handle.id);
  return WHORL_OK;
}

int whorl_timer_reset(whorl_timer_t handle)
{
  timer_entity_t *self;
  WHORL_TRY(pin(handle, &self));
  whorl__timer_reset(&self->core);
  whorl__handle_unpin(&whorl__timers, handle.id);
  return WHORL_OK;
}

int whorl_timer_set_period(whorl_timer_t handle, int64_t period_ns)
{
  timer_entity_t *self;
  WHORL_TRY(check_period(period_ns));
  WHORL_TRY(pin(handle, &self));
  whorl__timer_set_period(&self->core, period_ns);
  whorl__handle_unpin(&whorl__timers, handle.id);
  return WHORL_OK;
}

int whorl_timer_is_canceled(whorl_timer_t handle, bool *ret_canceled)
{
  timer_entity_t *self;
  if (ret_canceled == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_timer_is_canceled: ret_canceled is NULL");
  WHORL_TRY(pin(handle, &self));
  *ret_canceled = whorl__timer_canceled(&self->core);
  whorl__handle_unpin(&whorl__timers, handle.id);
  return WHORL_OK;
}

int whorl_timer_period(whorl_timer_t handle, int64_t *ret_period_ns)
{
  timer_entity_t *self;
  if (ret_period_ns == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_timer_period: ret_period_ns is NULL");
  WHORL_TRY(pin(handle, &self));
  *ret_period_ns = whorl__timer_period(&self->core);
  whorl__handle_unpin(&whorl__timers, handle.id);
  return WHORL_OK;
}

int whorl_timer_time_until_next(whorl_timer_t handle, int64_t *ret_ns)
{
  timer_entity_t *self;
  if (ret_ns == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_timer_time_until_next: ret_ns is NULL");
  WHORL_TRY(pin(handle, &self));
  *ret_ns = whorl__timer_until_next(&self->core);
  whorl__handle_unpin(&whorl__timers, handle.id);
  return WHORL_OK;
}

int whorl_timer_take(whorl_timer_t handle, whorl_timer_info_t *ret_info)
{
  timer_entity_t *self;
  whorl__expiry_t expiry = {0};
  WHORL_TRY(pin(handle, &self));
  int status = self->entity.by_hand ? WHORL_OK : whorl__fail(WHORL_WRONG_STATE, "whorl_timer_take: the timer has a callback");
  if (status == WHORL_OK && !whorl__timer_take(&self->core, &expiry)) status = whorl__fail_plain(WHORL_WOULD_BLOCK);
  if (status == WHORL_OK && ret_info != NULL) *ret_info = info_of(self, &expiry);
  whorl__handle_unpin(&whorl__timers, handle.id);
  return status;
}
