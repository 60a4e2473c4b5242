// The lock of the sections on every message's way (an audience's, a ring's and a core's), which last some tens of nanoseconds: taking it is one instruction, giving it back a store and a look, inlined.
// Everything else uses pthread mutexes. Not recursive, not fair; whoever waits sleeps in the kernel after a short while. Its memory must outlive the call that gives it back.
//
// Under ThreadSanitizer it is a pthread mutex, so that the order of locks is checked too.
#ifndef WHORL_BASE_LOCK_H
#define WHORL_BASE_LOCK_H

#if defined(__SANITIZE_THREAD__)
#define WHORL__LOCK_IS_MUTEX 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WHORL__LOCK_IS_MUTEX 1
#endif
#endif

#ifdef WHORL__LOCK_IS_MUTEX

#include <pthread.h>

typedef struct whorl__lock {
  pthread_mutex_t mutex;
} whorl__lock_t;

static inline void whorl__lock_init(whorl__lock_t *lock) { pthread_mutex_init(&lock->mutex, NULL); }
static inline void whorl__lock_fini(whorl__lock_t *lock) { pthread_mutex_destroy(&lock->mutex); }
static inline void whorl__lock(whorl__lock_t *lock) { pthread_mutex_lock(&lock->mutex); }
static inline void whorl__unlock(whorl__lock_t *lock) { pthread_mutex_unlock(&lock->mutex); }

#else

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct whorl__lock {
  _Atomic uint32_t held;    // 0 or 1
  _Atomic uint32_t awaited; // 1: somebody may sleep until it is given back; a futex. Cleared by the holder only
} whorl__lock_t;

// Giving back is a plain store and a look for who waits. These two must not change places: either the giver fences, or who waits makes every thread of the process do so (lock.c).
extern bool whorl__lock_waiters_fence;      // constant from the start of the process
void whorl__lock_wait(whorl__lock_t *lock); // the slow ways
void whorl__lock_wake(whorl__lock_t *lock);

static inline void whorl__lock_init(whorl__lock_t *lock)
{
  atomic_init(&lock->held, 0);
  atomic_init(&lock->awaited, 0);
}
static inline void whorl__lock_fini(whorl__lock_t *lock) { (void)lock; }

static inline bool whorl__try_lock(whorl__lock_t *lock)
{
  uint32_t held = 0;
  return atomic_compare_exchange_strong_explicit(&lock->held, &held, 1, memory_order_acquire, memory_order_relaxed);
}

static inline void whorl__lock(whorl__lock_t *lock)
{
  if (!whorl__try_lock(lock)) whorl__lock_wait(lock);
}

static inline void whorl__unlock(whorl__lock_t *lock)
{
  bool known = atomic_load_explicit(&lock->awaited, memory_order_relaxed) != 0;
  if (known) atomic_store_explicit(&lock->awaited, 0, memory_order_relaxed);
  atomic_store_explicit(&lock->held, 0, memory_order_release);
  if (!whorl__lock_waiters_fence) atomic_thread_fence(memory_order_seq_cst);
  atomic_signal_fence(memory_order_seq_cst);
  if (known || atomic_load_explicit(&lock->awaited, memory_order_relaxed) != 0) whorl__lock_wake(lock);
}

#endif
#endif
