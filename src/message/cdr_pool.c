#include "message/cdr_pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "message/sample.h"
#include "whorl/status.h"

enum { SMALLEST = 64, CLASSES = 81, NO_CLASS = CLASSES }; // 64 bytes to 64 MiB; what is larger is not kept

typedef struct shelf {
  pthread_mutex_t lock; // a leaf
  whorl__cdr_t *kept;
} shelf_t;

static shelf_t shelves[CLASSES] = {[0 ... CLASSES - 1] = {.lock = PTHREAD_MUTEX_INITIALIZER}};
static atomic_size_t kept_bytes;

static uint32_t class_of(size_t size)
{
  if (size <= SMALLEST) return 0;
  unsigned top = 63u - (unsigned)__builtin_clzll(size - 1);
  size_t index = (top - 6) * 4 + ((size - 1) >> (top - 2)) - 3;
  return index < CLASSES ? (uint32_t)index : NO_CLASS;
}

static size_t size_of_class(uint32_t index)
{
  if (index == 0) return SMALLEST;
  return (size_t)(5 + (index - 1) % 4) << ((index - 1) / 4 + 4);
}

static whorl__cdr_t *take(uint32_t size_class)
{
  shelf_t *shelf = &shelves[size_class];
  pthread_mutex_lock(&shelf->lock);
  whorl__cdr_t *cdr = shelf->kept;
  if (cdr != NULL) shelf->kept = cdr->pool_next;
  pthread_mutex_unlock(&shelf->lock);
  if (cdr != NULL) atomic_fetch_sub_explicit(&kept_bytes, size_of_class(size_class), memory_order_relaxed);
  return cdr;
}

whorl__cdr_t *whorl__cdr_new(const whorl__type_t *type, size_t size)
{
  size_t padded = (size + 3) & ~(size_t)3, total = sizeof(whorl__cdr_t) + padded;
  uint32_t size_class = total > size ? class_of(total) : NO_CLASS;
  whorl__cdr_t *cdr = size_class != NO_CLASS ? take(size_class) : NULL;
  if (cdr == NULL && total > size) cdr = whorl__alloc(size_class != NO_CLASS ? size_of_class(size_class) : total);
  if (cdr == NULL) {
    whorl__fail(WHORL_NO_MEMORY, "%s: no memory for %zu serialised bytes", type->ros_name, size);
    return NULL;
  }
  cdr->size = size;
  cdr->size_class = size_class;
  memset(cdr->bytes + size, 0, padded - size);
  return cdr;
}

void whorl__cdr_free(whorl__cdr_t *cdr)
{
  if (cdr == NULL) return;
  uint32_t size_class = cdr->size_class;
  size_t size = size_class != NO_CLASS ? size_of_class(size_class) : WHORL__CDR_POOL_LARGEST + 1;
  if (size > WHORL__CDR_POOL_LARGEST ||
      atomic_fetch_add_explicit(&kept_bytes, size, memory_order_relaxed) > WHORL__CDR_POOL_LARGEST - size) {
    if (size <= WHORL__CDR_POOL_LARGEST) atomic_fetch_sub_explicit(&kept_bytes, size, memory_order_relaxed);
    whorl__free(cdr);
    return;
  }
  shelf_t *shelf = &shelves[size_class];
  pthread_mutex_lock(&shelf->lock);
  cdr->pool_next = shelf->kept;
  shelf->kept = cdr;
  pthread_mutex_unlock(&shelf->lock);
}

void whorl__cdr_trim(void)
{
  for (uint32_t i = 0; i < CLASSES; i++) {
    for (whorl__cdr_t *cdr = take(i); cdr != NULL; cdr = take(i)) whorl__free(cdr);
  }
}
