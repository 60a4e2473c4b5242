// Writers: native messages by pointer to local readers (audience.c), CDR for the wire.
//
// A native message is serialised by Cyclone's asking, except where remote readers are known to listen: then before the write, so that a message that
// cannot be expressed is a status and not an empty sample on the wire.
#include <assert.h>
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "message/cdr.h"
#include "transport/cyclone/cyclone.h"
#include "transport/cyclone/tsan.h"
#include "whorl/status.h"

static whorl__cyclone_writer_t *of(whorl__writer_t *writer) { return (whorl__cyclone_writer_t *)writer; }

// --- writing

// Takes over the message reference and the CDR in every outcome. `header`: NULL for a topic.
static int publish(whorl__cyclone_writer_t *writer, const whorl__service_header_t *header, whorl__message_t *message, whorl__cdr_t *cdr)
{
  whorl__cyclone_endpoint_t *endpoint = &writer->endpoint;
  whorl__serdata_t *serdata = whorl__serdata_new(endpoint->companion, endpoint->sertype, message, cdr);
  if (serdata == NULL) {
    if (message != NULL) whorl__message_unref(message);
    if (cdr != NULL) whorl__cdr_free(cdr);
    return whorl__fail_plain(WHORL_NO_MEMORY);
  }
  if (header != NULL) whorl__sample_set_header(&serdata->sample, header);
  if (cdr != NULL && ((const whorl__sertype_t *)(const void *)endpoint->sertype)->has_header) whorl__sample_read_header(&serdata->sample);
  serdata->stamped = true; // before other threads can see it
  serdata->sample.source_timestamp_ns = serdata->dds.timestamp.v = dds_time();
  memcpy(serdata->sample.publisher_gid, writer->base.gid, sizeof writer->base.gid);
  if (cdr == NULL && atomic_load_explicit(&writer->audience.has_remote, memory_order_relaxed)) {
    const whorl__cdr_t *made;
    int status = whorl__sample_cdr(&serdata->sample, &made);
    if (status < 0) {
      ddsi_serdata_unref(&serdata->dds);
      return status;
    }
  }
  if (whorl__audience_deliver(writer, serdata)) return WHORL_OK;
  WHORL__GIVE(serdata);
  dds_return_t code = dds_forwardcdr(endpoint->entity, &serdata->dds);
  if (code == DDS_RETCODE_OK) return WHORL_OK;
  if (code == DDS_RETCODE_TIMEOUT)
    return whorl__fail(WHORL_WOULD_BLOCK, "writer of '%s' is throttled: its readers have not acknowledged enough yet", endpoint->name);
  // Cyclone consumed the sample unless it did not get as far as the writer.
  if (code != DDS_RETCODE_ERROR) ddsi_serdata_unref(&serdata->dds);
  return whorl__cyclone_fail(code, "message on '%s' cannot be written", endpoint->name);
}

// --- new servers
//
// A server's reader is matched here before it knows this writer: until then it hears nothing, and gets what came first by retransmission, as far as the history goes back. So no more
// than that is written before it has acknowledged once, for a second at most: it may have died meanwhile.

static const int64_t longest_wait_ns = DDS_SECS(1);

// Several threads may come here: none waits for longer than it must, and what one finds out counts for all.
static bool must_wait(whorl__cyclone_writer_t *writer)
{
  unsigned arrivals = atomic_load(&writer->arrivals);
  if (writer->kept == 0 || atomic_load(&writer->heard) == arrivals) return false;
  if (atomic_load(&writer->unheard) < writer->kept) {
    atomic_fetch_add(&writer->unheard, 1);
    return false;
  }
  long long until_ns = atomic_load(&writer->until_ns);
  if (dds_wait_for_acks(writer->endpoint.entity, 0) == DDS_RETCODE_TIMEOUT) {
    if (until_ns == 0) atomic_store(&writer->until_ns, ddsrt_time_monotonic().v + longest_wait_ns);
    if (until_ns == 0 || ddsrt_time_monotonic().v < until_ns) return true;
  }
  atomic_store(&writer->heard, arrivals);
  atomic_store(&writer->unheard, 0);
  atomic_store(&writer->until_ns, 0);
  return false;
}

int whorl__cyclone_write_service(whorl__writer_t *base, const whorl__service_header_t *header, whorl__message_t *message)
{
  whorl__cyclone_writer_t *writer = of(base);
  assert(message->type == base->type);
  whorl__audience_look(writer);
  if (must_wait(writer))
    return whorl__fail(WHORL_WOULD_BLOCK, "client of '%s' waits until its new server has acknowledged its first requests",
                       writer->endpoint.name);
  whorl__message_ref(message); // stays the caller's when throttled
  int status = publish(writer, header, message, NULL);
  if (status != WHORL_WOULD_BLOCK) whorl__message_unref(message);
  return status;
}

int whorl__cyclone_write(whorl__writer_t *base, whorl__message_t *message) { return whorl__cyclone_write_service(base, NULL, message); }

static int encode(const whorl__type_t *type, const void *native, whorl__cdr_t **ret_cdr)
{
  size_t size;
  int status = whorl__cdr_size(type, native, &size);
  if (status < 0) return status;
  whorl__cdr_t *cdr = whorl__cdr_new(type, size);
  if (cdr == NULL) return whorl__fail_plain(WHORL_NO_MEMORY);
  status = whorl__cdr_encode(type, native, cdr->bytes, size, &size);
  if (status < 0) {
    whorl__cdr_free(cdr);
    return status;
  }
  *ret_cdr = cdr;
  return WHORL_OK;
}

int whorl__cyclone_write_copy(whorl__writer_t *base, const void *native)
{
  whorl__cyclone_writer_t *writer = of(base);
  whorl__audience_look(writer);
  if (!atomic_load_explicit(&writer->audience.has_local, memory_order_relaxed)) {
    whorl__cdr_t *cdr = NULL;
    int status = encode(base->type, native, &cdr);
    return status < 0 ? status : publish(writer, NULL, NULL, cdr);
  }
  whorl__message_t *message = whorl__message_new(base->type);
  if (message == NULL) return whorl__fail_plain(WHORL_NO_MEMORY);
  int status = whorl__type_copy(base->type, native, message->native);
  if (status < 0) {
    whorl__message_unref(message);
    return status;
  }
  return publish(writer, NULL, message, NULL);
}

int whorl__cyclone_write_cdr(whorl__writer_t *base, const uint8_t *bytes, size_t size)
{
  if (size < WHORL__CDR_HEADER) return whorl__fail(WHORL_MALFORMED, "serialised message has %zu bytes, less than its 4-byte header", size);
  if (size > INT32_MAX)
    return whorl__fail(WHORL_LIMIT_EXCEEDED, "serialised message has %zu bytes, at most %d can be sent", size, INT32_MAX);
  whorl__cdr_t *cdr = whorl__cdr_new(base->type, size);
  if (cdr == NULL) return whorl__fail_plain(WHORL_NO_MEMORY);
  memcpy(cdr->bytes, bytes, size);
  whorl__audience_look(of(base));
  return publish(of(base), NULL, NULL, cdr);
}

// --- life

int whorl__cyclone_writer_open(whorl__participant_t *participant, const whorl__endpoint_options_t *options, whorl__writer_t **ret_writer)
{
  whorl__cyclone_writer_t *writer = whorl__alloc(sizeof *writer);
  if (writer == NULL) return whorl__fail_plain(WHORL_NO_MEMORY);
  writer->base.participant = participant;
  writer->base.type = options->type;
  if (options->kind == WHORL__DDS_REQUEST && options->qos.history == WHORL_HISTORY_KEEP_LAST) writer->kept = (uint32_t)options->qos.depth;
  whorl__cyclone_endpoint_t *endpoint = &writer->endpoint;
  int status = whorl__cyclone_endpoint_open(endpoint, participant, options);
  if (status < 0) goto free_writer;
  whorl__audience_init(&writer->audience, options);
  atomic_store(&writer->audience.seen_generation, atomic_load(&endpoint->participant->domain->match_generation) - 1);
  dds_qos_t *qos;
  status = whorl__cyclone_qos_make(options, true, &qos);
  if (status < 0) goto close_endpoint;
  dds_listener_t *listener = whorl__cyclone_writer_listener(writer);
  if (listener == NULL) {
    status = whorl__fail_plain(WHORL_NO_MEMORY);
    goto delete_qos;
  }
  WHORL__GIVE(endpoint);
  endpoint->entity = dds_create_writer(endpoint->participant->publisher, endpoint->topic, qos, listener);
  dds_delete_listener(listener);
  if (endpoint->entity < 0) {
    status = whorl__cyclone_fail(endpoint->entity, "writer of '%s' cannot be opened", options->topic);
    goto delete_qos;
  }
  dds_delete_qos(qos);
  dds_guid_t guid;
  dds_get_guid(endpoint->entity, &guid);
  memcpy(writer->base.gid, guid.v, sizeof writer->base.gid);
  dds_get_instance_handle(endpoint->entity, &writer->base.instance);
  // Else every write would create the one instance of the keyless type and hand it to the garbage collector. The sample is not looked at.
  dds_instance_handle_t instance;
  dds_register_instance(endpoint->entity, &instance, writer);
  *ret_writer = &writer->base;
  return WHORL_OK;

delete_qos:
  dds_delete_qos(qos);
close_endpoint:
  whorl__audience_fini(writer);
  whorl__cyclone_endpoint_close(endpoint);
free_writer:
  whorl__free(writer);
  return status;
}

void whorl__cyclone_writer_close(whorl__writer_t *base)
{
  whorl__cyclone_writer_t *writer = of(base);
  dds_delete(writer->endpoint.entity);
  WHORL__TAKE(&writer->endpoint);
  whorl__audience_fini(writer);
  whorl__cyclone_endpoint_close(&writer->endpoint);
  whorl__free(writer);
}

uint32_t whorl__cyclone_writer_matched(whorl__writer_t *writer) { return atomic_load(&of(writer)->endpoint.matched); }

int whorl__cyclone_writer_wait_acknowledged(whorl__writer_t *base, int64_t timeout_ns)
{
  const whorl__cyclone_endpoint_t *endpoint = &of(base)->endpoint;
  dds_return_t code = dds_wait_for_acks(endpoint->entity, timeout_ns); // DDS_INFINITY is WHORL_FOREVER
  if (code == DDS_RETCODE_OK) return WHORL_OK;
  if (code == DDS_RETCODE_TIMEOUT)
    return whorl__fail(WHORL_TIMED_OUT, "readers of '%s' have not acknowledged everything yet", endpoint->name);
  return whorl__cyclone_fail(code, "waiting for the readers of '%s'", endpoint->name);
}
