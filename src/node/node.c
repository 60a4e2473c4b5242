#include "node/node.h"

#include <assert.h>

#include "base/detail.h"
#include "base/memory.h"
#include "base/name.h"
#include "node/entity.h"
#include "node/graph.h"
#include "node/group.h"
#include "node/remap.h"
#include "node/sim_time.h"

whorl__handle_table_t whorl__nodes = WHORL__HANDLE_TABLE("node");

int whorl__node_pin(whorl_node_t handle, whorl__node_t **ret_node)
{
  return whorl__handle_pin(&whorl__nodes, handle.id, (void **)ret_node);
}
void whorl__node_unpin(whorl__node_t *node) { whorl__handle_unpin(&whorl__nodes, node->id); }

static void unreference(whorl__node_t *node)
{
  whorl__context_t *context = node->context;
  if (atomic_fetch_sub(&node->references, 1) != 1) return;
  pthread_mutex_lock(&context->lock);
  if (whorl__link_listed(&node->link)) whorl__list_remove(&node->link);
  bool last = context->empty != NULL && whorl__list_empty(&context->nodes) && whorl__list_empty(&context->ending);
  pthread_mutex_unlock(&context->lock);
  whorl__ending_end(&node->end);
  whorl__ros_clock_close(&node->clock);
  whorl__ros_clock_close(&node->sim_steady);
  whorl__groups_free(node);
  whorl__gate_fini(&node->gate);
  for (int kind = 0; kind < WHORL__KEPT_KINDS; kind++) // first: they may be looked at until then, and look at the node
    if (node->kept[kind].object != NULL) node->kept[kind].free_object(node->kept[kind].object);
  whorl__free(node->name);
  whorl__free(node->node_namespace);
  whorl__free(node->full_name);
  whorl__free(node->logger);
  whorl__arguments_free(node->arguments);
  whorl__free(node);
  if (last) whorl__gate_open(context->empty); // the context may be gone after this
}

int whorl__node_use(whorl__node_t *node)
{
  unsigned uses = atomic_load(&node->uses);
  do {
    if ((uses & WHORL__NODE_CLOSING) != 0) return whorl__fail(WHORL_DESTROYED, "node '%s' was destroyed", node->full_name);
  } while (!atomic_compare_exchange_weak(&node->uses, &uses, uses + 1));
  return WHORL_OK;
}

void whorl__node_unuse(whorl__node_t *node)
{
  if (atomic_fetch_sub(&node->uses, 1) != (WHORL__NODE_CLOSING | 1u)) return;
  if (node->deferred)
    unreference(node);
  else
    whorl__gate_open(&node->gate);
}

int whorl__node_enter(whorl_node_t handle, whorl__node_t **ret_node)
{
  WHORL_TRY(whorl__node_pin(handle, ret_node));
  whorl__node_t *node = *ret_node;
  int status = whorl__node_use(node);
  whorl__node_unpin(node);
  return status;
}

static int new_node(whorl__context_t *context, const char *name, const char *node_namespace, whorl__node_t **ret_node)
{
  whorl__node_t *node = whorl__alloc(sizeof *node);
  if (node == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for node '%s'", name);
  node->context = context;
  node->core = context->limbo;
  node->name = whorl__strdup(name);
  node->node_namespace = whorl__strdup(node_namespace);
  char full[WHORL__NAME_FQN_SIZE];
  whorl__name_fully_qualify(name, node_namespace, full);
  node->full_name = whorl__strdup(full);
  whorl__name_make_logger(full);
  node->logger = whorl__strdup(full);
  whorl__list_init(&node->entities);
  whorl__list_init(&node->ending);
  whorl__list_init(&node->groups);
  whorl__gate_init(&node->gate);
  whorl__ros_clock_init(&node->clock, whorl__sim_time_of(context->sim_time));
  whorl__ros_clock_init(&node->sim_steady, whorl__sim_time_steady_of(context->sim_time));
  node->sim_steady.continuous = true;
  atomic_init(&node->uses, 1);       // the destroyer's
  atomic_init(&node->references, 1); // the finisher's
  if (node->name == NULL || node->node_namespace == NULL || node->full_name == NULL || node->logger == NULL) {
    unreference(node);
    return whorl__fail(WHORL_NO_MEMORY, "no memory for node '%s'", name);
  }
  int status = whorl__group_make(node, WHORL_CALLBACK_GROUP_EXCLUSIVE, &(whorl_callback_group_options_t){0}, &node->default_group);
  if (status < 0) {
    unreference(node);
    return status;
  }
  whorl__list_append(&node->groups, &node->default_group->link);
  *ret_node = node;
  return WHORL_OK;
}

// A node under the names that the arguments leave it. Takes the arguments over when it succeeds.
static int new_remapped_node(whorl__context_t *context, const char *name, const char *node_namespace, const whorl_node_options_t *options,
                             whorl__node_t **ret_node)
{
  whorl__arguments_t *arguments = NULL;
  if (atomic_load(&context->shut_down)) return whorl__fail(WHORL_SHUTDOWN, "the context was shut down");
  WHORL_TRY(whorl__node_parse_arguments(options, &arguments));
  whorl__node_remap(arguments, options->ignore_global_arguments ? NULL : context->arguments, &name, &node_namespace);
  int status = new_node(context, name, node_namespace, ret_node);
  if (status < 0) {
    whorl__arguments_free(arguments);
    return status;
  }
  (*ret_node)->arguments = arguments;
  (*ret_node)->ignores_global = options->ignore_global_arguments;
  return WHORL_OK;
}

static int check_switches(const whorl_node_options_t *options)
{
  const struct {
    const char *name;
    whorl_switch_t value;
  } rows[] = {{"rosout", options->rosout},
              {"parameter_services", options->parameter_services},
              {"parameter_events", options->parameter_events},
              {"type_description", options->type_description}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if ((unsigned)rows[i].value > WHORL_SWITCH_OFF)
      return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_node_create: %s is %d, which is no switch", rows[i].name, (int)rows[i].value);
  return WHORL_OK;
}

int whorl__node_create(whorl_context_t context_handle, const char *name, const whorl_node_options_t *options, whorl_node_t *ret_node)
{
  static const whorl_node_options_t defaults = {0};
  char node_namespace[WHORL__NAME_NAMESPACE_SIZE];
  if (ret_node == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_node_create: ret_node is NULL");
  if (name == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_node_create: the name is NULL");
  if (options == NULL) options = &defaults;
  WHORL_TRY(check_switches(options));
  WHORL_TRY(whorl__name_check(WHORL__NAME_NODE, name));
  WHORL_TRY(whorl__name_make_namespace(options->node_namespace, node_namespace));
  whorl__context_t *context;
  WHORL_TRY(whorl__context_pin(context_handle, &context));
  whorl__node_t *node = NULL;
  int status = new_remapped_node(context, name, node_namespace, options, &node);
  if (status == WHORL_OK && options->use_sim_time) status = whorl__sim_time_use(node, true, false);
  if (status == WHORL_OK) {
    pthread_mutex_lock(&context->lock);
    status = whorl__handle_create(&whorl__nodes, node, &node->id);
    if (status == WHORL_OK) {
      *ret_node = (whorl_node_t){node->id};
      whorl__list_append(&context->nodes, &node->link);
    }
    pthread_mutex_unlock(&context->lock);
  }
  if (status == WHORL_OK) {
    whorl__graph_update(context);
  } else if (node != NULL) {
    (void)whorl__sim_time_use(node, false, false);
    unreference(node);
  }
  whorl__context_unpin(context);
  return status;
}

void whorl__node_mark_standard(whorl__node_t *node, bool strict_qos)
{
  node->strict_qos = strict_qos || node->context->strict_qos;
  pthread_mutex_lock(&node->context->lock);
  for (whorl__link_t *link = whorl__list_first(&node->entities); link != NULL; link = whorl__list_next(&node->entities, link)) {
    whorl__record_t *record = WHORL__CONTAINER(link, whorl__entity_t, link)->record;
    if (record != NULL) record->standard = true;
  }
  pthread_mutex_unlock(&node->context->lock);
}

uint64_t whorl_node_unanswered_requests(whorl_node_t handle)
{
  whorl__node_t *node;
  if (whorl__node_pin(handle, &node) < 0) return 0;
  uint64_t unanswered = atomic_load(&node->unanswered);
  whorl__node_unpin(node);
  return unanswered;
}

bool whorl__node_wants(const whorl__node_t *node, whorl_switch_t wanted)
{
  return wanted == WHORL_SWITCH_DEFAULT ? !node->context->bare_nodes : wanted == WHORL_SWITCH_ON;
}

void whorl__node_keep(whorl__node_t *node, whorl__kept_kind_t kind, void *object, void (*free_object)(void *object))
{
  node->kept[kind] = (whorl__kept_t){object, free_object};
}

// The next entity, now on the list of those that end; false when there is none. It may be ending already: whoever retires the handle owns its end.
static bool pop_entity(whorl__node_t *node, whorl__handle_table_t **ret_table, uint64_t *ret_id)
{
  pthread_mutex_lock(&node->context->lock);
  whorl__link_t *link = whorl__list_pop(&node->entities);
  if (link != NULL) {
    whorl__entity_t *entity = WHORL__CONTAINER(link, whorl__entity_t, link);
    whorl__list_append(&node->ending, link);
    *ret_table = entity->table;
    *ret_id = entity->id;
  }
  pthread_mutex_unlock(&node->context->lock);
  return link != NULL;
}

static void destroy_entities(whorl__node_t *node)
{
  whorl__handle_table_t *table;
  uint64_t id;
  while (pop_entity(node, &table, &id)) {
    whorl__entity_t *entity;
    if (whorl__handle_pin(table, id, (void **)&entity) < 0) continue;
    if (whorl__handle_retire(table, id, 1) == WHORL_OK)
      whorl__entity_destroy_deferred(entity);
    else
      whorl__handle_unpin(table, id);
  }
}

// Tree lock held. Does a callback or task of the node stand in an executor that the caller cannot wait for?
static bool stands_in_the_way(whorl__node_t *node, whorl__core_t *core)
{
  if (!whorl__ending_can_wait_for_owned(core, node)) return true;
  for (whorl__link_t *link = whorl__list_first(&node->ending); link != NULL; link = whorl__list_next(&node->ending, link)) {
    const whorl__record_t *record = WHORL__CONTAINER(link, whorl__entity_t, link)->record;
    if (record != NULL && !whorl__ending_can_wait_for_owned(core, record)) return true;
  }
  return false;
}

// Tree lock held, all its entities are ending. Would waiting for the node's callbacks be waiting for oneself, or for nobody?
static bool must_defer(whorl__node_t *node)
{
  const whorl__list_t *executors = &node->context->executors;
  if (whorl__ending_has_caller() || (node->driver != NULL && !whorl__ending_can_wait_for(node->driver))) return true;
  for (whorl__link_t *link = whorl__list_first(executors); link != NULL; link = whorl__list_next(executors, link))
    if (stands_in_the_way(node, WHORL__CONTAINER(link, whorl__executor_seat_t, link)->core)) return true;
  return false;
}

// Tree lock held.
static void cancel_all(whorl__node_t *node)
{
  const whorl__list_t *executors = &node->context->executors;
  if (node->scope != NULL) whorl__scope_cancel(node->scope, "the node was destroyed");
  if (node->driver != NULL) (void)whorl_event_set(node->ended);
  for (whorl__link_t *link = whorl__list_first(executors); link != NULL; link = whorl__list_next(executors, link))
    whorl__core_cancel_owned(WHORL__CONTAINER(link, whorl__executor_seat_t, link)->core, node, "the node was destroyed");
}

static void end(whorl__node_t *node)
{
  whorl__context_t *context = node->context;
  pthread_mutex_lock(&context->lock);
  whorl__list_remove(&node->link);
  whorl__list_append(&context->ending, &node->link);
  whorl__ending_begin(&node->end, node->scope, node);
  atomic_fetch_or(&node->uses, WHORL__NODE_CLOSING);
  cancel_all(node);
  pthread_mutex_unlock(&context->lock);
  whorl__graph_update(context);
  destroy_entities(node);
  whorl__ros_clock_close(&node->clock);
  whorl__ros_clock_close(&node->sim_steady);
  (void)whorl__sim_time_use(node, false, false);
  pthread_mutex_lock(&context->lock);
  whorl__groups_end(node);
  node->executor = NULL;
  bool deferred = node->deferred = must_defer(node); // read by whoever ends last, which is not before the use below ends
  pthread_mutex_unlock(&context->lock);
  if (deferred) {
    whorl__node_unuse(node);
    return;
  }
  static const whorl__wait_kind_t destroy = {"destroy of node", "", "its callbacks and tasks"};
  if (atomic_fetch_sub(&node->uses, 1) != (WHORL__NODE_CLOSING | 1u)) whorl__gate_wait(&node->gate, &destroy, node->full_name);
  unreference(node);
}

int whorl_node_destroy(whorl_node_t handle)
{
  whorl__node_t *node;
  WHORL_TRY(whorl__node_pin(handle, &node));
  int status = whorl__handle_retire(&whorl__nodes, handle.id, 1);
  if (status < 0) {
    whorl__node_unpin(node);
    return status;
  }
  end(node);
  return WHORL_OK;
}

// The strings live as long as the node, so giving them out after the unpin is the caller's contract.
static const char *name_of(whorl_node_t handle, size_t offset)
{
  whorl__node_t *node;
  if (whorl__node_pin(handle, &node) < 0) return "";
  const char *name = *(char **)((char *)node + offset);
  whorl__node_unpin(node);
  return name;
}

const char *whorl_node_name(whorl_node_t node) { return name_of(node, offsetof(whorl__node_t, name)); }
const char *whorl_node_namespace(whorl_node_t node) { return name_of(node, offsetof(whorl__node_t, node_namespace)); }
const char *whorl_node_fully_qualified_name(whorl_node_t node) { return name_of(node, offsetof(whorl__node_t, full_name)); }
const char *whorl_node_logger(whorl_node_t node) { return name_of(node, offsetof(whorl__node_t, logger)); }

static void drop_scopes(whorl__list_t *entities)
{
  for (whorl__link_t *link = whorl__list_first(entities); link != NULL; link = whorl__list_next(entities, link))
    whorl__entity_drop_scope(WHORL__CONTAINER(link, whorl__entity_t, link));
}

// Tree lock held. All or nothing.
static int make_scopes(whorl__node_t *node, whorl__scope_t *scope)
{
  for (whorl__link_t *link = whorl__list_first(&node->entities); link != NULL; link = whorl__list_next(&node->entities, link)) {
    int status = whorl__entity_make_scope(WHORL__CONTAINER(link, whorl__entity_t, link), scope);
    if (status == WHORL_OK) continue;
    drop_scopes(&node->entities);
    return status;
  }
  return WHORL_OK;
}

static void move_entities(whorl__list_t *entities, whorl__core_t *core)
{
  for (whorl__link_t *link = whorl__list_first(entities); link != NULL; link = whorl__list_next(entities, link))
    whorl__mailbox_move(&WHORL__CONTAINER(link, whorl__entity_t, link)->mailbox, core);
}

// On a loop each entity stands for itself, else its group does.
static void regroup_entities(whorl__list_t *entities, bool own)
{
  for (whorl__link_t *link = whorl__list_first(entities); link != NULL; link = whorl__list_next(entities, link))
    whorl__entity_regroup(WHORL__CONTAINER(link, whorl__entity_t, link), own);
}

static int check_groups(const whorl__node_t *node)
{
  for (whorl__link_t *link = whorl__list_first(&node->groups); link != NULL; link = whorl__list_next(&node->groups, link))
    if (WHORL__CONTAINER(link, whorl__group_t, link)->executor != NULL)
      return whorl__fail(WHORL_ALREADY_DRIVEN, "a callback group of node '%s' belongs to executor '%s'", node->full_name,
                         WHORL__CONTAINER(link, whorl__group_t, link)->executor->name);
  return WHORL_OK;
}

static int attach_locked(whorl__node_t *node, whorl__core_t *core, whorl__scope_t *scope)
{
  if ((atomic_load(&node->uses) & WHORL__NODE_CLOSING) != 0)
    return whorl__fail(WHORL_DESTROYED, "node '%s' was destroyed", node->full_name);
  if (atomic_load(&node->context->shut_down)) return whorl__fail(WHORL_SHUTDOWN, "the context was shut down");
  if (node->driver != NULL)
    return whorl__fail(WHORL_ALREADY_DRIVEN, "node '%s' is open on '%s'", node->full_name, whorl__core_name(node->driver));
  if (node->executor != NULL)
    return whorl__fail(WHORL_ALREADY_DRIVEN, "node '%s' belongs to executor '%s'", node->full_name, node->executor->name);
  WHORL_TRY(check_groups(node));
  node->driver = core; // scopes are made in it
  int status = make_scopes(node, scope);
  if (status < 0) node->driver = NULL;
  return status;
}

int whorl__node_attach(whorl__node_t *node, whorl__core_t *core, whorl__scope_t *scope, whorl_event_t ended)
{
  pthread_mutex_lock(&node->context->lock);
  int status = attach_locked(node, core, scope);
  if (status == WHORL_OK) {
    node->core = core;
    node->scope = scope;
    node->ended = ended;
    atomic_fetch_add(&node->references, 1);
    regroup_entities(&node->entities, true);
    move_entities(&node->entities, core); // not those that end: no callback of theirs starts any more
  }
  pthread_mutex_unlock(&node->context->lock);
  return status;
}

void whorl__node_stop(whorl__node_t *node)
{
  pthread_mutex_lock(&node->context->lock);
  node->core = node->context->limbo;
  move_entities(&node->entities, node->core);
  move_entities(&node->ending, node->core);
  pthread_mutex_unlock(&node->context->lock);
}

void whorl__node_detach(whorl__node_t *node)
{
  whorl__context_t *context = node->context;
  pthread_mutex_lock(&context->lock);
  assert(node->driver != NULL);
  drop_scopes(&node->entities);
  drop_scopes(&node->ending);
  regroup_entities(&node->entities, false);
  whorl__ending_drop_scope(&node->end); // it may be ending
  node->scope = NULL;
  node->driver = NULL;
  pthread_mutex_unlock(&context->lock);
  unreference(node); // the context may be gone after this
}
