// The lock of the sections on every message's way (an audience's, a ring's and a core's), which last some tens of nanoseconds: taking it and giving it back are one instruction each, inlined.
// Everything else uses pthread mutexes. Not recursive, not fair; whoever waits sleeps in the kernel after a short while.
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
#include <stdint.h>

typedef struct whorl__lock {
  _Atomic uint32_t state; // WHORL__LOCK_...
} whorl__lock_t;
enum { WHORL__LOCK_FREE, WHORL__LOCK_HELD, WHORL__LOCK_AWAITED }; // awaited: held, and somebody may sleep until it is given back

void whorl__lock_wait(whorl__lock_t *lock); // the slow ways
void whorl__lock_wake(whorl__lock_t *lock);

static inline void whorl__lock_init(whorl__lock_t *lock) { atomic_init(&lock->state, WHORL__LOCK_FREE); }
static inline void whorl__lock_fini(whorl__lock_t *lock) { (void)lock; }

static inline void whorl__lock(whorl__lock_t *lock)
{
  uint32_t state = WHORL__LOCK_FREE;
  if (!atomic_compare_exchange_strong_explicit(&lock->state, &state, WHORL__LOCK_HELD, memory_order_acquire, memory_order_relaxed))
    whorl__lock_wait(lock);
}

static inline void whorl__unlock(whorl__lock_t *lock)
{
  if (atomic_exchange_explicit(&lock->state, WHORL__LOCK_FREE, memory_order_release) == WHORL__LOCK_AWAITED) whorl__lock_wake(lock);
}

#endif
#endif
