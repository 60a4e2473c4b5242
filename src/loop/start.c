// Loops that do not run: the main task goes on while somebody else turns the libuv loop, be it the user with uv_run, or whorl_loop_dispatch below his own loop of another kind.
#include <assert.h>
#include <poll.h>

#include "loop/loop.h"
#include "task/place.h"
#include "whorl/uv.h"

// --- Starting

static void finish(whorl__loop_t *loop)
{
  void (*on_done)(void *arg, int status) = loop->on_done;
  void *arg = loop->main.arg;
  int status = loop->main.status < 0 ? whorl__fail(loop->main.status, "%s", loop->main.detail.text) : loop->main.status;
  whorl__core_end(loop->core);
  whorl__loop_forget_main(loop);
  atomic_store(&loop->started, false);
  whorl__loop_give_back(loop);
  if (on_done != NULL) on_done(arg, status);
}

static void on_gone(whorl__guest_t *guest)
{
  whorl__loop_t *loop = WHORL__CONTAINER(guest, whorl__loop_t, guest);
  whorl_loop_t handle = loop->handle;
  assert(loop->outside.descriptors.closing == 0);
  if (loop->dispatching) { // whorl_loop_dispatch goes on, with libuv out of the way
    loop->gone = true;
    return;
  }
  atomic_store(&loop->libuv_is_below, true);
  finish(loop);
  if (whorl__handle_pin(&whorl__loops, handle.id, (void **)&loop) < 0) return; // destroyed by on_done
  atomic_store(&loop->libuv_is_below, false);
  whorl__handle_unpin(&whorl__loops, handle.id);
}

static void on_refused(void *loop) { whorl__loop_give_back(loop); }

static int attach(whorl__loop_t *loop)
{
  int status = whorl__core_begin(loop->core, whorl__loop_main_done, loop);
  if (status == WHORL_OK) {
    status = whorl__uv_parker_attach(&loop->parker);
    if (status == WHORL_OK) return WHORL_OK;
    whorl__core_end(loop->core);
  }
  if (loop->parker.open_handles == 0) {
    whorl__loop_give_back(loop);
  } else { // libuv lets go of it in its next turn
    loop->parker.left = on_refused;
    loop->parker.left_arg = loop;
  }
  return status;
}

int whorl_loop_start(whorl_loop_t handle, whorl_task_function_t function, void *arg, void (*on_done)(void *arg, int status))
{
  whorl__loop_t *loop;
  WHORL_TRY(whorl__loop_take(handle, function, arg, "whorl_loop_start", &loop));
  loop->on_done = on_done;
  loop->dispatching = loop->gone = false;
  WHORL_TRY(attach(loop));
  atomic_store(&loop->started, true);
  whorl__guest_open(&loop->guest, &loop->parker, loop->core, on_gone);
  whorl__core_post(loop->core, &loop->main.post);
  return WHORL_OK;
}

// --- For loops of another kind

static bool is_readable(int fd) { return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0) > 0; }

// The timeout is 0 also while libuv has changes for the kernel that it hands over in its next pass only.
static bool is_quiet(whorl__loop_t *loop)
{
  uv_update_time(loop->uv);
  return whorl__uv_parker_settled(&loop->parker) && uv_backend_timeout(loop->uv) != 0 && !is_readable(uv_backend_fd(loop->uv));
}

// The libuv loop's own timers are to wake the descriptor, too.
static void cover_timers(whorl__loop_t *loop)
{
  int timeout_ms = uv_backend_timeout(loop->uv);
  if (timeout_ms < 0) return;
  int64_t due = whorl__parker_now(&loop->parker.base) + WHORL_MILLISECONDS(timeout_ms);
  if (due < loop->parker.armed_ns) whorl__uv_parker_arm(&loop->parker, due);
}

static int dispatch(whorl__loop_t *loop, int64_t budget_ns)
{
  int64_t begin = whorl__parker_now(&loop->parker.base);
  bool quiet;
  loop->dispatching = true;
  do {
    uv_run(loop->uv, UV_RUN_NOWAIT);
    quiet = loop->gone || is_quiet(loop);
  } while (!quiet && (loop->guest.leaving ||
                      whorl__parker_now(&loop->parker.base) - begin < budget_ns)); // who is leaving has no descriptor to be woken by
  loop->dispatching = false;
  if (loop->gone)
    finish(loop); // it may be destroyed by now
  else if (quiet)
    cover_timers(loop);
  else
    whorl__uv_parker_raise(&loop->parker);
  return WHORL_OK;
}

int whorl_loop_dispatch(whorl_loop_t handle, int64_t budget_ns)
{
  whorl__loop_t *loop;
  int status = whorl__handle_pin(&whorl__loops, handle.id, (void **)&loop);
  if (status < 0) return status;
  if (!atomic_load(&loop->started))
    status = atomic_load(&loop->running) ? whorl__fail(WHORL_BUSY, "the loop runs: whorl_loop_dispatch is for one that was started")
                                         : whorl__fail(WHORL_WRONG_STATE, "the loop is not started");
  else if (!whorl__core_is_current(loop->core))
    status = whorl__fail_wrong_thread("whorl_loop_dispatch", loop->core, "loop '%s'", loop->name);
  else if (loop->dispatching || loop->guest.stepping)
    status = whorl__fail(WHORL_BUSY, "whorl_loop_dispatch is called from inside this loop");
  whorl__handle_unpin(&whorl__loops, handle.id); // started by this thread: it stays
  return status < 0 ? status : dispatch(loop, budget_ns);
}

int whorl_loop_descriptor(whorl_loop_t handle, int *ret_fd)
{
  whorl__loop_t *loop;
  if (ret_fd == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_loop_descriptor: ret_fd is NULL");
  int status = whorl__handle_pin(&whorl__loops, handle.id, (void **)&loop);
  if (status < 0) return status;
  *ret_fd = uv_backend_fd(loop->uv);
  whorl__handle_unpin(&whorl__loops, handle.id);
  return WHORL_OK;
}

// --- For libuv's handles

int whorl_loop_uv(whorl_loop_t handle, uv_loop_t **ret_uv)
{
  whorl__loop_t *loop;
  if (ret_uv == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_loop_uv: ret_uv is NULL");
  int status = whorl__handle_pin(&whorl__loops, handle.id, (void **)&loop);
  if (status < 0) return status;
  if (whorl__core_is_driven_elsewhere(loop->core))
    status = whorl__fail_wrong_thread("whorl_loop_uv", loop->core, "the libuv loop of '%s'", loop->name);
  else
    *ret_uv = loop->uv;
  whorl__handle_unpin(&whorl__loops, handle.id);
  return status;
}
