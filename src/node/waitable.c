// What its users make ready, from any thread: guard conditions count their triggers, waitables gather the sources that were signalled. Both are one entity with a word that the callback takes away.
//
// Who finds the word empty marks the record; the callback empties it before it calls the user. So a signal is either seen by a call that has not begun, or marks again.
#include "whorl/waitable.h"

#include "base/detail.h"
#include "base/memory.h"
#include "node/waited.h"
#include "whorl/guard_condition.h"

typedef struct waitable {
  whorl__entity_t entity;
  whorl__record_t record;
  _Atomic(uint64_t) word;   // triggers, or bits of sources; not 0: the record is marked
  _Atomic(uint64_t) waited; // the same, for a wait set
  char name[WHORL__WAIT_NAME];
  int (*callback)(uint64_t word, void *arg);
  void *arg;
} waitable_t;

whorl__handle_table_t whorl__guard_conditions = WHORL__HANDLE_TABLE("guard condition"), whorl__waitables = WHORL__HANDLE_TABLE("waitable");

static waitable_t *waitable_of(whorl__entity_t *entity) { return WHORL__CONTAINER(entity, waitable_t, entity); }

static int run(whorl__record_t *record)
{
  waitable_t *self = WHORL__CONTAINER(record, waitable_t, record);
  uint64_t word = atomic_exchange(&self->word, 0);
  if (word == 0) return WHORL_OK; // marked again by a cancelled scope, although it had run
  return whorl__entity_report(&self->entity, self->callback(word, self->arg));
}

static void quiet(whorl__record_t *record) { whorl__entity_quiet(record, &WHORL__CONTAINER(record, waitable_t, record)->entity); }

static void release_waitable(whorl__entity_t *entity) { whorl__free(waitable_of(entity)); }

static bool is_ready(whorl__entity_t *entity, whorl__readiness_t *ret_readiness)
{
  ret_readiness->signals = atomic_exchange(&waitable_of(entity)->waited, 0);
  return ret_readiness->signals != 0;
}

static const whorl__record_ops_t record_ops = {.rank = WHORL__RANK_OTHER, .run = run, .quiet = quiet};
static const whorl__entity_ops_t waitable_ops = {.release = release_waitable, .ready = is_ready};

typedef struct wanted {
  whorl__handle_table_t *table; // says which of the two it is
  int (*callback)(uint64_t word, void *arg);
  void *arg;
  const char *name;
  whorl_callback_group_t group;
  bool by_hand;
} wanted_t;

static int create_in(whorl__node_t *node, const wanted_t *wanted, uint64_t *ret_id)
{
  waitable_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a %s", wanted->table->kind);
  self->callback = wanted->callback;
  self->arg = wanted->arg;
  self->entity.by_hand = wanted->by_hand;
  whorl__wait_name(self->name, wanted->name, wanted->table->kind);
  int status = whorl__entity_prepare(&self->entity, &waitable_ops, wanted->table, node);
  if (status < 0) goto free_self;
  status = whorl__entity_add_record(&self->entity, &self->record, &record_ops, wanted->group, 1, self->name);
  if (status < 0) goto abandon;
  status = whorl__entity_publish(&self->entity, ret_id);
  if (status < 0) goto close_record;
  return WHORL_OK;
close_record:
  (void)whorl__record_close(&self->record);
abandon:
  whorl__entity_abandon(&self->entity);
free_self:
  whorl__free(self);
  return status;
}

static int create(whorl_node_t handle, const wanted_t *wanted, uint64_t *ret_id)
{
  whorl__node_t *node;
  WHORL_TRY(whorl__entity_check_callback(wanted->table->kind, wanted->callback != NULL, wanted->by_hand));
  WHORL_TRY(whorl__node_pin(handle, &node));
  int status = create_in(node, wanted, ret_id);
  whorl__node_unpin(node);
  return status;
}

int whorl_guard_condition_create(whorl_node_t node, whorl_guard_condition_callback_t callback, void *arg,
                                 const whorl_guard_condition_options_t *options, whorl_guard_condition_t *ret_guard)
{
  static const whorl_guard_condition_options_t defaults = {0};
  if (options == NULL) options = &defaults;
  return create(node, &(wanted_t){&whorl__guard_conditions, callback, arg, options->name, options->callback_group, options->by_hand},
                ret_guard != NULL ? &ret_guard->id : NULL);
}

int whorl_waitable_create(whorl_node_t node, whorl_waitable_callback_t callback, void *arg, const whorl_waitable_options_t *options,
                          whorl_waitable_t *ret_waitable)
{
  static const whorl_waitable_options_t defaults = {0};
  if (options == NULL) options = &defaults;
  return create(node, &(wanted_t){&whorl__waitables, callback, arg, options->name, options->callback_group, options->by_hand},
                ret_waitable != NULL ? &ret_waitable->id : NULL);
}

int whorl_guard_condition_destroy(whorl_guard_condition_t guard) { return whorl__entity_destroy(&whorl__guard_conditions, guard.id); }
int whorl_waitable_destroy(whorl_waitable_t waitable) { return whorl__entity_destroy(&whorl__waitables, waitable.id); }

static int pin(whorl__handle_table_t *table, uint64_t id, waitable_t **ret_self)
{
  whorl__entity_t *entity;
  WHORL_TRY(whorl__handle_pin(table, id, (void **)&entity));
  *ret_self = waitable_of(entity);
  return WHORL_OK;
}

static bool wait_set_wants(const waitable_t *self) { return self->entity.by_hand || whorl__record_is_watched(&self->record); }

static void tell(waitable_t *self, bool mark)
{
  if (mark)
    whorl__record_mark(&self->record);
  else
    whorl__record_tell(&self->record);
}

int whorl_guard_condition_trigger(whorl_guard_condition_t guard)
{
  waitable_t *self;
  WHORL_TRY(pin(&whorl__guard_conditions, guard.id, &self));
  if (wait_set_wants(self)) atomic_fetch_add(&self->waited, 1);
  tell(self, atomic_fetch_add(&self->word, 1) == 0);
  whorl__handle_unpin(&whorl__guard_conditions, guard.id);
  return WHORL_OK;
}

int whorl_waitable_signal(whorl_waitable_t waitable, unsigned source)
{
  waitable_t *self;
  if (source >= WHORL_WAITABLE_SOURCES)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_waitable_signal: source %u of a waitable is none, they go from 0 to %d", source,
                       WHORL_WAITABLE_SOURCES - 1);
  WHORL_TRY(pin(&whorl__waitables, waitable.id, &self));
  if (wait_set_wants(self)) atomic_fetch_or(&self->waited, UINT64_C(1) << source);
  tell(self, atomic_fetch_or(&self->word, UINT64_C(1) << source) == 0);
  whorl__handle_unpin(&whorl__waitables, waitable.id);
  return WHORL_OK;
}
