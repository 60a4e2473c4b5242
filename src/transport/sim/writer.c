#include <assert.h>
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "message/cdr.h"
#include "transport/sim/network.h"
#include "whorl/status.h"
#include "whorl/time.h"

enum { FIRST_HISTORY = 16 };

// The i-th retained sample from the oldest; i = history_count is the place behind the newest.
static sim_sample_t **retained(const sim_writer_t *writer, size_t i)
{
  assert(writer->history_capacity > 0);
  return &writer->history[(writer->history_head + i) % writer->history_capacity];
}

// Makes room for one more retained sample. Lock held. Keep last never grows beyond its depth.
static int reserve_history(sim_writer_t *writer)
{
  const whorl_qos_t *qos = &writer->endpoint.qos;
  if (qos->durability != WHORL_DURABILITY_TRANSIENT_LOCAL || writer->history_count < writer->history_capacity) return WHORL_OK;
  size_t limit = qos->history == WHORL_HISTORY_KEEP_LAST ? qos->depth : SIZE_MAX / sizeof(sim_sample_t *);
  if (writer->history_capacity >= limit) return WHORL_OK; // the oldest will make room
  size_t capacity = writer->history_capacity == 0 ? FIRST_HISTORY : 2 * writer->history_capacity;
  if (capacity > limit) capacity = limit;
  sim_sample_t **history = whorl__alloc(capacity * sizeof(sim_sample_t *));
  if (history == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for %zu retained messages", capacity);
  for (size_t i = 0; i < writer->history_count; i++) history[i] = *retained(writer, i);
  whorl__free(writer->history);
  writer->history = history;
  writer->history_capacity = capacity;
  writer->history_head = 0;
  return WHORL_OK;
}

static void retain(sim_writer_t *writer, sim_sample_t *sample)
{
  if (writer->endpoint.qos.durability != WHORL_DURABILITY_TRANSIENT_LOCAL) return;
  if (writer->history_count == writer->history_capacity) {
    whorl__sample_unref(&(*retained(writer, 0))->base);
    writer->history_head = (writer->history_head + 1) % writer->history_capacity;
    writer->history_count--;
  }
  whorl__sample_ref(&sample->base);
  *retained(writer, writer->history_count) = sample;
  writer->history_count++;
}

size_t whorl__sim_history_needs(const sim_path_t *path) { return path->writer->history_count * whorl__sim_send_needs(path); }

void whorl__sim_send_history(sim_path_t *path)
{
  sim_writer_t *writer = path->writer;
  int64_t now_ns = whorl__sim_system_ns(writer->base.participant), lifespan_ns = writer->endpoint.qos.lifespan_ns;
  uint64_t before = writer->sequence - writer->history_count; // what it had forgotten when they met is no loss
  if (path->received < before) path->received = before;
  for (size_t i = 0; i < writer->history_count; i++) {
    sim_sample_t *sample = *retained(writer, i);
    if (sample->base.sequence <= path->received) continue; // they have met before
    if (now_ns - sample->base.source_timestamp_ns < lifespan_ns) {
      whorl__sim_send(path, sample);
    } else if (path->received == sample->base.sequence - 1) { // the oldest ones, forgotten as well
      path->received = sample->base.sequence;
    }
  }
}

static size_t count_needs(const sim_writer_t *writer)
{
  size_t needed = 0;
  const whorl__list_t *paths = &writer->endpoint.paths;
  for (const whorl__link_t *link = whorl__list_first(paths); link != NULL; link = whorl__list_next(paths, link)) {
    const sim_path_t *path = WHORL__CONTAINER(link, sim_path_t, writer_link);
    if (path->met) needed += whorl__sim_send_needs(path);
  }
  return needed;
}

// Stamps the sample, retains it and sends it to every matched reader. Lock held.
static int publish(sim_writer_t *writer, sim_sample_t *sample)
{
  whorl__sim_network_t *network = writer->endpoint.participant->network;
  if (writer->endpoint.participant->dead) return WHORL_OK; // it does not know
  WHORL_TRY(whorl__sim_reserve_deliveries(network, count_needs(writer)));
  WHORL_TRY(reserve_history(writer));
  sample->base.source_timestamp_ns = whorl__sim_system_ns(writer->base.participant);
  sample->base.sequence = ++writer->sequence;
  memcpy(sample->base.publisher_gid, writer->base.gid, sizeof sample->base.publisher_gid);
  retain(writer, sample);
  whorl__sim_watch_written(writer);
  const whorl__list_t *paths = &writer->endpoint.paths;
  for (const whorl__link_t *link = whorl__list_first(paths); link != NULL; link = whorl__list_next(paths, link)) {
    sim_path_t *path = WHORL__CONTAINER(link, sim_path_t, writer_link);
    if (path->met && !path->reader->endpoint.closed) whorl__sim_send(path, sample);
  }
  return WHORL_OK;
}

static bool throttled(whorl__sim_network_t *network)
{
  pthread_mutex_lock(&network->lock);
  bool refused = network->throttled_writes > 0;
  if (refused) network->throttled_writes--;
  pthread_mutex_unlock(&network->lock);
  return refused;
}

// Takes over the message or the bytes in every outcome.
static int write_sample(sim_writer_t *writer, const whorl__service_header_t *header, whorl__message_t *message, whorl__cdr_t *cdr)
{
  whorl__sim_network_t *network = writer->endpoint.participant->network;
  sim_sample_t *sample = whorl__sim_sample_new(network, writer->base.type, message, cdr);
  if (sample == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a sample of %s", writer->endpoint.dds_topic);
  if (header != NULL) whorl__sample_set_header(&sample->base, header);
  if (cdr != NULL && writer->endpoint.has_header) whorl__sample_read_header(&sample->base);
  pthread_mutex_lock(&network->lock);
  int status = publish(writer, sample);
  pthread_mutex_unlock(&network->lock);
  whorl__sample_unref(&sample->base);
  return status;
}

static int refuse_throttled(void) { return whorl__fail_plain(WHORL_WOULD_BLOCK); }

int whorl__sim_write(whorl__writer_t *base, whorl__message_t *message)
{
  sim_writer_t *writer = sim_writer_of(base);
  assert(message->type == base->type);
  if (throttled(writer->endpoint.participant->network)) return refuse_throttled();
  return write_sample(writer, NULL, message, NULL);
}

int whorl__sim_write_service(whorl__writer_t *base, const whorl__service_header_t *header, whorl__message_t *message)
{
  sim_writer_t *writer = sim_writer_of(base);
  assert(message->type == base->type);
  if (throttled(writer->endpoint.participant->network)) return refuse_throttled();
  return write_sample(writer, header, message, NULL);
}

int whorl__sim_write_copy(whorl__writer_t *base, const void *native)
{
  sim_writer_t *writer = sim_writer_of(base);
  if (throttled(writer->endpoint.participant->network)) return refuse_throttled();
  whorl__message_t *message = whorl__message_new(base->type);
  if (message == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a %s", base->type->ros_name);
  int status = whorl__type_copy(base->type, native, message->native);
  if (status != WHORL_OK) {
    whorl__message_unref(message);
    return status;
  }
  return write_sample(writer, NULL, message, NULL);
}

int whorl__sim_write_cdr(whorl__writer_t *base, const uint8_t *bytes, size_t size)
{
  sim_writer_t *writer = sim_writer_of(base);
  if (size < WHORL__CDR_HEADER) return whorl__fail(WHORL_MALFORMED, "serialised message has %zu bytes, less than its 4-byte header", size);
  if (throttled(writer->endpoint.participant->network)) return refuse_throttled();
  whorl__cdr_t *cdr = whorl__cdr_new(base->type, size);
  if (cdr == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for %zu bytes of %s", size, base->type->ros_name);
  memcpy(cdr->bytes, bytes, size);
  return write_sample(writer, NULL, NULL, cdr);
}

// Two that are matched know each other here.
void whorl__sim_writer_hearing(whorl__writer_t *writer, const uint8_t reader_gid[16], whorl__hearing_t *ret_hearing)
{
  (void)writer, (void)reader_gid;
  *ret_hearing = (whorl__hearing_t){.in_touch = true};
}

// Delivered is acknowledged. Virtual time stands still while this call waits, so what is not delivered now will not be in time.
int whorl__sim_writer_wait_acknowledged(whorl__writer_t *base, int64_t timeout_ns)
{
  sim_writer_t *writer = sim_writer_of(base);
  whorl__sim_network_t *network = writer->endpoint.participant->network;
  pthread_mutex_lock(&network->lock);
  size_t open = 0;
  const whorl__list_t *paths = &writer->endpoint.paths;
  for (const whorl__link_t *link = whorl__list_first(paths); link != NULL; link = whorl__list_next(paths, link)) {
    const sim_path_t *path = WHORL__CONTAINER(link, sim_path_t, writer_link);
    open += path->met && sim_is_reliable(path) && !whorl__list_empty(&path->deliveries);
  }
  pthread_mutex_unlock(&network->lock);
  if (open == 0) return WHORL_OK;
  return whorl__fail(WHORL_TIMED_OUT, "%zu readers of %s have not acknowledged everything within %lld ns", open, writer->endpoint.dds_topic,
                     (long long)timeout_ns);
}
