// Times that are added to. A duration may be as long as WHORL_FOREVER, and a sum then is one that never comes.
#ifndef WHORL_BASE_TIME_AFTER_H
#define WHORL_BASE_TIME_AFTER_H

#include <stdint.h>

#include "whorl/time.h"

// The sum; beyond the last time WHORL_FOREVER, before the first one INT64_MIN.
static inline int64_t whorl__time_after(int64_t time_ns, int64_t duration_ns)
{
  int64_t sum;
  if (!__builtin_add_overflow(time_ns, duration_ns, &sum)) return sum;
  return duration_ns > 0 ? WHORL_FOREVER : INT64_MIN;
}

#endif
