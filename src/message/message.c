// Pooled messages: birth, references, rest, and telling them apart from what is not one.
#include <assert.h>
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "message/contents.h"
#include "message/members.h"
#include "message/pool.h"
#include "message/sample.h"
#include "whorl/message.h"
#include "whorl/status.h"

enum { LINE = 64 };
_Static_assert(offsetof(whorl__message_t, native) == 32 && sizeof(whorl__message_t) == 32,
               "header and start of the native struct share a line of 64 bytes");

static uint32_t magic_of(const whorl__message_t *message)
{
  return UINT32_C(0x57a04c1e) ^ (uint32_t)((uintptr_t)message / LINE); // its own address in it: the copy of a message is none
}

static whorl__message_t *allocate(const whorl__type_t *type)
{
  whorl__message_t *message = whorl__alloc_aligned(LINE, sizeof *message + type->size);
  if (message == NULL) {
    whorl__fail(WHORL_NO_MEMORY, "%s: no memory for a message", type->ros_name);
    return NULL;
  }
  if (whorl__contents_init(type->program, message->native) < 0) {
    whorl__contents_fini(type->program, message->native);
    whorl__free(message);
    return NULL;
  }
  message->type = type;
  atomic_init(&message->magic, magic_of(message));
  return message;
}

static void destroy(whorl__message_t *message)
{
  atomic_store_explicit(&message->magic, 0, memory_order_relaxed);
  whorl__contents_fini(message->type->program, message->native);
  whorl__free(message);
}

static whorl__message_t *take(whorl__message_pool_t *pool)
{
  whorl__message_t *message = atomic_exchange_explicit(&pool->spare, NULL, memory_order_acquire);
  if (message != NULL) return message;
  pthread_mutex_lock(&pool->lock);
  message = pool->kept;
  if (message != NULL) {
    pool->kept = message->pool_next;
    pool->kept_bytes -= message->pooled_bytes;
  }
  pthread_mutex_unlock(&pool->lock);
  return message;
}

whorl__message_t *whorl__message_new(const whorl__type_t *type)
{
  whorl__message_t *message = take(type->pool);
  if (message == NULL) message = allocate(type);
  if (message == NULL) return NULL;
  atomic_store_explicit(&message->lent, false, memory_order_relaxed);
  atomic_store_explicit(&message->references, 1, memory_order_relaxed);
  return message;
}

// rosidl's own function knows the defaults; it cannot say that memory ran out, so what it left out is looked for.
whorl__message_t *whorl__message_new_default(const whorl__type_t *type)
{
  const whorl__members_t *members = type->members;
  whorl__message_t *message = whorl__message_new(type);
  if (message == NULL) return NULL;
  whorl__contents_fini(type->program, message->native);
  memset(message->native, 0, type->size);
  members->init_function(message->native, ROSIDL_RUNTIME_C_MSG_INIT_ALL);
  if (whorl__contents_init(type->program, message->native) == WHORL_OK) return message;
  whorl__message_unref(message);
  return NULL;
}

void whorl__message_lend(whorl__message_t *message) { atomic_store_explicit(&message->lent, true, memory_order_relaxed); }

bool whorl__message_reclaim(whorl__message_t *message) { return atomic_exchange_explicit(&message->lent, false, memory_order_relaxed); }

// Somebody else's right to read it: not before it was published.
static bool shared(whorl__message_t *message) { return message != NULL && !atomic_load_explicit(&message->lent, memory_order_relaxed); }

whorl__message_t *whorl__message_ref(whorl__message_t *message)
{
  unsigned before = atomic_fetch_add_explicit(&message->references, 1, memory_order_relaxed);
  assert(before > 0);
  (void)before;
  return message;
}

static void keep(whorl__message_pool_t *pool, whorl__message_t *message)
{
  pthread_mutex_lock(&pool->lock);
  bool fits = pool->kept_bytes <= WHORL__POOL_LARGEST - message->pooled_bytes;
  if (fits) {
    message->pool_next = pool->kept;
    pool->kept = message;
    pool->kept_bytes += message->pooled_bytes;
  }
  pthread_mutex_unlock(&pool->lock);
  if (!fits) destroy(message);
}

void whorl__message_unref(whorl__message_t *message)
{
  // Whoever sees himself alone stays it, and needs no locked instruction.
  unsigned before = atomic_load_explicit(&message->references, memory_order_acquire);
  if (before == 1)
    atomic_store_explicit(&message->references, 0, memory_order_relaxed);
  else
    before = atomic_fetch_sub_explicit(&message->references, 1, memory_order_acq_rel);
  assert(before > 0);
  if (before > 1) return;
  whorl__message_pool_t *pool = message->type->pool;
  size_t bytes = sizeof *message + message->type->size + whorl__contents_footprint(message->type->program, message->native);
  if (bytes > WHORL__POOL_LARGEST) {
    destroy(message);
    return;
  }
  message->pooled_bytes = (uint32_t)bytes;
  if (bytes <= WHORL__POOL_LARGEST_SPARE) message = atomic_exchange_explicit(&pool->spare, message, memory_order_acq_rel);
  if (message != NULL) keep(pool, message);
}

void whorl__message_pool_init(whorl__message_pool_t *pool)
{
  pthread_mutex_init(&pool->lock, NULL);
  atomic_init(&pool->spare, NULL);
  pool->kept = NULL;
  pool->kept_bytes = 0;
}

void whorl__message_pool_trim(whorl__message_pool_t *pool)
{
  for (whorl__message_t *message = take(pool); message != NULL; message = take(pool)) destroy(message);
}

// The pointer may be anything of the user's. A message's native struct stands 32 bytes behind a multiple of 64, so the header in front of
// any pointer that gets as far as being read lies in the same line, and is readable if what the pointer points to is. What is read
// there may belong to anybody: sanitizers would rightly complain about anything but this check.
__attribute__((no_sanitize("address", "undefined"))) __attribute__((no_sanitize_thread)) static bool has_header(const void *native)
{
  if ((uintptr_t)native % LINE != offsetof(whorl__message_t, native)) return false;
  const whorl__message_t *message = (const void *)((const unsigned char *)native - offsetof(whorl__message_t, native));
  return *(const volatile uint32_t *)&message->magic == magic_of(message);
}

whorl__message_t *whorl__message_of(const void *native, const whorl__type_t *type)
{
  if (native == NULL || !has_header(native)) return NULL;
  whorl__message_t *message = (void *)((unsigned char *)native - offsetof(whorl__message_t, native));
  if (atomic_load_explicit(&message->references, memory_order_relaxed) == 0) return NULL;
  return type == NULL || message->type == type ? message : NULL;
}

const void *whorl_message_keep(const void *message)
{
  whorl__message_t *found = whorl__message_of(message, NULL);
  if (!shared(found)) {
    whorl__fail(WHORL_INVALID_ARGUMENT, "only a message that a callback was given can be kept");
    return NULL;
  }
  whorl__message_ref(found);
  return message;
}

void whorl_message_release(const void *message)
{
  whorl__message_t *found = whorl__message_of(message, NULL);
  if (!shared(found)) {
    whorl__fail(WHORL_INVALID_ARGUMENT, "only a message that was kept can be released");
    return;
  }
  whorl__message_unref(found);
}
