// Samples as Cyclone sees them, and their pool.
//
// A serdata is a Whorl sample with Cyclone's header in front. Received bytes are only copied: they are decoded by the first taker, on its thread. Published
// messages are only referenced: they are serialised when Cyclone first asks for size or bytes, which it does for remote readers and for its
// retransmission cache, never for local delivery. Both forms are published by compare-and-swap in the sample, so these operations may run on any thread.
//
// References are counted inside Cyclone, where ThreadSanitizer does not see it: whoever lets go of one gives, the last takes (tsan.h).
#include <stdio.h>
#include <string.h>

#include <dds/ddsi/q_radmin.h>

#include "base/memory.h"
#include "message/cdr.h"
#include "transport/cyclone/cyclone.h"
#include "transport/cyclone/tsan.h"
#include "whorl/status.h"

// The same for all: keyless types have one instance, and Cyclone shares its entry between all types with these operations.
static const uint32_t instance_hash = 0x57686f72;

// What stands on the wire for a key, and for a message that cannot be serialised. Padded reads end inside.
static const uint8_t empty_cdr[WHORL__CDR_HEADER] = {0x00, 0x01, 0x00, 0x00};

static whorl__serdata_t *from_sample(whorl__sample_t *sample) { return WHORL__CONTAINER(sample, whorl__serdata_t, sample); }

static void sample_ref(whorl__sample_t *sample) { ddsi_serdata_ref(&from_sample(sample)->dds); }

static void sample_unref(whorl__sample_t *sample)
{
  whorl__serdata_t *serdata = from_sample(sample);
  WHORL__GIVE(serdata);
  ddsi_serdata_unref(&serdata->dds);
}

static const whorl__sample_ops_t sample_ops = {.ref = sample_ref, .unref = sample_unref};

// --- the pool

static whorl__serdata_t *pool_take(whorl__cyclone_type_t *companion)
{
  whorl__serdata_t *serdata = atomic_exchange_explicit(&companion->spare, NULL, memory_order_acquire);
  if (serdata != NULL) return serdata;
  pthread_mutex_lock(&companion->lock);
  serdata = companion->pool;
  if (serdata != NULL) companion->pool = serdata->pool_next;
  pthread_mutex_unlock(&companion->lock);
  return serdata != NULL ? serdata : whorl__alloc(sizeof(whorl__serdata_t));
}

static void pool_give(whorl__cyclone_type_t *companion, whorl__serdata_t *serdata)
{
  serdata = atomic_exchange_explicit(&companion->spare, serdata, memory_order_acq_rel);
  if (serdata == NULL) return; // else the one that was there goes to the others
  pthread_mutex_lock(&companion->lock);
  serdata->pool_next = companion->pool;
  companion->pool = serdata;
  pthread_mutex_unlock(&companion->lock);
}

static whorl__serdata_t *serdata_new(whorl__cyclone_type_t *companion, const struct ddsi_sertype *sertype, enum ddsi_serdata_kind kind)
{
  whorl__serdata_t *serdata = pool_take(companion);
  if (serdata == NULL) return NULL;
  ddsi_serdata_init(&serdata->dds, sertype, kind);
  serdata->dds.hash = instance_hash;
  serdata->companion = companion;
  serdata->stamped = false;
  atomic_store_explicit(&serdata->inexpressible, false, memory_order_relaxed);
  return serdata;
}

whorl__serdata_t *whorl__serdata_new(whorl__cyclone_type_t *companion, const struct ddsi_sertype *sertype, whorl__message_t *message,
                                     whorl__cdr_t *cdr)
{
  whorl__serdata_t *serdata = serdata_new(companion, sertype, SDK_DATA);
  if (serdata != NULL) whorl__sample_init(&serdata->sample, &sample_ops, companion->type, message, cdr);
  return serdata;
}

whorl__serdata_t *whorl__serdata_new_key(whorl__cyclone_type_t *companion, const struct ddsi_sertype *sertype)
{
  return serdata_new(companion, sertype, SDK_KEY);
}

static void serdata_free(struct ddsi_serdata *dds)
{
  whorl__serdata_t *serdata = (whorl__serdata_t *)dds;
  WHORL__TAKE(serdata);
  if (dds->kind == SDK_DATA) whorl__sample_fini(&serdata->sample);
  pool_give(serdata->companion, serdata);
}

// --- in: from the wire

static whorl__cyclone_type_t *companion_of(const struct ddsi_sertype *sertype)
{
  WHORL__TAKE(sertype);
  whorl__cyclone_type_t *companion = ((const whorl__sertype_t *)sertype)->companion;
  WHORL__GIVE(sertype);
  return companion;
}

// Fragments may overlap: only what lies beyond the bytes already there is copied. Should one be missing, the sample ends before it: it is then malformed
// by its own length, as everything that the wire can do to us.
static size_t copy_fragments(uint8_t *bytes, const struct nn_rdata *fragment, size_t size)
{
  size_t filled = 0;
  for (; fragment != NULL && filled < size && fragment->min <= filled; fragment = fragment->nextfrag) {
    if (fragment->maxp1 <= filled) continue;
    const uint8_t *payload = NN_RMSG_PAYLOADOFF(fragment->rmsg, NN_RDATA_PAYLOAD_OFF(fragment));
    size_t end = fragment->maxp1 < size ? fragment->maxp1 : size;
    memcpy(bytes + filled, payload + (filled - fragment->min), end - filled);
    filled = end;
  }
  return filled;
}

// A sample around received bytes. Even bytes that cannot be right are taken: the taker counts them as malformed; refusing them here would
// make Cyclone print.
static struct ddsi_serdata *received(const struct ddsi_sertype *sertype, whorl__cdr_t *cdr)
{
  if (cdr == NULL) return NULL;
  whorl__serdata_t *serdata = whorl__serdata_new(companion_of(sertype), sertype, NULL, cdr);
  if (serdata == NULL) {
    whorl__cdr_free(cdr);
    return NULL;
  }
  if (((const whorl__sertype_t *)sertype)->has_header) whorl__sample_read_header(&serdata->sample);
  WHORL__GIVE(serdata);
  return &serdata->dds;
}

static struct ddsi_serdata *key_of(const struct ddsi_sertype *sertype)
{
  whorl__serdata_t *serdata = whorl__serdata_new_key(companion_of(sertype), sertype);
  WHORL__GIVE(serdata);
  return serdata != NULL ? &serdata->dds : NULL;
}

static struct ddsi_serdata *from_ser(const struct ddsi_sertype *sertype, enum ddsi_serdata_kind kind, const struct nn_rdata *fragments,
                                     size_t size)
{
  if (kind != SDK_DATA) return key_of(sertype);
  whorl__cdr_t *cdr = whorl__cdr_new(companion_of(sertype)->type, size);
  if (cdr != NULL) cdr->size = copy_fragments(cdr->bytes, fragments, size);
  return received(sertype, cdr);
}

static struct ddsi_serdata *from_ser_iov(const struct ddsi_sertype *sertype, enum ddsi_serdata_kind kind, ddsrt_msg_iovlen_t count,
                                         const ddsrt_iovec_t *parts, size_t size)
{
  if (kind != SDK_DATA) return key_of(sertype);
  whorl__cdr_t *cdr = whorl__cdr_new(companion_of(sertype)->type, size);
  if (cdr != NULL) {
    size_t filled = 0;
    for (ddsrt_msg_iovlen_t i = 0; i < count && filled < size; i++) {
      size_t length = parts[i].iov_len < size - filled ? parts[i].iov_len : size - filled;
      memcpy(cdr->bytes + filled, parts[i].iov_base, length);
      filled += length;
    }
    cdr->size = filled;
  }
  return received(sertype, cdr);
}

static struct ddsi_serdata *from_keyhash(const struct ddsi_sertype *sertype, const struct ddsi_keyhash *keyhash)
{
  (void)keyhash;
  return key_of(sertype);
}

// Only ever asked for the key, by dds_register_instance; data is written as a ready serdata.
static struct ddsi_serdata *from_native(const struct ddsi_sertype *sertype, enum ddsi_serdata_kind kind, const void *sample)
{
  (void)sample; // a key's may be any pointer
  return kind == SDK_KEY ? key_of(sertype) : NULL;
}

static struct ddsi_serdata *to_untyped(const struct ddsi_serdata *dds)
{
  WHORL__TAKE(dds);
  whorl__serdata_t *key = whorl__serdata_new_key(((const whorl__serdata_t *)dds)->companion, dds->type);
  if (key == NULL) return NULL;
  key->dds.type = NULL;
  WHORL__GIVE(key);
  return &key->dds;
}

// --- out: to the wire

// Size and bytes must stay the same however often Cyclone asks: once inexpressible, always so.
static const uint8_t *wire_bytes(const struct ddsi_serdata *dds, size_t *ret_size)
{
  whorl__serdata_t *serdata = (whorl__serdata_t *)dds;
  WHORL__TAKE(serdata);
  if (dds->kind == SDK_DATA && !atomic_load_explicit(&serdata->inexpressible, memory_order_acquire)) {
    const whorl__cdr_t *cdr;
    if (whorl__sample_cdr(&serdata->sample, &cdr) >= 0) {
      WHORL__GIVE(serdata);
      *ret_size = cdr->size;
      return cdr->bytes;
    }
    atomic_store_explicit(&serdata->inexpressible, true, memory_order_release);
  }
  *ret_size = sizeof empty_cdr;
  return empty_cdr;
}

static uint32_t get_size(const struct ddsi_serdata *dds)
{
  size_t size;
  wire_bytes(dds, &size);
  return (uint32_t)size;
}

static void to_ser(const struct ddsi_serdata *dds, size_t offset, size_t size, void *buffer)
{
  size_t whole;
  memcpy(buffer, wire_bytes(dds, &whole) + offset, size);
}

static struct ddsi_serdata *to_ser_ref(const struct ddsi_serdata *dds, size_t offset, size_t size, ddsrt_iovec_t *ret_part)
{
  size_t whole;
  WHORL__TAKE(ret_part); // Cyclone's, recycled between its threads
  ret_part->iov_base = (void *)(wire_bytes(dds, &whole) + offset);
  ret_part->iov_len = size;
  WHORL__GIVE(ret_part);
  return ddsi_serdata_ref(dds);
}

static void to_ser_unref(struct ddsi_serdata *dds, const ddsrt_iovec_t *part)
{
  (void)part;
  WHORL__TAKE(dds);
  WHORL__GIVE(dds);
  ddsi_serdata_unref(dds);
}

// --- the rest: there is one instance, and Cyclone never makes a sample of ours

static bool equal_key(const struct ddsi_serdata *a, const struct ddsi_serdata *b)
{
  (void)a, (void)b;
  return true;
}

static bool to_sample(const struct ddsi_serdata *dds, void *sample, void **buffer, void *limit)
{
  (void)dds, (void)sample, (void)buffer, (void)limit;
  return false;
}

static bool untyped_to_sample(const struct ddsi_sertype *sertype, const struct ddsi_serdata *dds, void *sample, void **buffer, void *limit)
{
  (void)sertype, (void)dds, (void)sample, (void)buffer, (void)limit;
  return false;
}

static size_t print(const struct ddsi_sertype *sertype, const struct ddsi_serdata *dds, char *buffer, size_t size)
{
  (void)dds;
  int length = snprintf(buffer, size, "(%s)", sertype != NULL ? sertype->type_name : "key");
  return length < 0 ? 0 : (size_t)length;
}

static void get_keyhash(const struct ddsi_serdata *dds, struct ddsi_keyhash *hash, bool force_md5)
{
  (void)dds, (void)force_md5;
  memset(hash, 0, sizeof *hash);
}

const struct ddsi_serdata_ops whorl__serdata_ops = {
    .eqkey = equal_key,
    .get_size = get_size,
    .from_ser = from_ser,
    .from_ser_iov = from_ser_iov,
    .from_keyhash = from_keyhash,
    .from_sample = from_native,
    .to_ser = to_ser,
    .to_ser_ref = to_ser_ref,
    .to_ser_unref = to_ser_unref,
    .to_sample = to_sample,
    .to_untyped = to_untyped,
    .untyped_to_sample = untyped_to_sample,
    .free = serdata_free,
    .print = print,
    .get_keyhash = get_keyhash,
};
