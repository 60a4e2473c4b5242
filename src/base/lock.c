// Drepper's third mutex ("Futexes are tricky"): a waiter marks the lock as awaited before it sleeps, and keeps it so when it gets it, as others may sleep too.
#define _GNU_SOURCE
#include "base/lock.h"

#ifndef WHORL__LOCK_IS_MUTEX

#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { GLANCES = 50 }; // before sleeping: the holder is most times about to go

static void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

void whorl__lock_wait(whorl__lock_t *lock)
{
  for (int i = 0; i < GLANCES; i++) {
    uint32_t state = atomic_load_explicit(&lock->state, memory_order_relaxed);
    if (state == WHORL__LOCK_AWAITED) break; // others sleep already
    if (state == WHORL__LOCK_FREE &&
        atomic_compare_exchange_weak_explicit(&lock->state, &state, WHORL__LOCK_HELD, memory_order_acquire, memory_order_relaxed))
      return;
    pause_briefly();
  }
  while (atomic_exchange_explicit(&lock->state, WHORL__LOCK_AWAITED, memory_order_acquire) != WHORL__LOCK_FREE)
    syscall(SYS_futex, &lock->state, FUTEX_WAIT_PRIVATE, WHORL__LOCK_AWAITED, NULL, NULL, 0);
}

// The lock may be gone by now, with what it was part of: then this is a wake-up too many, or for nobody.
void whorl__lock_wake(whorl__lock_t *lock) { syscall(SYS_futex, &lock->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0); }

#endif
