// whorl_loop_t: a core with one slot, driven by a libuv loop on the thread that calls whorl_loop_run.
#include <assert.h>
#include <stdio.h>

#include "base/memory.h"
#include "loop/loop.h"
#include "loop/uv_loop.h"
#include "task/scope.h"

whorl__handle_table_t whorl__loops = WHORL__HANDLE_TABLE("loop");

static pthread_mutex_t free_lock = PTHREAD_MUTEX_INITIALIZER;
static whorl__loop_t *free_loops;

static whorl__loop_t *take_memory(void)
{
  pthread_mutex_lock(&free_lock);
  whorl__loop_t *loop = free_loops;
  if (loop != NULL) free_loops = loop->next_free;
  pthread_mutex_unlock(&free_lock);
  if (loop != NULL) return loop;
  uintptr_t memory = (uintptr_t)whorl__alloc_permanent(sizeof *loop + _Alignof(whorl__loop_t) - 1);
  return (whorl__loop_t *)((memory + _Alignof(whorl__loop_t) - 1) / _Alignof(whorl__loop_t) *
                           _Alignof(whorl__loop_t)); // NOLINT: of NULL: NULL
}

static void give_memory(whorl__loop_t *loop)
{
  pthread_mutex_lock(&free_lock);
  loop->next_free = free_loops;
  free_loops = loop;
  pthread_mutex_unlock(&free_lock);
}

// --- The main task

// Its stack is left. When it has never run: it was cancelled before, or there was no stack for it.
static void main_ended(void *arg)
{
  whorl__loop_t *loop = arg;
  whorl__main_run_t *run = &loop->main;
  run->ended = true;
  if (run->started) return;
  pthread_mutex_lock(&loop->lock);
  run->status = loop->canceled ? WHORL_CANCELED : WHORL_NO_MEMORY;
  pthread_mutex_unlock(&loop->lock);
  snprintf(run->detail.text, sizeof run->detail.text, "%s",
           run->status == WHORL_CANCELED ? "the loop was cancelled before its main task began" : "no stack for the loop's main task");
}

static int main_entry(void *arg)
{
  whorl__main_run_t *run = &((whorl__loop_t *)arg)->main;
  run->started = true;
  run->status = run->function(run->arg);
  if (run->status < 0) snprintf(run->detail.text, sizeof run->detail.text, "%s", whorl_detail());
  return WHORL_OK; // its result is for who runs the loop, not an error of the root scope
}

static void spawn_main(whorl__post_t *post, bool closed)
{
  whorl__loop_t *loop = WHORL__CONTAINER(post, whorl__loop_t, main.post);
  assert(!closed);
  whorl_task_t task = {0};
  int status = whorl__scope_spawn(whorl__core_root(loop->core), main_entry, loop,
                                  &(whorl_task_options_t){.name = "main", .release = main_ended}, &task, "whorl_loop_run");
  if (status < 0) { // release has run: ended
    loop->main.status = status;
    snprintf(loop->main.detail.text, sizeof loop->main.detail.text, "%s", whorl_detail());
    return;
  }
  pthread_mutex_lock(&loop->lock);
  loop->main_task = task;
  loop->canceled = loop->cancel_main;
  loop->cancel_main = false;
  if (loop->canceled) whorl_task_cancel(task);
  pthread_mutex_unlock(&loop->lock);
}

bool whorl__loop_main_done(void *arg)
{
  whorl__loop_t *loop = arg;
  return loop->main.ended && whorl__core_read_counts(loop->core).live_tasks == 0;
}

void whorl__loop_forget_main(whorl__loop_t *loop)
{
  pthread_mutex_lock(&loop->lock);
  loop->main_task = (whorl_task_t){0};
  pthread_mutex_unlock(&loop->lock);
}

// --- Creating

static int open_libuv(whorl__loop_t *loop, struct uv_loop_s *users)
{
  loop->uv = users != NULL ? users : &loop->own_uv;
  return users != NULL ? WHORL_OK : whorl__uv_loop_open(&loop->own_uv, "");
}

typedef struct others {
  const uv_handle_t *ours;
  uv_handle_t *found;
} others_t;

static void find_other(uv_handle_t *handle, void *arg)
{
  others_t *others = arg;
  if (handle != others->ours && (others->found == NULL || uv_is_closing(handle))) others->found = handle; // a closing one first: it will go
}

// What the user has closed on a libuv loop of ours goes first; what he has not is his.
static int clear_libuv(whorl__loop_t *loop)
{
  if (loop->uv != &loop->own_uv) return WHORL_OK;
  others_t others = {.ours = loop->dump_signal.open ? (uv_handle_t *)&loop->dump_signal.handle : NULL};
  for (;; uv_run(loop->uv, UV_RUN_NOWAIT)) {
    others.found = NULL;
    uv_walk(loop->uv, find_other, &others);
    if (others.found == NULL || !uv_is_closing(others.found)) break;
  }
  if (others.found != NULL)
    return whorl__fail(WHORL_BUSY, "a libuv %s handle is still there: close it, then destroy the loop",
                       uv_handle_type_name(uv_handle_get_type(others.found)));
  return uv_loop_alive(loop->uv) ? whorl__fail(WHORL_BUSY, "a libuv request is still there: await its end, then destroy the loop")
                                 : WHORL_OK;
}

static void close_libuv(whorl__loop_t *loop)
{
  if (loop->uv == &loop->own_uv) uv_loop_close(loop->uv);
}

int whorl_loop_create(const whorl_loop_options_t *options, whorl_loop_t *ret_loop)
{
  static const whorl_loop_options_t defaults = {0};
  if (ret_loop == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_loop_create: ret_loop is NULL");
  if (options == NULL) options = &defaults;
  if (options->busy_limit_ns < 0)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_loop_create: busy_limit_ns is negative (WHORL_FOREVER turns the limit off)");
  whorl__loop_t *loop = take_memory();
  if (loop == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a loop");
  snprintf(loop->name, sizeof loop->name, "%s", options->name != NULL ? options->name : "loop");
  loop->main_task = (whorl_task_t){0};
  loop->cancel_main = loop->canceled = false;
  atomic_store(&loop->running, false);
  atomic_store(&loop->started, false);
  atomic_store(&loop->libuv_is_below, false);
  int status = WHORL_OK;
  if (options->uv_loop != NULL && options->dump_signal != 0)
    status = whorl__fail(WHORL_INVALID_ARGUMENT, "dump_signal is for loops with a libuv loop of their own");
  if (status == WHORL_OK) status = open_libuv(loop, options->uv_loop);
  if (status < 0) goto free_loop;
  status = whorl__uv_parker_open(&loop->parker, loop->uv);
  if (status < 0) goto close_uv;
  status = whorl__core_create(
      &(whorl__core_options_t){.parker = &loop->parker.base,
                               .name = loop->name,
                               .stack_size = options->stack_size,
                               .unguarded_stacks = options->unguarded_stacks,
                               .no_head_start = options->no_head_start,
                               .outside = &loop->outside,
                               .busy = whorl__busy_options(options->busy_limit_ns, options->on_busy, options->busy_arg)},
      &loop->core);
  if (status < 0) goto close_parker;
  whorl__outside_init(&loop->outside, &loop->parker, loop->core);
  status = whorl__dump_signal_open(&loop->dump_signal, loop->uv, loop->core, options->dump_signal, options->dump_sink, options->dump_arg);
  if (status < 0) goto destroy_core;
  pthread_mutex_init(&loop->lock, NULL);
  whorl_loop_t handle;
  status = whorl__handle_create(&whorl__loops, loop, &handle.id);
  if (status < 0) goto close_signal;
  *ret_loop = loop->handle = handle;
  return WHORL_OK;
close_signal:
  pthread_mutex_destroy(&loop->lock);
  whorl__dump_signal_close(&loop->dump_signal);
destroy_core:
  whorl__core_destroy(loop->core);
close_parker:
  whorl__uv_parker_close(&loop->parker);
close_uv:
  close_libuv(loop);
free_loop:
  give_memory(loop);
  return status;
}

// --- Running

int whorl__loop_take(whorl_loop_t handle, whorl_task_function_t function, void *arg, const char *call, whorl__loop_t **ret_loop)
{
  whorl__loop_t *loop;
  if (function == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "%s: the function is NULL", call);
  int status = whorl__handle_pin(&whorl__loops, handle.id, (void **)&loop);
  if (status < 0) return status;
  bool busy = whorl__core_thread_is_busy(); // asked first: then the loop is not touched at all (R36)
  bool running = !busy && atomic_exchange(&loop->running, true);
  whorl__handle_unpin(&whorl__loops, handle.id); // `running` keeps it alive: destroy is refused
  if (busy) return whorl__fail(WHORL_BUSY, "this thread already runs a loop or an executor");
  if (running) return whorl__fail(WHORL_BUSY, "the loop runs already");
  loop->main = (whorl__main_run_t){.post.run = spawn_main, .function = function, .arg = arg};
  *ret_loop = loop;
  return WHORL_OK;
}

void whorl__loop_give_back(whorl__loop_t *loop) { atomic_store(&loop->running, false); }

// Nothing of ours is left in the libuv loop.
static bool is_out(const whorl__loop_t *loop) { return loop->parker.open_handles == 0 && loop->outside.descriptors.closing == 0; }

static int run_main(whorl__loop_t *loop)
{
  int status = whorl__uv_parker_attach(&loop->parker);
  if (status == WHORL_OK) {
    whorl__core_post(loop->core, &loop->main.post);
    status = whorl__core_run(loop->core, whorl__loop_main_done, loop);
    assert(status == WHORL_OK);
    whorl__loop_forget_main(loop);
    whorl__uv_parker_detach(&loop->parker);
    status = loop->main.status < 0 ? whorl__fail(loop->main.status, "%s", loop->main.detail.text) : loop->main.status;
  }
  while (!is_out(loop)) uv_run(loop->uv, UV_RUN_NOWAIT);
  return status;
}

int whorl_loop_run(whorl_loop_t handle, whorl_task_function_t function, void *arg)
{
  whorl__loop_t *loop;
  WHORL_TRY(whorl__loop_take(handle, function, arg, "whorl_loop_run", &loop));
  int status = atomic_load(&loop->libuv_is_below)
                   ? whorl__fail(WHORL_BUSY, "libuv calls this: start the loop, or run it when uv_run has returned")
                   : run_main(loop);
  whorl__loop_give_back(loop);
  return status;
}

// --- From other threads

int whorl_loop_post(whorl_loop_t handle, void (*function)(void *arg), void *arg, void (*release)(void *arg))
{
  whorl__loop_t *loop;
  int status = WHORL_OK;
  if (function == NULL)
    status = whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_loop_post: the function is NULL");
  else if (whorl__handle_pin(&whorl__loops, handle.id, (void **)&loop) < 0)
    status = whorl__fail(WHORL_CLOSED, "the loop has ended");
  if (status == WHORL_OK) {
    status = whorl__core_call(loop->core, function, arg, release);
    whorl__handle_unpin(&whorl__loops, handle.id);
  }
  if (status < 0 && release != NULL) release(arg);
  return status;
}

int whorl_loop_cancel(whorl_loop_t handle)
{
  whorl__loop_t *loop;
  int status = whorl__handle_pin(&whorl__loops, handle.id, (void **)&loop);
  if (status < 0) return status;
  pthread_mutex_lock(&loop->lock);
  if (loop->main_task.id == 0)
    loop->cancel_main = true; // sticky: the next run ends at once
  else
    loop->canceled = whorl_task_cancel(loop->main_task) == WHORL_OK || loop->canceled;
  pthread_mutex_unlock(&loop->lock);
  whorl__handle_unpin(&whorl__loops, handle.id);
  return WHORL_OK;
}

int whorl_loop_dump(whorl_loop_t handle, whorl_dump_sink_t sink, void *arg)
{
  whorl__loop_t *loop;
  int status = whorl__handle_pin(&whorl__loops, handle.id, (void **)&loop);
  if (status < 0) return status;
  status = whorl__core_dump(loop->core, sink, arg);
  whorl__handle_unpin(&whorl__loops, handle.id);
  return status;
}

int whorl_loop_read_counts(whorl_loop_t handle, whorl_loop_counts_t *ret_counts)
{
  whorl__loop_t *loop;
  if (ret_counts == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_loop_read_counts: ret_counts is NULL");
  int status = whorl__handle_pin(&whorl__loops, handle.id, (void **)&loop);
  if (status < 0) return status;
  whorl__core_counts_t counts = whorl__core_read_counts(loop->core);
  whorl__handle_unpin(&whorl__loops, handle.id);
  *ret_counts = (whorl_loop_counts_t){.turns = counts.turns,
                                      .parks = counts.parks,
                                      .tasks = counts.starts,
                                      .runs = counts.switches,
                                      .forced_yields = counts.forced_yields,
                                      .late_turns = counts.late_turns,
                                      .busy_runs = counts.busy_runs,
                                      .live_tasks = counts.live_tasks};
  return WHORL_OK;
}

static int destroy(whorl__loop_t *loop) // taken
{
  if (atomic_load(&loop->libuv_is_below) && loop->uv == &loop->own_uv)
    return whorl__fail(WHORL_BUSY, "libuv runs on this loop: destroy it when uv_run has returned");
  WHORL_TRY(clear_libuv(loop));
  int status = whorl__handle_retire(&whorl__loops, loop->handle.id, 0);
  assert(status == WHORL_OK);
  whorl__dump_signal_close(&loop->dump_signal);
  whorl__descriptors_fini(&loop->outside.descriptors);
  whorl__core_destroy(loop->core);
  whorl__uv_parker_close(&loop->parker);
  close_libuv(loop);
  pthread_mutex_destroy(&loop->lock);
  give_memory(loop);
  return WHORL_OK;
}

int whorl_loop_destroy(whorl_loop_t handle)
{
  whorl__loop_t *loop;
  int status = whorl__handle_pin(&whorl__loops, handle.id, (void **)&loop);
  if (status < 0) return status;
  bool running = atomic_exchange(&loop->running, true); // nobody can start it from here on
  whorl__handle_unpin(&whorl__loops, handle.id);
  if (running)
    return whorl__fail(WHORL_BUSY,
                       atomic_load(&loop->started) ? "the loop is started: its main task has to end first" : "the loop is running");
  status = destroy(loop);
  if (status < 0) whorl__loop_give_back(loop);
  return status;
}
