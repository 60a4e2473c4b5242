// For threads: a token that only costs a system call when the owner really sleeps (docs/dispatch.md 2.6).
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <stdatomic.h>

#include "base/list.h"
#include "task/parker.h"
#include "whorl/time.h"

enum { EMPTY, NOTIFIED, PARKED };

static whorl__futex_parker_t *self_of(whorl__parker_t *parker) { return WHORL__CONTAINER(parker, whorl__futex_parker_t, base); }

static int64_t now_ns(whorl__parker_t *parker)
{
  (void)parker;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * WHORL_SECONDS(1) + now.tv_nsec;
}

// Sleeps while the token is PARKED, at most until an absolute steady time (which is what FUTEX_WAIT_BITSET takes).
static void wait_while_parked(whorl__futex_parker_t *self, int64_t until_ns)
{
  struct timespec until = {.tv_sec = until_ns / WHORL_SECONDS(1), .tv_nsec = until_ns % WHORL_SECONDS(1)};
  const struct timespec *limit = until_ns == WHORL_FOREVER ? NULL : &until;
  while (atomic_load_explicit(&self->token, memory_order_acquire) == PARKED)
    if (syscall(SYS_futex, &self->token, FUTEX_WAIT_BITSET_PRIVATE, PARKED, limit, NULL, FUTEX_BITSET_MATCH_ANY) < 0 && errno == ETIMEDOUT)
      return;
}

static void park(whorl__parker_t *parker, int64_t until_ns)
{
  whorl__futex_parker_t *self = self_of(parker);
  uint32_t expected = EMPTY;
  if (until_ns != WHORL_FOREVER && (until_ns <= 0 || until_ns <= now_ns(parker)))
    return; // no outside sources to look at; a token stays for the next park
  if (atomic_compare_exchange_strong_explicit(&self->token, &expected, PARKED, memory_order_acq_rel, memory_order_acquire))
    wait_while_parked(self, until_ns);
  atomic_exchange_explicit(&self->token, EMPTY, memory_order_acq_rel);
}

static void unpark(whorl__parker_t *parker)
{
  whorl__futex_parker_t *self = self_of(parker);
  if (atomic_exchange_explicit(&self->token, NOTIFIED, memory_order_acq_rel) == PARKED)
    syscall(SYS_futex, &self->token, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static const whorl__parker_ops_t ops = {.now_ns = now_ns, .park = park, .unpark = unpark};

void whorl__futex_parker_init(whorl__futex_parker_t *parker)
{
  parker->base.ops = &ops;
  atomic_init(&parker->token, EMPTY);
}
