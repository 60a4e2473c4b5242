// Functions of users that are called when a context shuts down. Whoever retires a callback's handle has it: the shutdown, which calls it, or its remover.
#include "base/detail.h"
#include "base/memory.h"
#include "node/context.h"

typedef struct callback {
  whorl__link_t link; // in context->callbacks
  uint64_t id, context;
  void (*function)(void *arg);
  void *arg;
} callback_t;

static whorl__handle_table_t callbacks = WHORL__HANDLE_TABLE("shutdown callback");

static int join(whorl__context_t *context, callback_t *callback)
{
  pthread_mutex_lock(&context->lock);
  int status = atomic_load(&context->shut_down) ? whorl__fail(WHORL_SHUTDOWN, "the context was shut down") : WHORL_OK;
  if (status == WHORL_OK) status = whorl__handle_create(&callbacks, callback, &callback->id);
  if (status == WHORL_OK) whorl__list_append(&context->callbacks, &callback->link);
  pthread_mutex_unlock(&context->lock);
  return status;
}

int whorl_context_on_shutdown(whorl_context_t handle, void (*function)(void *arg), void *arg, whorl_shutdown_callback_t *ret_callback)
{
  whorl__context_t *context;
  if (function == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_context_on_shutdown: function is NULL");
  WHORL_TRY(whorl__context_pin(handle, &context));
  callback_t *callback = whorl__alloc(sizeof *callback);
  int status = callback != NULL ? WHORL_OK : whorl__fail(WHORL_NO_MEMORY, "no memory for a shutdown callback");
  if (status == WHORL_OK) {
    *callback = (callback_t){.context = handle.id, .function = function, .arg = arg};
    status = join(context, callback);
  }
  if (status < 0)
    whorl__free(callback);
  else if (ret_callback != NULL)
    ret_callback->id = callback->id;
  whorl__context_unpin(context);
  return status;
}

int whorl_shutdown_callback_remove(whorl_shutdown_callback_t handle)
{
  callback_t *callback;
  whorl__context_t *context;
  WHORL_TRY(whorl__handle_pin(&callbacks, handle.id, (void **)&callback));
  int status = whorl__handle_retire(&callbacks, handle.id, 1);
  if (status < 0) {
    whorl__handle_unpin(&callbacks, handle.id);
    return status;
  }
  if (whorl__context_pin((whorl_context_t){callback->context}, &context) == WHORL_OK) { // else it has left the list
    pthread_mutex_lock(&context->lock);
    if (whorl__link_listed(&callback->link)) whorl__list_remove(&callback->link);
    pthread_mutex_unlock(&context->lock);
    whorl__context_unpin(context);
  }
  whorl__free(callback);
  return WHORL_OK;
}

// The next one's id, out of the list; 0: none is left. Its memory may be its remover's from then on.
static uint64_t take(whorl_context_t handle)
{
  whorl__context_t *context;
  if (whorl__context_pin(handle, &context) < 0) return 0;
  pthread_mutex_lock(&context->lock);
  whorl__link_t *link = whorl__list_pop(&context->callbacks);
  uint64_t id = link != NULL ? WHORL__CONTAINER(link, callback_t, link)->id : 0;
  pthread_mutex_unlock(&context->lock);
  whorl__context_unpin(context);
  return id;
}

void whorl__context_call_back(whorl_context_t context)
{
  for (uint64_t id; (id = take(context)) != 0;) {
    callback_t *callback;
    if (whorl__handle_pin(&callbacks, id, (void **)&callback) < 0) continue;
    if (whorl__handle_retire(&callbacks, id, 1) < 0) {
      whorl__handle_unpin(&callbacks, id);
      continue;
    }
    callback->function(callback->arg);
    whorl__free(callback);
  }
}
