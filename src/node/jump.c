// Jump handlers: callbacks that hear of jumps of their node's ROS clock. Jumps that come while one is under way are told together, in one call.
#include "base/detail.h"
#include "base/memory.h"
#include "node/entity.h"
#include "whorl/clock.h"

typedef struct handler {
  whorl__entity_t entity;
  whorl__record_t record;
  whorl__jump_watch_t watch;
  whorl_jump_info_t info; // not told yet; the time's lock
  whorl_jump_callback_t callback;
  void *arg;
} handler_t;

static whorl__handle_table_t handlers = WHORL__HANDLE_TABLE("jump handler");

static handler_t *handler_of(whorl__entity_t *entity) { return WHORL__CONTAINER(entity, handler_t, entity); }
static handler_t *handler_of_record(whorl__record_t *record) { return WHORL__CONTAINER(record, handler_t, record); }

static void jumped(whorl__jump_watch_t *watch, whorl__time_change_t change, int64_t before_ns, int64_t now_ns)
{
  handler_t *self = WHORL__CONTAINER(watch, handler_t, watch);
  if (self->info.count++ == 0) self->info.before_ns = before_ns;
  self->info.now_ns = now_ns;
  if (change == WHORL__TIME_ACTIVATED) self->info.change = WHORL_CHANGE_TO_SIMULATED;
  if (change == WHORL__TIME_DEACTIVATED) self->info.change = WHORL_CHANGE_TO_SYSTEM;
  whorl__record_mark(&self->record);
}

static int run(whorl__record_t *record)
{
  handler_t *self = handler_of_record(record);
  pthread_mutex_lock(&self->watch.clock->time->lock);
  whorl_jump_info_t info = self->info;
  self->info = (whorl_jump_info_t){.change = WHORL_CHANGE_JUMP};
  pthread_mutex_unlock(&self->watch.clock->time->lock);
  return info.count > 0 ? whorl__entity_report(&self->entity, self->callback(&info, self->arg)) : WHORL_OK;
}

static void quiet(whorl__record_t *record) { whorl__entity_quiet(record, &handler_of_record(record)->entity); }

static void release_handler(whorl__entity_t *entity)
{
  whorl__jump_watch_remove(&handler_of(entity)->watch);
  whorl__free(handler_of(entity));
}

static const whorl__record_ops_t record_ops = {.rank = WHORL__RANK_OTHER, .run = run, .quiet = quiet};
static const whorl__entity_ops_t handler_ops = {.release = release_handler};

static int create(whorl__node_t *node, const whorl_jump_options_t *options, whorl_jump_callback_t callback, void *arg,
                  whorl_jump_handler_t *ret_handler)
{
  handler_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a jump handler");
  self->callback = callback;
  self->arg = arg;
  int status = whorl__entity_prepare(&self->entity, &handler_ops, &handlers, node);
  if (status < 0) {
    whorl__free(self);
    return status;
  }
  status = whorl__entity_add_record(&self->entity, &self->record, &record_ops, (whorl_callback_group_t){0}, 1, "jump handler");
  if (status < 0) {
    whorl__entity_abandon(&self->entity);
    whorl__free(self);
    return status;
  }
  self->watch = (whorl__jump_watch_t){.clock = &node->clock,
                                      .forward_ns = options->min_forward_ns > 0 ? options->min_forward_ns : WHORL_FOREVER,
                                      .backward_ns = options->min_backward_ns > 0 ? options->min_backward_ns : WHORL_FOREVER,
                                      .on_change = options->on_source_change,
                                      .jumped = jumped};
  whorl__jump_watch_add(&self->watch);
  status = whorl__entity_publish(&self->entity, ret_handler != NULL ? &ret_handler->id : NULL);
  if (status == WHORL_OK) return WHORL_OK;
  whorl__jump_watch_remove(&self->watch);
  (void)whorl__record_close(&self->record);
  whorl__entity_abandon(&self->entity);
  whorl__free(self);
  return status;
}

int whorl_jump_handler_create(whorl_node_t node_handle, const whorl_jump_options_t *options, whorl_jump_callback_t callback, void *arg,
                              whorl_jump_handler_t *ret_handler)
{
  whorl__node_t *node;
  if (callback == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "a jump handler needs a callback");
  if (options == NULL || (!options->on_source_change && options->min_forward_ns == 0 && options->min_backward_ns == 0))
    return whorl__fail(WHORL_INVALID_ARGUMENT, "a jump handler that asks for no kind of jump would never be called");
  if (options->min_forward_ns < 0 || options->min_backward_ns < 0)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "a jump handler's limit is negative: both are lengths");
  WHORL_TRY(whorl__node_pin(node_handle, &node));
  int status = create(node, options, callback, arg, ret_handler);
  whorl__node_unpin(node);
  return status;
}

int whorl_jump_handler_destroy(whorl_jump_handler_t handler) { return whorl__entity_destroy(&handlers, handler.id); }
