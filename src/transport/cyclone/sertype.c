// Whorl's types as Cyclone sees them: opaque, without key, XCDR1, nothing announced but the name.
//
// Cyclone never makes, frees or looks into samples of ours (there are no loans, no dds_read and no dds_write of them), so those operations have nothing to do.
#include <assert.h>
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "transport/cyclone/cyclone.h"
#include "transport/cyclone/tsan.h"
#include "whorl/status.h"

static void free_sertype(struct ddsi_sertype *sertype)
{
  WHORL__TAKE(sertype);
  ddsi_sertype_fini(sertype);
  whorl__free(sertype);
}

static void zero_samples(const struct ddsi_sertype *sertype, void *samples, size_t count) { (void)sertype, (void)samples, (void)count; }

static void realloc_samples(void **pointers, const struct ddsi_sertype *sertype, void *old, size_t old_count, size_t count)
{
  (void)sertype, (void)old, (void)old_count;
  for (size_t i = 0; i < count; i++) pointers[i] = NULL;
}

static void free_samples(const struct ddsi_sertype *sertype, void **pointers, size_t count, dds_free_op_t operation)
{
  (void)sertype, (void)pointers, (void)count, (void)operation;
}

// Types are interned, so are companions: one pointer, one type. Cyclone then keeps one sertype per domain, and local delivery converts nothing.
static bool equal(const struct ddsi_sertype *a, const struct ddsi_sertype *b)
{
  WHORL__TAKE(a);
  WHORL__TAKE(b);
  const whorl__sertype_t *left = (const whorl__sertype_t *)a, *right = (const whorl__sertype_t *)b;
  bool same = left->companion == right->companion && left->has_header == right->has_header;
  WHORL__GIVE(a);
  WHORL__GIVE(b);
  return same;
}

static uint32_t hash(const struct ddsi_sertype *sertype)
{
  WHORL__TAKE(sertype);
  uintptr_t address = (uintptr_t)((const whorl__sertype_t *)sertype)->companion;
  uint32_t has_header = ((const whorl__sertype_t *)sertype)->has_header;
  WHORL__GIVE(sertype);
  return (uint32_t)(address >> 4) ^ has_header ^ (uint32_t)(address >> 32);
}

// type_id, type_map, type_info and derive stay NULL: ROS announces no type objects. get_serialized_size and serialize_into stay NULL: that
// keeps a build with shared memory from ever choosing it.
static const struct ddsi_sertype_ops sertype_ops = {
    .version = ddsi_sertype_v0,
    .free = free_sertype,
    .zero_samples = zero_samples,
    .realloc_samples = realloc_samples,
    .free_samples = free_samples,
    .equal = equal,
    .hash = hash,
};

static _Atomic(whorl__cyclone_type_t *) companions; // all of them; none ever goes

static void enlist(whorl__cyclone_type_t *companion)
{
  companion->next = atomic_load_explicit(&companions, memory_order_relaxed);
  while (!atomic_compare_exchange_weak_explicit(&companions, &companion->next, companion, memory_order_release, memory_order_relaxed)) {}
}

void whorl__cyclone_trim(void)
{
  for (whorl__cyclone_type_t *companion = atomic_load_explicit(&companions, memory_order_acquire); companion != NULL;
       companion = companion->next) {
    whorl__free(atomic_exchange(&companion->spare, NULL));
    for (whorl__serdata_t *serdata = companion->pool; serdata != NULL; serdata = companion->pool) {
      companion->pool = serdata->pool_next;
      whorl__free(serdata);
    }
  }
}

int whorl__cyclone_type_get(const whorl__type_t *type, whorl__cyclone_type_t **ret_companion)
{
  _Atomic(void *) *cache = (_Atomic(void *) *)&type->transport_cache; // the one field of a type that changes
  void *present = atomic_load_explicit(cache, memory_order_acquire);
  if (present == NULL) {
    whorl__cyclone_type_t *companion = whorl__alloc(sizeof *companion);
    if (companion == NULL) return whorl__fail_plain(WHORL_NO_MEMORY);
    companion->type = type;
    pthread_mutex_init(&companion->lock, NULL);
    if (atomic_compare_exchange_strong(cache, &present, companion)) {
      enlist(companion);
      present = companion;
    } else { // another thread was first
      pthread_mutex_destroy(&companion->lock);
      whorl__free(companion);
    }
  }
  assert(((whorl__cyclone_type_t *)present)->type == type);
  *ret_companion = present;
  return WHORL_OK;
}

int whorl__sertype_new(const whorl__type_t *type, bool has_header, struct ddsi_sertype **ret_sertype)
{
  whorl__cyclone_type_t *companion;
  int status = whorl__cyclone_type_get(type, &companion);
  if (status < 0) return status;
  whorl__sertype_t *sertype = whorl__alloc(sizeof *sertype);
  if (sertype == NULL) return whorl__fail_plain(WHORL_NO_MEMORY);
  ddsi_sertype_init_flags(&sertype->dds, type->dds_name, &sertype_ops, &whorl__serdata_ops, DDSI_SERTYPE_FLAG_TOPICKIND_NO_KEY);
  sertype->dds.allowed_data_representation = DDS_DATA_REPRESENTATION_FLAG_XCDR1; // after init, which resets it
  sertype->companion = companion;
  sertype->has_header = has_header;
  WHORL__GIVE(sertype);
  *ret_sertype = &sertype->dds;
  return WHORL_OK;
}
