// whorl_loop_t: a core with one slot, driven by a libuv loop on the thread that calls whorl_loop_run.
#include "whorl/loop.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/detail.h"
#include "base/handle.h"
#include "base/memory.h"
#include "loop/dump_signal.h"
#include "loop/outside.h"
#include "task/scope.h"

// In type-stable memory: who has marked something ready for the loop's core unparks it after the core's lock was released, and the loop may be gone by then.
typedef struct loop {
  struct loop *next_free;
  char name[48];
  uv_loop_t uv;
  whorl__uv_parker_t parker;
  whorl__core_t *core;
  struct whorl__outside outside;
  whorl__dump_signal_t dump_signal;
  atomic_bool running;
  // The main task; guarded by `lock`, as cancel may come from another thread.
  pthread_mutex_t lock;
  whorl_task_t main_task;
  bool cancel_main; // cancelled before it was spawned
  bool canceled;    // during this run
} loop_t;

typedef struct main_run {
  whorl__post_t post;
  loop_t *loop;
  whorl_task_function_t function;
  void *arg;
  int status;
  whorl__detail_t detail; // of a failure, for the caller's thread
  bool started, ended;
} main_run_t;

static whorl__handle_table_t loops = WHORL__HANDLE_TABLE("loop");

static pthread_mutex_t free_lock = PTHREAD_MUTEX_INITIALIZER;
static loop_t *free_loops;

static loop_t *take_memory(void)
{
  pthread_mutex_lock(&free_lock);
  loop_t *loop = free_loops;
  if (loop != NULL) free_loops = loop->next_free;
  pthread_mutex_unlock(&free_lock);
  if (loop != NULL) return loop;
  uintptr_t memory = (uintptr_t)whorl__alloc_permanent(sizeof *loop + _Alignof(loop_t) - 1);
  return (loop_t *)((memory + _Alignof(loop_t) - 1) / _Alignof(loop_t) * _Alignof(loop_t)); // NOLINT: of NULL: NULL
}

static void give_memory(loop_t *loop)
{
  pthread_mutex_lock(&free_lock);
  loop->next_free = free_loops;
  free_loops = loop;
  pthread_mutex_unlock(&free_lock);
}

// Its stack is left. When it has never run: it was cancelled before, or there was no stack for it.
static void main_ended(void *arg)
{
  main_run_t *run = arg;
  run->ended = true;
  if (run->started) return;
  pthread_mutex_lock(&run->loop->lock);
  run->status = run->loop->canceled ? WHORL_CANCELED : WHORL_NO_MEMORY;
  pthread_mutex_unlock(&run->loop->lock);
  snprintf(run->detail.text, sizeof run->detail.text, "%s",
           run->status == WHORL_CANCELED ? "the loop was cancelled before its main task began" : "no stack for the loop's main task");
}

static int main_entry(void *arg)
{
  main_run_t *run = arg;
  run->started = true;
  run->status = run->function(run->arg);
  if (run->status < 0) snprintf(run->detail.text, sizeof run->detail.text, "%s", whorl_detail());
  return WHORL_OK; // its result is the caller's of whorl_loop_run, not an error of the root scope
}

static void spawn_main(whorl__post_t *post, bool closed)
{
  main_run_t *run = WHORL__CONTAINER(post, main_run_t, post);
  loop_t *loop = run->loop;
  assert(!closed);
  whorl_task_t task = {0};
  int status = whorl__scope_spawn(whorl__core_root(loop->core), main_entry, run,
                                  &(whorl_task_options_t){.name = "main", .release = main_ended}, &task, "whorl_loop_run");
  if (status < 0) { // release has run: ended
    run->status = status;
    snprintf(run->detail.text, sizeof run->detail.text, "%s", whorl_detail());
    return;
  }
  pthread_mutex_lock(&loop->lock);
  loop->main_task = task;
  loop->canceled = loop->cancel_main;
  loop->cancel_main = false;
  if (loop->canceled) whorl_task_cancel(task);
  pthread_mutex_unlock(&loop->lock);
}

static bool main_done(void *arg)
{
  main_run_t *run = arg;
  return run->ended && whorl__core_read_counts(run->loop->core).live_tasks == 0;
}

int whorl_loop_create(const whorl_loop_options_t *options, whorl_loop_t *ret_loop)
{
  static const whorl_loop_options_t defaults = {0};
  if (ret_loop == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_loop_create: ret_loop is NULL");
  if (options == NULL) options = &defaults;
  loop_t *loop = take_memory();
  if (loop == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a loop");
  snprintf(loop->name, sizeof loop->name, "%s", options->name != NULL ? options->name : "loop");
  loop->main_task = (whorl_task_t){0};
  loop->cancel_main = loop->canceled = false;
  atomic_store(&loop->running, false);
  int status;
  if (uv_loop_init(&loop->uv) != 0) {
    status = whorl__fail(WHORL_IO_ERROR, "libuv cannot make an event loop");
    goto free_loop;
  }
  status = whorl__uv_parker_open(&loop->parker, &loop->uv);
  if (status < 0) goto close_uv;
  status = whorl__core_create(&(whorl__core_options_t){.parker = &loop->parker.base,
                                                       .name = loop->name,
                                                       .stack_size = options->stack_size,
                                                       .unguarded_stacks = options->unguarded_stacks,
                                                       .outside = &loop->outside},
                              &loop->core);
  if (status < 0) goto close_parker;
  whorl__outside_init(&loop->outside, &loop->parker, loop->core);
  status = whorl__dump_signal_open(&loop->dump_signal, &loop->uv, loop->core, options->dump_signal, options->dump_sink, options->dump_arg);
  if (status < 0) goto destroy_core;
  whorl_loop_t handle;
  pthread_mutex_init(&loop->lock, NULL);
  status = whorl__handle_create(&loops, loop, &handle.id);
  if (status < 0) goto close_signal;
  *ret_loop = handle;
  return WHORL_OK;
close_signal:
  pthread_mutex_destroy(&loop->lock);
  whorl__dump_signal_close(&loop->dump_signal);
destroy_core:
  whorl__core_destroy(loop->core);
close_parker:
  whorl__uv_parker_close(&loop->parker);
close_uv:
  uv_loop_close(&loop->uv);
free_loop:
  give_memory(loop);
  return status;
}

int whorl_loop_run(whorl_loop_t handle, whorl_task_function_t function, void *arg)
{
  loop_t *loop;
  if (function == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_loop_run: the function is NULL");
  int status = whorl__handle_pin(&loops, handle.id, (void **)&loop);
  if (status < 0) return status;
  bool running = atomic_exchange(&loop->running, true);
  whorl__handle_unpin(&loops, handle.id); // `running` keeps it alive: destroy is refused
  if (running) return whorl__fail(WHORL_BUSY, "the loop runs already");
  main_run_t run = {.post.run = spawn_main, .loop = loop, .function = function, .arg = arg};
  if (whorl__core_thread_is_busy()) {
    atomic_store(&loop->running, false);
    return whorl__fail(WHORL_BUSY, "this thread already runs a loop or an executor");
  }
  whorl__core_post(loop->core, &run.post);
  status = whorl__core_run(loop->core, main_done, &run);
  assert(status == WHORL_OK);
  pthread_mutex_lock(&loop->lock);
  loop->main_task = (whorl_task_t){0};
  pthread_mutex_unlock(&loop->lock);
  atomic_store(&loop->running, false);
  return run.status < 0 ? whorl__fail(run.status, "%s", run.detail.text) : run.status;
}

typedef struct loop_post {
  whorl__post_t post;
  void (*function)(void *arg);
  void (*release)(void *arg);
  void *arg;
} loop_post_t;

static void run_post(whorl__post_t *post, bool closed)
{
  loop_post_t *self = WHORL__CONTAINER(post, loop_post_t, post);
  if (!closed) self->function(self->arg);
  if (self->release != NULL) self->release(self->arg);
  whorl__free(self);
}

int whorl_loop_post(whorl_loop_t handle, void (*function)(void *arg), void *arg, void (*release)(void *arg))
{
  loop_t *loop;
  int status = WHORL_OK;
  loop_post_t *post = NULL;
  if (function == NULL)
    status = whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_loop_post: the function is NULL");
  else if (whorl__handle_pin(&loops, handle.id, (void **)&loop) < 0)
    status = whorl__fail(WHORL_CLOSED, "the loop has ended");
  if (status == WHORL_OK) {
    post = whorl__alloc(sizeof *post);
    if (post != NULL) {
      *post = (loop_post_t){.post.run = run_post, .function = function, .release = release, .arg = arg};
      whorl__core_post(loop->core, &post->post);
    } else {
      status = whorl__fail(WHORL_NO_MEMORY, "no memory for a post");
    }
    whorl__handle_unpin(&loops, handle.id);
  }
  if (status < 0 && release != NULL) release(arg);
  return status;
}

int whorl_loop_cancel(whorl_loop_t handle)
{
  loop_t *loop;
  int status = whorl__handle_pin(&loops, handle.id, (void **)&loop);
  if (status < 0) return status;
  pthread_mutex_lock(&loop->lock);
  if (loop->main_task.id == 0)
    loop->cancel_main = true; // sticky: the next run ends at once
  else
    loop->canceled = whorl_task_cancel(loop->main_task) == WHORL_OK || loop->canceled;
  pthread_mutex_unlock(&loop->lock);
  whorl__handle_unpin(&loops, handle.id);
  return WHORL_OK;
}

int whorl_loop_dump(whorl_loop_t handle, whorl_dump_sink_t sink, void *arg)
{
  loop_t *loop;
  int status = whorl__handle_pin(&loops, handle.id, (void **)&loop);
  if (status < 0) return status;
  status = whorl__core_dump(loop->core, sink, arg);
  whorl__handle_unpin(&loops, handle.id);
  return status;
}

int whorl_loop_read_counts(whorl_loop_t handle, whorl_loop_counts_t *ret_counts)
{
  loop_t *loop;
  if (ret_counts == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_loop_read_counts: ret_counts is NULL");
  int status = whorl__handle_pin(&loops, handle.id, (void **)&loop);
  if (status < 0) return status;
  whorl__core_counts_t counts = whorl__core_read_counts(loop->core);
  whorl__handle_unpin(&loops, handle.id);
  *ret_counts = (whorl_loop_counts_t){.turns = counts.turns,
                                      .parks = counts.parks,
                                      .tasks = counts.starts,
                                      .runs = counts.switches,
                                      .forced_yields = counts.forced_yields,
                                      .late_turns = counts.late_turns,
                                      .live_tasks = counts.live_tasks};
  return WHORL_OK;
}

int whorl_loop_destroy(whorl_loop_t handle)
{
  loop_t *loop;
  int status = whorl__handle_pin(&loops, handle.id, (void **)&loop);
  if (status < 0) return status;
  if (atomic_exchange(&loop->running, true)) { // nobody can start it from here on
    whorl__handle_unpin(&loops, handle.id);
    return whorl__fail(WHORL_BUSY, "the loop is running");
  }
  status = whorl__handle_retire(&loops, handle.id, 1);
  assert(status == WHORL_OK);
  whorl__dump_signal_close(&loop->dump_signal);
  whorl__descriptors_fini(&loop->outside.descriptors);
  whorl__core_destroy(loop->core);
  whorl__uv_parker_close(&loop->parker);
  uv_loop_close(&loop->uv);
  pthread_mutex_destroy(&loop->lock);
  give_memory(loop);
  return WHORL_OK;
}
