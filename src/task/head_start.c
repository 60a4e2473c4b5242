#include "task/head_start.h"

int64_t whorl__head_start_from(const whorl__head_start_t *self, int64_t now_ns, int64_t until_ns)
{
  int64_t share_ns = (until_ns - now_ns) / 16;
  return until_ns - (self->least_ns < share_ns ? self->least_ns : share_ns);
}

void whorl__head_start_learn(whorl__head_start_t *self, int64_t asked_ns, int64_t now_ns)
{
  if (self->off) return;
  int64_t late_ns = now_ns - asked_ns;
  self->late_ns[self->next] = late_ns < 0 ? 0 : late_ns < WHORL__HEAD_START_MOST_NS ? (uint32_t)late_ns : WHORL__HEAD_START_MOST_NS;
  self->next = (uint8_t)((self->next + 1) % WHORL__HEAD_START_WAKES);
  self->least_ns = WHORL__HEAD_START_MOST_NS;
  for (int i = 0; i < WHORL__HEAD_START_WAKES; i++)
    if (self->late_ns[i] < self->least_ns) self->least_ns = self->late_ns[i];
}
