// Callbacks around a change, the one that was added last first.
#include <stdio.h>

#include "base/detail.h"
#include "base/memory.h"
#include "parameter/parameters.h"

typedef enum kind { BEFORE, ON, AFTER } kind_t;

typedef struct callback {
  whorl__link_t link;
  uint64_t id;
  kind_t kind;
  union {
    whorl_parameter_before_set_t before;
    whorl_parameter_on_set_t on;
    whorl_parameter_after_set_t after;
  };
  void *arg;
} callback_t;

static callback_t *callback_of(whorl__link_t *link) { return WHORL__CONTAINER(link, callback_t, link); }

// --- calling

static callback_t *next_of(whorl__parameters_t *self, whorl__link_t *link, kind_t kind)
{
  while (link != NULL && callback_of(link)->kind != kind) link = whorl__list_next(&self->callbacks, link);
  return link != NULL ? callback_of(link) : NULL;
}
static callback_t *first_of(whorl__parameters_t *self, kind_t kind) { return next_of(self, whorl__list_first(&self->callbacks), kind); }
static callback_t *another_of(whorl__parameters_t *self, callback_t *callback)
{
  return next_of(self, whorl__list_next(&self->callbacks, &callback->link), callback->kind);
}

void whorl__parameters_call_before(whorl__parameters_t *self, whorl_parameter_changes_t *changes)
{
  for (callback_t *callback = first_of(self, BEFORE); callback != NULL; callback = another_of(self, callback))
    callback->before(changes, callback->arg);
}

int whorl__parameters_ask(whorl__parameters_t *self, const whorl_parameter_t *parameters, size_t count)
{
  for (callback_t *callback = first_of(self, ON); callback != NULL; callback = another_of(self, callback)) {
    char reason[WHORL_PARAMETER_REASON_SIZE] = "";
    int status = callback->on(parameters, count, reason, callback->arg);
    if (status == WHORL_OK) continue;
    if (status == WHORL_CANCELED && whorl_canceled()) return status; // it waited, and the caller is to stop
    reason[sizeof reason - 1] = '\0';
    if (reason[0] != '\0') return whorl__fail(WHORL_REJECTED, "%s", reason);
    return whorl__fail(WHORL_REJECTED, "a callback of node '%s' refused it: %s", self->node->full_name, whorl_status_sentence(status));
  }
  return WHORL_OK;
}

void whorl__parameters_call_after(whorl__parameters_t *self, const whorl_parameter_t *parameters, size_t count)
{
  for (callback_t *callback = first_of(self, AFTER); callback != NULL; callback = another_of(self, callback))
    callback->after(parameters, count, callback->arg);
}

void whorl__parameters_free_callbacks(whorl__parameters_t *self)
{
  for (whorl__link_t *link; (link = whorl__list_pop(&self->callbacks)) != NULL;) whorl__free(callback_of(link));
}

// --- who is called

static int add_to(whorl__parameters_t *self, const callback_t *wanted, whorl_parameter_callback_t *ret_callback)
{
  static atomic_uint_fast64_t last_id;
  callback_t *callback = whorl__alloc(sizeof *callback);
  if (callback == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a parameter callback");
  int status = whorl__parameters_begin(self);
  if (status < 0) {
    whorl__free(callback);
    return status;
  }
  *callback = *wanted;
  callback->id = atomic_fetch_add(&last_id, 1) + 1;
  if (ret_callback != NULL) *ret_callback = (whorl_parameter_callback_t){callback->id};
  whorl__list_insert_before(self->callbacks.head.next, &callback->link);
  whorl__parameters_end(self);
  return WHORL_OK;
}

static int add(whorl_node_t handle, const char *call, bool given, const callback_t *wanted, whorl_parameter_callback_t *ret_callback)
{
  whorl__node_t *node;
  if (!given) return whorl__fail(WHORL_INVALID_ARGUMENT, "%s: the function is NULL", call);
  WHORL_TRY(whorl__node_enter(handle, &node));
  int status = add_to(whorl__parameters_of(node), wanted, ret_callback);
  whorl__node_unuse(node);
  return status;
}

int whorl_parameter_before_set(whorl_node_t node, whorl_parameter_before_set_t function, void *arg,
                               whorl_parameter_callback_t *ret_callback)
{
  return add(node, "whorl_parameter_before_set", function != NULL, &(callback_t){.kind = BEFORE, .before = function, .arg = arg},
             ret_callback);
}

int whorl_parameter_on_set(whorl_node_t node, whorl_parameter_on_set_t function, void *arg, whorl_parameter_callback_t *ret_callback)
{
  return add(node, "whorl_parameter_on_set", function != NULL, &(callback_t){.kind = ON, .on = function, .arg = arg}, ret_callback);
}

int whorl_parameter_after_set(whorl_node_t node, whorl_parameter_after_set_t function, void *arg, whorl_parameter_callback_t *ret_callback)
{
  return add(node, "whorl_parameter_after_set", function != NULL, &(callback_t){.kind = AFTER, .after = function, .arg = arg},
             ret_callback);
}

static int remove_from(whorl__parameters_t *self, uint64_t id)
{
  WHORL_TRY(whorl__parameters_begin(self));
  whorl__link_t *link = whorl__list_first(&self->callbacks);
  while (link != NULL && callback_of(link)->id != id) link = whorl__list_next(&self->callbacks, link);
  if (link != NULL) whorl__list_remove(link);
  whorl__parameters_end(self);
  if (link == NULL) return whorl__fail(WHORL_NOT_FOUND, "node '%s' has no such parameter callback", self->node->full_name);
  whorl__free(callback_of(link));
  return WHORL_OK;
}

int whorl_parameter_remove_callback(whorl_node_t handle, whorl_parameter_callback_t callback)
{
  whorl__node_t *node;
  WHORL_TRY(whorl__node_enter(handle, &node));
  int status = remove_from(whorl__parameters_of(node), callback.id);
  whorl__node_unuse(node);
  return status;
}
