#include "base/local.h"

#include <stddef.h>

// initial-exec: a fixed place beside the thread pointer instead of a call. It is small enough for a shared library that is loaded late.
static _Thread_local whorl__local_t local __attribute__((tls_model("initial-exec")));

// The empty asm keeps an optimiser that sees this body (link-time optimisation) from taking the result for a constant.
#if defined(__clang__)
__attribute__((noinline))
#else
__attribute__((noipa))
#endif
whorl__local_t *
whorl__local(void)
{
  __asm__ volatile("" ::: "memory");
  if (local.detail == NULL) local.detail = &local.own_detail;
  return &local;
}
