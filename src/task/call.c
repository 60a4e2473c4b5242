// Functions that any thread asks a core's thread to call. Their records are used again: a block that one thread takes and another gives back
// goes to and fro between their CPUs with the allocator's lock, which costs more than the rest of a call.
#include "base/memory.h"
#include "task/state.h"
#include "task/turn.h"
#include "whorl/status.h"

enum { MOST_SPARE = 1024 };

typedef struct call {
  whorl__post_t post; // first; its link is in the worker's or the core's list while the record is spare
  void (*function)(void *arg);
  void (*release)(void *arg);
  void *arg;
} call_t;

static void run_call(whorl__post_t *post, bool closed)
{
  call_t *self = WHORL__CONTAINER(post, call_t, post);
  if (!closed) self->function(self->arg);
  if (self->release != NULL) self->release(self->arg);
  whorl__worker_t *worker = whorl__worker_current();
  if (closed || worker->done_call_count >= MOST_SPARE) {
    whorl__free(self);
    return;
  }
  whorl__list_append(&worker->done_calls, &post->link);
  worker->done_call_count++;
}

static call_t *take_spare(whorl__core_t *core)
{
  whorl__link_t *link = whorl__list_pop(&core->spare_calls);
  return link != NULL ? WHORL__CONTAINER(link, call_t, post.link) : NULL;
}

// Without the lock, which it gives back for that.
static call_t *make_call(whorl__core_t *core)
{
  whorl__unlock(&core->lock);
  call_t *call = whorl__alloc(sizeof *call);
  whorl__core_lock(core);
  return call;
}

int whorl__core_call(whorl__core_t *core, void (*function)(void *arg), void *arg, void (*release)(void *arg))
{
  whorl__core_lock(core);
  call_t *call = take_spare(core);
  if (call == NULL) call = make_call(core);
  bool delivered = false;
  if (call != NULL) {
    *call = (call_t){.post.run = run_call, .function = function, .release = release, .arg = arg};
    delivered = whorl__core_deliver_locked(core, &call->post);
  }
  whorl__core_unlock(core);
  if (call == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a post");
  if (!delivered) run_call(&call->post, true);
  return WHORL_OK;
}

void whorl__calls_give_back(whorl__worker_t *worker)
{
  whorl__core_t *core = worker->core;
  if (worker->done_call_count == 0 || !whorl__list_empty(&core->spare_calls)) return;
  whorl__list_move(&worker->done_calls, &core->spare_calls);
  worker->done_call_count = 0;
}

static void free_all(whorl__list_t *calls)
{
  for (whorl__link_t *link; (link = whorl__list_pop(calls)) != NULL;) whorl__free(WHORL__CONTAINER(link, call_t, post.link));
}

void whorl__calls_free(whorl__core_t *core)
{
  for (unsigned slot = 0; slot < core->slots; slot++) free_all(&whorl__core_slot(core, slot)->done_calls);
  free_all(&core->spare_calls);
}
