#include "base/detail.h"
#include "transport/transport.h"
#include "whorl/status.h"

enum { KEEP_ALL_LIMIT = 4096 };

void whorl__reader_store(whorl__reader_t *reader, whorl__sample_t *sample, int64_t expiry_ns)
{
  if (reader->incoming != NULL)
    reader->incoming(reader->incoming_arg, sample);
  else
    whorl__ring_store(&reader->ring, sample, expiry_ns);
}

static size_t depth_of(const whorl__endpoint_options_t *options)
{
  size_t depth = options->qos.depth;
  if (options->qos.history == WHORL_HISTORY_KEEP_ALL) depth = options->keep_all_limit != 0 ? options->keep_all_limit : KEEP_ALL_LIMIT;
  return depth > options->least_depth ? depth : options->least_depth;
}

int whorl__reader_init(whorl__reader_t *reader, whorl__participant_t *participant, const whorl__endpoint_options_t *options)
{
  reader->participant = participant;
  reader->type = options->type;
  reader->incoming = options->incoming;
  reader->incoming_arg = options->arg;
  WHORL_TRY(whorl__ring_init(&reader->ring, depth_of(options), options->ready, options->arg));
  reader->ring.drops_newest = options->drop_newest;
  if (options->backlog != NULL && options->warn_at > 0) whorl__ring_watch(&reader->ring, options->warn_at, options->backlog);
  return WHORL_OK;
}

static int64_t now_for_expiry(whorl__reader_t *reader)
{
  bool expires = atomic_load_explicit(&reader->ring.expires, memory_order_relaxed); // a clock costs a tenth of a delivery
  return expires ? reader->participant->ops->now_ns(reader->participant) : INT64_MIN;
}

int whorl__reader_take(whorl__reader_t *reader, whorl__sample_t **ret_sample, whorl__message_t **ret_message, bool *ret_more)
{
  return whorl__reader_take_at(reader, now_for_expiry(reader), ret_sample, ret_message, ret_more);
}

void whorl__reader_keep(whorl__reader_t *reader) { whorl__ring_keep(&reader->ring, now_for_expiry(reader)); }

int whorl__reader_take_at(whorl__reader_t *reader, int64_t now_ns, whorl__sample_t **ret_sample, whorl__message_t **ret_message,
                          bool *ret_more)
{
  for (;;) {
    whorl__sample_t *sample = whorl__ring_take(&reader->ring, now_ns, ret_more);
    if (sample == NULL) return whorl__fail_plain(WHORL_WOULD_BLOCK);
    int status = whorl__sample_message(sample, ret_message);
    if (status == WHORL_OK) {
      *ret_sample = sample;
      return WHORL_OK;
    }
    whorl__sample_unref(sample);
    if (status != WHORL_MALFORMED) return status; // out of memory: this message is lost, and the caller knows
    whorl__ring_count_malformed(&reader->ring);
  }
}
