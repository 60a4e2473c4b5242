// A message (native form, pooled, reference counted) and a sample (one publication of it: native form, CDR, or both).
//
// whorl__message_t stands directly in front of the native C struct, so a pointer to the struct finds it: that is what whorl_message_keep and
// whorl_publish_borrowed rely on. Messages are recycled through their type's pool with contents and capacities of an earlier use.
//
// whorl__sample_t is the base of the transport's own sample (Cyclone: a serdata). Either form is made from the other when first asked
// for, at most once, and published by compare-and-swap for everybody else. Reference counts: one message is read by all local readers and may
// be kept by users; a sample sits in several histories at once. No tree of owners can express that.
#ifndef WHORL_MESSAGE_SAMPLE_H
#define WHORL_MESSAGE_SAMPLE_H

#include <stdatomic.h>
#include <stdint.h>

#include "message/type.h"

typedef struct whorl__message { // at a multiple of 64 bytes: see whorl__message_of
  const whorl__type_t *type;
  struct whorl__message *pool_next;
  uint32_t pooled_bytes;  // while in the pool: what it counts for
  atomic_bool lent;       // with a user who fills it, see whorl__message_lend
  atomic_uint references; // 0 in the pool
  _Atomic uint32_t magic; // told apart from memory that is no message: whorl_message_keep and publish_borrowed check it
  _Alignas(16) unsigned char native[];
} whorl__message_t;

// One reference, from the pool; its native struct is initialised (first use: zeros and "", no default values). NO_MEMORY: NULL with the detail.
whorl__message_t *whorl__message_new(const whorl__type_t *type);
// The same with the default values of its definition.
whorl__message_t *whorl__message_new_default(const whorl__type_t *type);
whorl__message_t *whorl__message_ref(whorl__message_t *message);
void whorl__message_unref(whorl__message_t *message);
// The message that a native pointer belongs to, or NULL if it is not of that type (type NULL: of any type) or not a live pooled message. Any pointer to
// readable memory may be asked about, and NULL.
whorl__message_t *whorl__message_of(const void *native, const whorl__type_t *type);

// A message that a user borrows is his until he gives it back, once. `lend` marks it so; `reclaim` ends that, and is false for a message that is not out:
// published or returned already, or one that was received. While it is out it cannot be kept.
void whorl__message_lend(whorl__message_t *message);
bool whorl__message_reclaim(whorl__message_t *message);

typedef struct whorl__cdr { // serialised bytes; zeros up to a multiple of 4 behind them
  size_t size;
  uint32_t size_class; // the pool's
  struct whorl__cdr *pool_next;
  uint8_t bytes[];
} whorl__cdr_t;

struct whorl__sample;
typedef struct whorl__sample_ops {
  void (*ref)(struct whorl__sample *sample);
  void (*unref)(struct whorl__sample *sample);
} whorl__sample_ops_t;

// In front of every request and reply, in the CDR stream too (docs/transport.md). A server copies it from the request into the reply.
typedef struct whorl__service_header {
  uint64_t client; // a number that no other client of the service has
  int64_t number;  // of the request; from 1
} whorl__service_header_t;

typedef struct whorl__sample {
  const whorl__sample_ops_t *ops;
  const whorl__type_t *type;
  bool has_header; // a request or a reply; constant, as the next
  whorl__service_header_t header;
  _Atomic(whorl__message_t *) message; // native form, NULL until made
  _Atomic(whorl__cdr_t *) cdr;         // serialised form, NULL until made
  int64_t source_timestamp_ns;
  uint8_t publisher_gid[16];
  uint64_t sequence; // 0: unknown
} whorl__sample_t;

// For transports. init takes over one reference of `message` and the `cdr` (either may be NULL, not both); fini drops what is there.
void whorl__sample_init(whorl__sample_t *sample, const whorl__sample_ops_t *ops, const whorl__type_t *type, whorl__message_t *message,
                        whorl__cdr_t *cdr);
void whorl__sample_fini(whorl__sample_t *sample);
// Right after init, before others see it. The header of a sample made here; that of received bytes: zeros when they are too few, which decoding then tells.
void whorl__sample_set_header(whorl__sample_t *sample, const whorl__service_header_t *header);
void whorl__sample_read_header(whorl__sample_t *sample);
// From a pool of sizes that all types share; contents undefined but for the zeros behind them. NO_MEMORY: NULL with the detail. Free takes NULL too.
whorl__cdr_t *whorl__cdr_new(const whorl__type_t *type, size_t size);
void whorl__cdr_free(whorl__cdr_t *cdr);

// The native form, decoded now if need be (the caller's thread; not under a transport lock); borrowed: it lives as long as the sample. MALFORMED, NO_MEMORY.
int whorl__sample_message(whorl__sample_t *sample, whorl__message_t **ret_message);
// The serialised form, encoded now if need be; borrowed likewise. Any thread.
int whorl__sample_cdr(whorl__sample_t *sample, const whorl__cdr_t **ret_cdr);
static inline void whorl__sample_ref(whorl__sample_t *sample) { sample->ops->ref(sample); }
static inline void whorl__sample_unref(whorl__sample_t *sample) { sample->ops->unref(sample); }

#endif
