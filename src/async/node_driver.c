// A node on an event loop: open, close, run, spawn. A thin policy: the node's entities move to the loop's core, their callbacks run in scopes below the node's scope.
//
// Opening makes the node's scope a child of the opener's present scope, as opening a task group does, and puts the opener's body below it in the way docs/tasks.md R23 asks: an error of a callback cancels the body's
// waits, a destroy or a shutdown does not. A binding remembers who has what open; it outlives the node, since close comes after destroy as often as before.
#include <assert.h>

#include "base/detail.h"
#include "base/local.h"
#include "base/memory.h"
#include "node/node.h"
#include "task/place.h"
#include "task/scope.h"

typedef struct binding {
  whorl__link_t link;
  uint64_t node_id;
  whorl__node_t *node; // a reference (whorl__node_attach)
  whorl__scope_t *scope;
  whorl__body_t body;
  const whorl__scope_t *body_scope; // the opener's, to tell it from other tasks
  whorl_event_t ended;
} binding_t;

// All open nodes of the process. Short sections only.
static pthread_mutex_t bindings_lock = PTHREAD_MUTEX_INITIALIZER;
static whorl__list_t bindings = {{&bindings.head, &bindings.head}};

static void remember(binding_t *binding)
{
  pthread_mutex_lock(&bindings_lock);
  whorl__list_append(&bindings, &binding->link);
  pthread_mutex_unlock(&bindings_lock);
}

// The binding of a node that the calling task has open.
static binding_t *find(whorl_node_t node, bool remove)
{
  binding_t *found = NULL;
  pthread_mutex_lock(&bindings_lock);
  for (whorl__link_t *link = whorl__list_first(&bindings); link != NULL && found == NULL; link = whorl__list_next(&bindings, link)) {
    binding_t *binding = WHORL__CONTAINER(link, binding_t, link);
    if (binding->node_id == node.id && whorl__scope_contains_caller(binding->body_scope)) found = binding;
  }
  if (found != NULL && remove) whorl__list_remove(&found->link);
  pthread_mutex_unlock(&bindings_lock);
  return found;
}

static int open_pinned(whorl__node_t *node, binding_t *binding)
{
  whorl__core_t *core = whorl__core_current();
  binding->node_id = node->id;
  binding->node = node;
  WHORL_TRY(whorl_event_create_from("whorl_node_open", &(whorl_event_options_t){.name = node->full_name}, &binding->ended));
  int status = whorl__scope_create(core, whorl__scope_current(), node->full_name, &binding->scope);
  if (status < 0) goto destroy_event;
  status = whorl__scope_enter(binding->scope, &binding->body, "whorl_node_open");
  if (status < 0) goto destroy_scope;
  binding->body_scope = whorl__scope_current();
  status = whorl__node_attach(node, core, binding->scope, binding->ended);
  if (status < 0) goto leave_scope;
  remember(binding);
  return WHORL_OK;
leave_scope:
  (void)whorl__scope_leave(&binding->body, WHORL_OK);
destroy_scope:
  whorl__scope_destroy(binding->scope);
destroy_event:
  (void)whorl_event_destroy(binding->ended);
  return status;
}

int whorl_node_open(whorl_node_t handle)
{
  whorl__node_t *node;
  if (whorl__core_current() == NULL) return whorl__fail_not_in_task("whorl_node_open");
  WHORL_TRY(whorl__node_pin(handle, &node));
  binding_t *binding = whorl__alloc(sizeof *binding);
  int status = binding == NULL ? whorl__fail(WHORL_NO_MEMORY, "no memory to open node '%s'", node->full_name) : open_pinned(node, binding);
  if (status < 0) whorl__free(binding);
  whorl__node_unpin(node);
  return status;
}

// Of the callbacks' first error and the body's word, the earlier one (docs/tasks.md R20, R22); `before`: the callbacks' when the body ended.
static int outcome(whorl__scope_t *scope, int before, int body)
{
  if (before < 0) return whorl__scope_first_error(scope); // once more: its sentence becomes the caller's
  if (body < 0 && body != WHORL_CANCELED) return body;
  int after = whorl__scope_first_error(scope);
  return after < 0 ? after : body;
}

static uint64_t errors_of(whorl_node_t node) { return ~node.id; } // unlike any group's

size_t whorl_node_error_count(whorl_node_t node) { return whorl__task_error_count(errors_of(node)); }

bool whorl_node_error_at(whorl_node_t node, size_t index, whorl_task_error_t *ret_error)
{
  return whorl__task_error_at(errors_of(node), index, ret_error);
}

int whorl_node_close(whorl_node_t handle, int status)
{
  if (whorl__core_current() == NULL) return whorl__fail_not_in_task("whorl_node_close");
  binding_t *binding = find(handle, true);
  if (binding == NULL) return status < 0 ? status : whorl__fail(WHORL_WRONG_STATE, "this task has not opened the node");
  whorl__detail_t detail = *whorl__local()->detail; // of the body's failure
  whorl__node_stop(binding->node);
  int before = whorl__scope_first_error(binding->scope);
  if (status == WHORL_DESTROYED && whorl_event_is_set(binding->ended))
    status = WHORL_OK; // the body's word of the node's own end is no error
  whorl__scope_cancel(binding->scope, "the node is being closed");
  status = whorl__scope_leave(&binding->body, status);
  if (status < 0 && status != WHORL_CANCELED) whorl__scope_fail(binding->scope, status, "body", detail.text);
  (void)whorl__scope_drain(binding->scope);
  whorl__node_detach(binding->node);
  int result = outcome(binding->scope, before, status);
  if (result == status && status < 0) whorl__fail(status, "%s", detail.text);
  whorl__scope_hand_over_errors(binding->scope, errors_of(handle));
  whorl__scope_destroy(binding->scope);
  (void)whorl_event_destroy(binding->ended);
  whorl__free(binding);
  return result;
}

int whorl_node_run(whorl_node_t handle)
{
  WHORL_TRY(whorl_node_open(handle));
  binding_t *binding = find(handle, false);
  assert(binding != NULL);
  int status = whorl_event_wait(binding->ended);
  // A shutdown cancels the task as well; which of the two it notices first must not matter.
  if (status == WHORL_CANCELED && whorl_event_is_set(binding->ended)) status = WHORL_OK;
  return whorl_node_close(handle, status);
}

typedef struct spawned {
  whorl__node_t *node; // a use
  whorl_task_function_t function;
  void *arg;
  void (*release)(void *arg);
  bool queued;
} spawned_t;

static int run_spawned(void *arg)
{
  spawned_t *spawned = arg;
  return spawned->function(spawned->arg);
}

// `release` runs once whatever spawn returns (docs/tasks.md R19).
static int release_unspawned(const spawned_t *wanted, int status)
{
  if (wanted->release != NULL) wanted->release(wanted->arg);
  return status;
}

// The release of a task that was may rely on the node, which waits for it. That of one that could not be spawned must find nothing of ours held: it may destroy the node.
static void release_spawned(void *arg)
{
  spawned_t *spawned = arg, own = *spawned;
  if (own.queued) (void)release_unspawned(&own, WHORL_OK);
  whorl__free(spawned);
  whorl__node_unuse(own.node);
  if (!own.queued) (void)release_unspawned(&own, WHORL_OK);
}

// The node is pinned. Its scope stays when this has returned: it goes only on the driver's thread, which is this one.
static int prepare_spawn(whorl__node_t *node, const spawned_t *wanted, whorl__scope_t **ret_scope, spawned_t **ret_spawned)
{
  pthread_mutex_lock(&node->context->lock);
  whorl__scope_t *scope = node->scope;
  whorl__core_t *driver = node->driver;
  pthread_mutex_unlock(&node->context->lock);
  if (scope == NULL) return whorl__fail(WHORL_WRONG_STATE, "node '%s' is not open", node->full_name);
  if (whorl__core_is_driven_elsewhere(driver)) // not asked of the scope, which may be gone by now
    return whorl__fail_wrong_thread("whorl_node_spawn", driver, "node '%s'", node->full_name);
  WHORL_TRY(whorl__node_use(node));
  spawned_t *spawned = whorl__alloc(sizeof *spawned);
  if (spawned == NULL) {
    whorl__node_unuse(node);
    return whorl__fail(WHORL_NO_MEMORY, "no memory for a task of node '%s'", node->full_name);
  }
  *spawned = *wanted;
  spawned->node = node;
  *ret_scope = scope;
  *ret_spawned = spawned;
  return WHORL_OK;
}

int whorl_node_spawn_with_options(whorl_node_t handle, whorl_task_function_t function, void *arg, const whorl_task_options_t *options,
                                  whorl_task_t *ret_task, const char *place)
{
  whorl_task_options_t wanted = options != NULL ? *options : (whorl_task_options_t){0};
  const spawned_t task = {.function = function, .arg = arg, .release = wanted.release};
  whorl__node_t *node;
  whorl__scope_t *scope = NULL;
  spawned_t *spawned = NULL;
  int status = function == NULL ? whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_node_spawn: the function is NULL")
                                : whorl__node_pin(handle, &node);
  if (status == WHORL_OK) {
    status = prepare_spawn(node, &task, &scope, &spawned);
    whorl__node_unpin(node);
  }
  if (spawned == NULL) return release_unspawned(&task, status);
  wanted.release = release_spawned; // runs once in every outcome
  status = whorl__scope_spawn(scope, run_spawned, spawned, &wanted, ret_task, place);
  if (status == WHORL_OK) spawned->queued = true; // it cannot have run: its home is here
  return status;
}
