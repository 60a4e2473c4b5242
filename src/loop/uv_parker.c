#include "loop/uv_parker.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/detail.h"
#include "base/list.h"
#include "whorl/status.h"
#include "whorl/time.h"

static whorl__uv_parker_t *uv_parker_of(whorl__parker_t *parker) { return WHORL__CONTAINER(parker, whorl__uv_parker_t, base); }

static int64_t now_ns(whorl__parker_t *parker)
{
  (void)parker;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * WHORL_SECONDS(1) + now.tv_nsec;
}

static void drain(int fd)
{
  uint64_t count;
  while (read(fd, &count, sizeof count) < 0 && errno == EINTR) {}
}

static void on_wake(uv_poll_t *handle, int status, int events)
{
  (void)status;
  (void)events;
  whorl__uv_parker_t *self = handle->data;
  drain(self->wake_fd);
  whorl__uv_parker_awake(self);
}

// It is not read: what was due waits for no system call that is not needed, and arming it for the next deadline, or for none, makes it unreadable too. Only a thread that is too busy to park comes here twice.
static void on_timer(uv_poll_t *handle, int status, int events)
{
  (void)status;
  (void)events;
  whorl__uv_parker_t *self = handle->data;
  if (self->armed_ns == WHORL__TIMER_READABLE) drain(self->timer_fd);
  self->armed_ns = WHORL__TIMER_READABLE;
  whorl__uv_parker_awake(self);
}

// One system call, and none when the earliest deadline is what it was. A timer that is still armed for something cancelled costs one early wake-up.
static void arm(whorl__uv_parker_t *self, int64_t until_ns, int64_t asked_ns)
{
  struct itimerspec spec = {0};
  if (until_ns != WHORL_FOREVER)
    spec.it_value = (struct timespec){.tv_sec = asked_ns / WHORL_SECONDS(1), .tv_nsec = asked_ns % WHORL_SECONDS(1)};
  timerfd_settime(self->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
  self->armed_ns = until_ns;
  self->asked_ns = asked_ns;
}

void whorl__uv_parker_arm(whorl__uv_parker_t *self, int64_t until_ns)
{
  if (until_ns != self->armed_ns) arm(self, until_ns, until_ns);
}

// The timer has woken the thread: it learns from that, and waits for what is left of its head start, or until it is unparked.
static void await(whorl__uv_parker_t *self, int64_t until_ns, int64_t began_ns)
{
  int64_t awake_ns = now_ns(&self->base);
  if (self->asked_ns > began_ns) whorl__head_start_learn(&self->base.head_start, self->asked_ns, awake_ns);
  atomic_exchange(&self->token, WHORL__TOKEN_EMPTY);
  while (awake_ns < until_ns && atomic_load(&self->token) == WHORL__TOKEN_EMPTY) awake_ns = now_ns(&self->base);
}

static void park(whorl__parker_t *parker, int64_t until_ns)
{
  whorl__uv_parker_t *self = uv_parker_of(parker);
  uint32_t expected = WHORL__TOKEN_EMPTY;
  int64_t began_ns = until_ns != WHORL_FOREVER && until_ns > 0 ? now_ns(parker) : 0;
  if (until_ns <= began_ns) {
    uv_run(self->uv, UV_RUN_NOWAIT);
    return;
  }
  if (until_ns != self->armed_ns)
    arm(self, until_ns, until_ns != WHORL_FOREVER ? whorl__head_start_from(&parker->head_start, began_ns, until_ns) : WHORL_FOREVER);
  if (atomic_compare_exchange_strong(&self->token, &expected, WHORL__TOKEN_PARKED)) {
    uv_run(self->uv, UV_RUN_ONCE);
    if (self->armed_ns == WHORL__TIMER_READABLE) await(self, until_ns, began_ns);
  } else {
    uv_run(self->uv, UV_RUN_NOWAIT);
  }
  atomic_exchange(&self->token, WHORL__TOKEN_EMPTY);
}

void whorl__uv_parker_raise(whorl__uv_parker_t *self)
{
  uint64_t one = 1;
  while (write(self->wake_fd, &one, sizeof one) < 0 && errno == EINTR) {}
}

bool whorl__uv_parker_settle(whorl__uv_parker_t *self, int64_t until_ns)
{
  uint32_t expected = WHORL__TOKEN_EMPTY;
  whorl__uv_parker_arm(self, until_ns);
  return atomic_compare_exchange_strong(&self->token, &expected, WHORL__TOKEN_PARKED);
}

static void unpark(whorl__parker_t *parker)
{
  whorl__uv_parker_t *self = uv_parker_of(parker);
  atomic_fetch_add(&self->unparking, 1);
  if (atomic_exchange(&self->token, WHORL__TOKEN_NOTIFIED) == WHORL__TOKEN_PARKED) {
    self->wakes++; // only the one that saw it parked comes here
    whorl__uv_parker_raise(self);
  }
  atomic_fetch_sub(&self->unparking, 1);
}

static const whorl__parker_ops_t uv_parker_ops = {.now_ns = now_ns, .park = park, .unpark = unpark};

int whorl__uv_parker_open(whorl__uv_parker_t *self, uv_loop_t *uv)
{
  self->base.ops = &uv_parker_ops; // field by field: a late unpark may be looking at the token
  self->base.head_start = (whorl__head_start_t){0};
  self->uv = uv;
  self->armed_ns = WHORL_FOREVER;
  self->open_handles = 0;
  atomic_store(&self->wakes, 0);
  atomic_store(&self->token, WHORL__TOKEN_EMPTY);
  self->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (self->wake_fd < 0) return whorl__fail(WHORL_IO_ERROR, "no eventfd for the event loop: %s", strerror(errno));
  self->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (self->timer_fd >= 0) return WHORL_OK;
  int status = whorl__fail(WHORL_IO_ERROR, "no timerfd for the event loop: %s", strerror(errno));
  close(self->wake_fd);
  return status;
}

static int open_poll(whorl__uv_parker_t *self, uv_poll_t *poll, int fd, uv_poll_cb callback)
{
  int error = uv_poll_init(self->uv, poll, fd);
  if (error != 0) return whorl__fail(WHORL_IO_ERROR, "the event loop refuses a descriptor: %s", uv_strerror(error));
  self->open_handles++;
  poll->data = self;
  error = uv_poll_start(poll, UV_READABLE, callback);
  assert(error == 0); // it keeps to what init has found
  (void)error;
  return WHORL_OK;
}

static void on_closed(uv_handle_t *handle)
{
  whorl__uv_parker_t *self = handle->data;
  if (--self->open_handles == 0 && self->left != NULL) self->left(self->left_arg);
}

int whorl__uv_parker_attach(whorl__uv_parker_t *self)
{
  self->left = NULL;
  atomic_store(&self->token, WHORL__TOKEN_EMPTY);
  int status = open_poll(self, &self->wake, self->wake_fd, on_wake);
  if (status < 0) return status;
  status = open_poll(self, &self->timer, self->timer_fd, on_timer);
  if (status < 0) uv_close((uv_handle_t *)&self->wake, on_closed);
  return status;
}

void whorl__uv_parker_leave(whorl__uv_parker_t *self, void (*left)(void *arg), void *arg)
{
  self->left = left;
  self->left_arg = arg;
  uv_close((uv_handle_t *)&self->wake, on_closed);
  uv_close((uv_handle_t *)&self->timer, on_closed);
}

void whorl__uv_parker_detach(whorl__uv_parker_t *self)
{
  whorl__uv_parker_leave(self, NULL, NULL);
  while (self->open_handles > 0) uv_run(self->uv, UV_RUN_NOWAIT);
}

void whorl__uv_parker_close(whorl__uv_parker_t *self)
{
  // Nobody parks any more, so only who has seen it parked before still writes: a few instructions in another thread.
  while (atomic_load(&self->unparking) > 0) sched_yield();
  close(self->timer_fd);
  close(self->wake_fd);
}
