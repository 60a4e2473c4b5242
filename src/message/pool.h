// Where messages rest between two uses: one pool for each type, bounded by the bytes it keeps.
//
// At large sizes the allocator costs more than the copy does, so a message is given back with all that it owns. Locks are leaves, held for a few
// instructions; memory is allocated and freed outside them.
#ifndef WHORL_MESSAGE_POOL_H
#define WHORL_MESSAGE_POOL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

struct whorl__message;

// Bytes that the list of one type's pool keeps at most, and its spare besides. They fit into 32 bits.
enum { WHORL__POOL_LARGEST = 32 * 1024 * 1024, WHORL__POOL_LARGEST_SPARE = WHORL__POOL_LARGEST / 64 };

typedef struct whorl__message_pool {
  struct whorl__message *_Atomic spare; // the one given back last, if it is small: taken and given without the lock
  pthread_mutex_t lock;
  struct whorl__message *kept; // guarded by lock, as is the next
  size_t kept_bytes;
} whorl__message_pool_t;

void whorl__message_pool_init(whorl__message_pool_t *pool);
// Frees what the pool keeps.
void whorl__message_pool_trim(whorl__message_pool_t *pool);
// The same for all types and for the buffers of serialised messages: what is counted as alive afterwards is in use.
void whorl__pools_trim(void);

#endif
