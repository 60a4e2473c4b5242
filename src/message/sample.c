#include "message/sample.h"

#include <assert.h>

#include "message/cdr.h"
#include "whorl/status.h"

void whorl__sample_init(whorl__sample_t *sample, const whorl__sample_ops_t *ops, const whorl__type_t *type, whorl__message_t *message,
                        whorl__cdr_t *cdr)
{
  assert(message != NULL || cdr != NULL);
  assert(message == NULL || message->type == type);
  *sample = (whorl__sample_t){.ops = ops, .type = type};
  atomic_init(&sample->message, message);
  atomic_init(&sample->cdr, cdr);
}

void whorl__sample_fini(whorl__sample_t *sample)
{
  whorl__message_t *message = atomic_load_explicit(&sample->message, memory_order_acquire); // nobody else has the sample any more
  if (message != NULL) whorl__message_unref(message);
  whorl__cdr_free(atomic_load_explicit(&sample->cdr, memory_order_acquire));
  atomic_store_explicit(&sample->message, NULL, memory_order_relaxed);
  atomic_store_explicit(&sample->cdr, NULL, memory_order_relaxed);
}

int whorl__sample_message(whorl__sample_t *sample, whorl__message_t **ret_message)
{
  whorl__message_t *message = atomic_load_explicit(&sample->message, memory_order_acquire);
  if (message == NULL) {
    const whorl__cdr_t *cdr = atomic_load_explicit(&sample->cdr, memory_order_acquire);
    whorl__message_t *decoded = whorl__message_new(sample->type);
    if (decoded == NULL) return WHORL_NO_MEMORY;
    int status = whorl__cdr_decode(sample->type, cdr->bytes, cdr->size, decoded->native);
    // Another reader may have been faster: then its form is the one for everybody, and ours goes back to the pool.
    if (status < 0 ||
        !atomic_compare_exchange_strong_explicit(&sample->message, &message, decoded, memory_order_acq_rel, memory_order_acquire)) {
      whorl__message_unref(decoded);
    } else {
      message = decoded;
    }
    if (status < 0) return status;
  }
  *ret_message = message;
  return WHORL_OK;
}

static int encode(whorl__sample_t *sample, const whorl__message_t *message, whorl__cdr_t **ret_cdr)
{
  size_t size = 0;
  WHORL_TRY(whorl__cdr_size(sample->type, message->native, &size));
  whorl__cdr_t *cdr = whorl__cdr_new(sample->type, size);
  if (cdr == NULL) return WHORL_NO_MEMORY;
  int status = whorl__cdr_encode(sample->type, message->native, cdr->bytes, size, &size);
  if (status < 0) {
    whorl__cdr_free(cdr);
    return status;
  }
  *ret_cdr = cdr;
  return WHORL_OK;
}

int whorl__sample_cdr(whorl__sample_t *sample, const whorl__cdr_t **ret_cdr)
{
  whorl__cdr_t *cdr = atomic_load_explicit(&sample->cdr, memory_order_acquire);
  if (cdr == NULL) {
    whorl__cdr_t *encoded = NULL;
    WHORL_TRY(encode(sample, atomic_load_explicit(&sample->message, memory_order_acquire), &encoded));
    if (atomic_compare_exchange_strong_explicit(&sample->cdr, &cdr, encoded, memory_order_acq_rel, memory_order_acquire)) {
      cdr = encoded;
    } else {
      whorl__cdr_free(encoded);
    }
  }
  *ret_cdr = cdr;
  return WHORL_OK;
}
