#include "node/entity.h"

#include <assert.h>

#include "base/detail.h"
#include "node/graph.h"

int whorl__entity_prepare(whorl__entity_t *entity, const whorl__entity_ops_t *ops, whorl__handle_table_t *table, whorl__node_t *node)
{
  if (atomic_load(&node->context->shut_down)) return whorl__fail(WHORL_SHUTDOWN, "the context was shut down");
  WHORL_TRY(whorl__node_use(node));
  entity->ops = ops;
  entity->table = table;
  entity->node = node;
  whorl__gate_init(&entity->gate);
  whorl__mailbox_init(&entity->mailbox, node->context->limbo, WHORL__MAILBOX_REENTRANT); // the record's own limit does the rest
  return WHORL_OK;
}

int whorl__entity_enter_group(whorl__entity_t *entity, whorl_callback_group_t handle, whorl__mailbox_t **ret_mailbox)
{
  WHORL_TRY(whorl__group_enter(entity->node, handle, &entity->group));
  *ret_mailbox = &entity->group->mailbox;
  entity->mailbox.priority = entity->group->mailbox.priority;
  return WHORL_OK;
}

int whorl__entity_add_record(whorl__entity_t *entity, whorl__record_t *record, const whorl__record_ops_t *ops, whorl_callback_group_t group,
                             uint32_t max_in_flight, const char *name)
{
  whorl__mailbox_t *mailbox;
  WHORL_TRY(whorl__entity_enter_group(entity, group, &mailbox));
  whorl__record_init(record, ops, mailbox, max_in_flight, atomic_fetch_add(&entity->node->context->registrations, 1), name);
  entity->record = record;
  return WHORL_OK;
}

int whorl__entity_check_callback(const char *kind, bool has_callback, bool by_hand)
{
  if (has_callback == !by_hand) return WHORL_OK;
  return whorl__fail(WHORL_INVALID_ARGUMENT, by_hand ? "a %s that is taken by hand has no callback" : "a %s needs a callback", kind);
}

static whorl__group_t *leave_group(const whorl__entity_t *entity) // tree lock held. Not NULL: to be freed after that
{
  return entity->group != NULL ? whorl__group_leave_entity(entity->group) : NULL;
}

void whorl__entity_regroup(whorl__entity_t *entity, bool own)
{
  if (entity->record != NULL) whorl__record_regroup(entity->record, own ? &entity->mailbox : &entity->group->mailbox);
}

void whorl__entity_abandon(whorl__entity_t *entity)
{
  pthread_mutex_lock(&entity->node->context->lock);
  whorl__group_t *group = leave_group(entity);
  pthread_mutex_unlock(&entity->node->context->lock);
  if (group != NULL) whorl__group_free(group);
  if (entity->group != NULL) whorl__group_unref(entity->group);
  whorl__gate_fini(&entity->gate);
  whorl__node_unuse(entity->node);
}

int whorl__entity_make_scope(whorl__entity_t *entity, whorl__scope_t *node_scope)
{
  if (entity->record == NULL) return WHORL_OK;
  whorl__scope_t *scope;
  WHORL_TRY(whorl__scope_create(entity->node->driver, node_scope, entity->record->name, &scope));
  whorl__core_t *core = whorl__record_lock(entity->record);
  entity->record->scope = scope;
  whorl__core_unlock(core);
  entity->scope = scope;
  return WHORL_OK;
}

void whorl__entity_drop_scope(whorl__entity_t *entity)
{
  if (entity->scope == NULL) return;
  whorl__ending_drop_scope(&entity->end); // it may be ending
  whorl__core_t *core = whorl__record_lock(entity->record);
  entity->record->scope = NULL;
  whorl__core_unlock(core);
  whorl__scope_destroy(entity->scope);
  entity->scope = NULL;
}

// Tree lock held.
static int join_node(whorl__entity_t *entity)
{
  whorl__node_t *node = entity->node;
  if ((atomic_load(&node->uses) & WHORL__NODE_CLOSING) != 0)
    return whorl__fail(WHORL_DESTROYED, "node '%s' was destroyed", node->full_name);
  if (node->scope != NULL) WHORL_TRY(whorl__entity_make_scope(entity, node->scope));
  int status = whorl__handle_create(entity->table, entity, &entity->id);
  if (status < 0) {
    whorl__entity_drop_scope(entity);
    return status;
  }
  if (entity->record != NULL && node->driver != NULL) {
    whorl__entity_regroup(entity, true);
    whorl__mailbox_move(&entity->mailbox, node->core);
  }
  whorl__list_append(&node->entities, &entity->link);
  return WHORL_OK;
}

int whorl__entity_publish(whorl__entity_t *entity, uint64_t *ret_id)
{
  whorl__context_t *context = entity->node->context;
  pthread_mutex_lock(&context->lock);
  int status = join_node(entity);
  if (status == WHORL_OK && ret_id != NULL) *ret_id = entity->id; // before a callback can look at it
  if (status == WHORL_OK && entity->record != NULL && !entity->by_hand) whorl__record_go_live(entity->record);
  pthread_mutex_unlock(&context->lock);
  if (status < 0) return status;
  if (entity->is_reader || entity->is_writer) whorl__graph_update(context);
  return WHORL_OK;
}

static void close_and_release(whorl__entity_t *entity)
{
  whorl__node_t *node = entity->node;
  whorl__group_t *group = entity->group;
  if (entity->ops->close != NULL) entity->ops->close(entity);
  whorl__gate_fini(&entity->gate);
  entity->ops->release(entity);
  if (group != NULL) whorl__group_unref(group);
  whorl__node_unuse(node);
}

static void reap_entity(whorl__reaper_job_t *job) { close_and_release(WHORL__CONTAINER(job, whorl__entity_t, job)); }

// Quiet: after the first section nobody else knows the entity any more. (The driver may have dropped its scope before.)
static void finish(whorl__entity_t *entity)
{
  whorl__context_t *context = entity->node->context;
  whorl__reaper_t *reaper = context->reaper;
  pthread_mutex_lock(&context->lock);
  whorl__list_remove(&entity->link);
  whorl__ending_end(&entity->end);
  whorl__entity_drop_scope(entity);
  whorl__group_t *group = leave_group(entity);
  pthread_mutex_unlock(&context->lock);
  if (group != NULL) whorl__group_free(group);
  entity->job.run = reap_entity;
  if (reaper != NULL && entity->ops->close != NULL && whorl__core_thread_is_busy())
    whorl__reaper_add(reaper, &entity->job);
  else
    close_and_release(entity);
}

void whorl__entity_quiet(whorl__record_t *record, whorl__entity_t *entity)
{
  whorl__context_t *context = entity->node->context;
  assert(record == entity->record);
  pthread_mutex_lock(&context->lock); // its destroyer decides in one section whether it waits
  bool deferred = entity->deferred;
  pthread_mutex_unlock(&context->lock);
  if (deferred)
    finish(entity);
  else
    whorl__gate_open(&entity->gate);
}

// Tree lock held, no callback starts any more: ends those in flight under executors.
static void cancel_in_executors(whorl__entity_t *entity)
{
  const whorl__list_t *executors = &entity->node->context->executors;
  for (whorl__link_t *link = whorl__list_first(executors); link != NULL; link = whorl__list_next(executors, link))
    whorl__core_cancel_owned(WHORL__CONTAINER(link, whorl__executor_seat_t, link)->core, entity->record, "the entity was destroyed");
}

// Tree lock held, all is cancelled. Must the end come without this caller waiting for it? (Without a driver nothing is in flight, and nobody waits.)
static bool must_defer(whorl__entity_t *entity)
{
  const whorl__list_t *executors = &entity->node->context->executors;
  whorl__core_t *driver = entity->node->driver;
  if (whorl__ending_has_caller() || (driver != NULL && !whorl__ending_can_wait_for(driver))) return true;
  for (whorl__link_t *link = whorl__list_first(executors); link != NULL; link = whorl__list_next(executors, link))
    if (!whorl__ending_can_wait_for_owned(WHORL__CONTAINER(link, whorl__executor_seat_t, link)->core, entity->record)) return true;
  return false;
}

// The caller has retired the handle.
static void end(whorl__entity_t *entity, bool defer)
{
  whorl__context_t *context = entity->node->context;
  if (entity->ops->retire != NULL) entity->ops->retire(entity);
  pthread_mutex_lock(&context->lock);
  whorl__list_remove(&entity->link);
  whorl__list_append(&entity->node->ending, &entity->link);
  whorl__ending_begin(&entity->end, entity->scope, entity->record);
  bool listed = entity->is_reader || entity->is_writer;
  if (entity->scope != NULL) whorl__scope_cancel(entity->scope, "the entity was destroyed");
  bool quiet = entity->record == NULL || whorl__record_close(entity->record);
  if (!quiet) cancel_in_executors(entity);
  bool deferred = entity->deferred = !quiet && (defer || must_defer(entity));
  pthread_mutex_unlock(&context->lock);               // a deferred one may be gone after this
  if (listed && !defer) whorl__graph_update(context); // the graph first, then the endpoint (a node's end tells it once for all)
  if (deferred) return;
  static const whorl__wait_kind_t destroy = {"destroy of", "", "its callbacks"};
  if (!quiet) whorl__gate_wait(&entity->gate, &destroy, entity->record->name);
  finish(entity);
}

int whorl__entity_destroy(whorl__handle_table_t *table, uint64_t id)
{
  whorl__entity_t *entity;
  WHORL_TRY(whorl__handle_pin(table, id, (void **)&entity));
  int status = whorl__handle_retire(table, id, 1);
  if (status < 0) {
    whorl__handle_unpin(table, id);
    return status;
  }
  end(entity, false);
  return WHORL_OK;
}

void whorl__entity_destroy_deferred(whorl__entity_t *entity) { end(entity, true); }

int whorl__entity_report(whorl__entity_t *entity, int status)
{
  if (status >= 0 || (status == WHORL_CANCELED && whorl_canceled())) return WHORL_OK; // a silent CANCELED (docs/tasks.md R21)
  whorl__core_t *core = whorl__core_current();
  whorl__scope_t *scope = whorl__core_halts_on_error(core) ? whorl__core_root(core) : entity->node->scope; // an executor's spin tells it
  whorl__scope_fail(scope, status, entity->record->name, whorl_detail());
  return WHORL_OK;
}
