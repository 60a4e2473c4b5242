#include "message/sample.h"

#include <assert.h>
#include <string.h>

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
    size_t skipped = sample->has_header ? WHORL__CDR_SERVICE_HEADER : 0;
    int status = whorl__cdr_decode_behind(sample->type, cdr->bytes, cdr->size, skipped, decoded->native);
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

void whorl__sample_set_header(whorl__sample_t *sample, const whorl__service_header_t *header)
{
  sample->has_header = true;
  sample->header = *header;
}

void whorl__sample_read_header(whorl__sample_t *sample)
{
  const whorl__cdr_t *cdr = atomic_load_explicit(&sample->cdr, memory_order_relaxed);
  uint64_t numbers[2] = {0, 0};
  if (cdr->size >= WHORL__CDR_HEADER + WHORL__CDR_SERVICE_HEADER) {
    memcpy(numbers, cdr->bytes + WHORL__CDR_HEADER, sizeof numbers);
    for (int i = 0; cdr->bytes[1] != 1 && i < 2; i++) numbers[i] = __builtin_bswap64(numbers[i]);
  }
  whorl__sample_set_header(sample, &(whorl__service_header_t){.client = numbers[0], .number = (int64_t)numbers[1]});
}

// The message was serialised so much further back: its encapsulation header comes to the front, the service header goes between. 16 bytes change no alignment.
static void write_header(uint8_t *bytes, const whorl__service_header_t *header)
{
  memcpy(bytes, bytes + WHORL__CDR_SERVICE_HEADER, WHORL__CDR_HEADER);
  memcpy(bytes + WHORL__CDR_HEADER, &header->client, sizeof header->client);
  memcpy(bytes + WHORL__CDR_HEADER + sizeof header->client, &header->number, sizeof header->number);
}

static int encode(whorl__sample_t *sample, const whorl__message_t *message, whorl__cdr_t **ret_cdr)
{
  size_t size = 0, before = sample->has_header ? WHORL__CDR_SERVICE_HEADER : 0;
  WHORL_TRY(whorl__cdr_size(sample->type, message->native, &size));
  whorl__cdr_t *cdr = whorl__cdr_new(sample->type, before + size);
  if (cdr == NULL) return WHORL_NO_MEMORY;
  int status = whorl__cdr_encode(sample->type, message->native, cdr->bytes + before, size, &size);
  if (sample->has_header) write_header(cdr->bytes, &sample->header);
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
