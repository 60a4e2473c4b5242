// Whoever waits says so, then looks at the lock once more, then sleeps; whoever gives the lock back does so, then looks whether somebody waits. So one of both sees the other, if neither's two
// steps change places in his CPU. The waiter, who is about to pay for a system call anyway, sees to that for both: the kernel makes every running thread of the process execute a full barrier
// (membarrier(2), as user-space RCU does). So giving back needs none. Where the kernel does not offer it, the giver fences.
//
// A waiter that gets the lock leaves it marked, as others may sleep too. Only the holder takes the mark away, and then wakes one of them; what they sleep on is the mark itself, so a mark
// that was taken away in between keeps nobody asleep.
#define _GNU_SOURCE
#include "base/lock.h"

#ifndef WHORL__LOCK_IS_MUTEX

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { GLANCES = 50 }; // before sleeping: the holder is most times about to go

bool whorl__lock_waiters_fence;

__attribute__((constructor)) static void find_out(void)
{
  whorl__lock_waiters_fence = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
}

static void fence_all(void)
{
  atomic_thread_fence(memory_order_seq_cst);
  if (whorl__lock_waiters_fence) syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

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
  for (int i = 0; i < GLANCES && atomic_load_explicit(&lock->awaited, memory_order_relaxed) == 0; i++) { // else others sleep already
    if (atomic_load_explicit(&lock->held, memory_order_relaxed) == 0 && whorl__try_lock(lock)) return;
    pause_briefly();
  }
  for (;;) {
    atomic_store_explicit(&lock->awaited, 1, memory_order_relaxed);
    fence_all();
    if (whorl__try_lock(lock)) return;
    syscall(SYS_futex, &lock->awaited, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
  }
}

// The lock may be gone by now, with what it was part of: then this is a wake-up too many, or for nobody.
void whorl__lock_wake(whorl__lock_t *lock) { syscall(SYS_futex, &lock->awaited, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0); }

#endif
