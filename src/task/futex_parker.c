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

static bool is_parked(whorl__futex_parker_t *self) { return atomic_load_explicit(&self->token, memory_order_acquire) == PARKED; }

// Sleeps while the token is PARKED, at most until an absolute steady time (which is what FUTEX_WAIT_BITSET takes). Has that come?
static bool sleep_while_parked(whorl__futex_parker_t *self, int64_t until_ns)
{
  struct timespec until = {.tv_sec = until_ns / WHORL_SECONDS(1), .tv_nsec = until_ns % WHORL_SECONDS(1)};
  const struct timespec *limit = until_ns == WHORL_FOREVER ? NULL : &until;
  while (is_parked(self))
    if (syscall(SYS_futex, &self->token, FUTEX_WAIT_BITSET_PRIVATE, PARKED, limit, NULL, FUTEX_BITSET_MATCH_ANY) < 0 && errno == ETIMEDOUT)
      return true;
  return false;
}

static void wait_while_parked(whorl__futex_parker_t *self, int64_t began_ns, int64_t until_ns)
{
  int64_t asked_ns = until_ns == WHORL_FOREVER ? WHORL_FOREVER : whorl__head_start_from(&self->base.head_start, began_ns, until_ns);
  if (!sleep_while_parked(self, asked_ns)) return;
  int64_t awake_ns = now_ns(&self->base);
  whorl__head_start_learn(&self->base.head_start, asked_ns, awake_ns);
  while (awake_ns < until_ns && is_parked(self)) awake_ns = now_ns(&self->base);
}

static void park(whorl__parker_t *parker, int64_t until_ns)
{
  whorl__futex_parker_t *self = self_of(parker);
  uint32_t expected = EMPTY;
  int64_t began_ns = until_ns != WHORL_FOREVER && until_ns > 0 ? now_ns(parker) : 0;
  if (until_ns <= began_ns) return; // no outside sources to look at; a token stays for the next park
  if (atomic_compare_exchange_strong_explicit(&self->token, &expected, PARKED, memory_order_acq_rel, memory_order_acquire))
    wait_while_parked(self, began_ns, until_ns);
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
  parker->base = (whorl__parker_t){.ops = &ops};
  atomic_init(&parker->token, EMPTY);
}
