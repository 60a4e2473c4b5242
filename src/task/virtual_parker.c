#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"
#include "task/parker.h"
#include "whorl/time.h"

static whorl__virtual_parker_t *self_of(whorl__parker_t *parker) { return WHORL__CONTAINER(parker, whorl__virtual_parker_t, base); }

static int64_t now_ns(whorl__parker_t *parker) { return self_of(parker)->now; }

static int64_t earlier(int64_t a, int64_t b) { return a < b ? a : b; }

static void park(whorl__parker_t *parker, int64_t until_ns)
{
  whorl__virtual_parker_t *self = self_of(parker);
  bool notified = self->notified;
  self->notified = false;
  self->stuck = false;
  if (until_ns <= self->now) return;
  self->parks++;
  if (notified) return;
  int64_t world = self->next != NULL ? self->next(self->arg) : WHORL_FOREVER;
  int64_t target = earlier(until_ns, world);
  self->stuck = target == WHORL_FOREVER || target > self->limit;
  target = earlier(target, self->limit);
  if (target != WHORL_FOREVER && target > self->now) self->now = target;
}

static void unpark(whorl__parker_t *parker)
{
  whorl__virtual_parker_t *self = self_of(parker);
  if (self->sleeper != NULL) {
    whorl__parker_unpark(self->sleeper);
    return;
  }
  self->notified = true;
  self->unparks++;
}

static const whorl__parker_ops_t ops = {.now_ns = now_ns, .park = park, .unpark = unpark};

void whorl__virtual_parker_init(whorl__virtual_parker_t *parker)
{
  *parker = (whorl__virtual_parker_t){.base.ops = &ops, .limit = WHORL_FOREVER};
}
