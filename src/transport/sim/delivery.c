// The way of a sample from its writer to a reader.
//
// What will become of it is drawn when it is sent: how often it is lost, how long it takes, whether it comes twice. Only partitions are looked at when it arrives. Reliable
// data is lost so and so often and comes that much later; everything behind it waits, as in the reader's reordering buffer of DDS. Best-effort data that was held back is
// overtaken, and then ignored by the reader, as DDS does.
#include <assert.h>
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "transport/sim/network.h"
#include "whorl/status.h"
#include "whorl/time.h"

int whorl__sim_reserve_deliveries(whorl__sim_network_t *network, size_t count)
{
  size_t there = 0;
  const whorl__link_t *link = whorl__list_first(&network->free_deliveries);
  for (; link != NULL && there < count; link = whorl__list_next(&network->free_deliveries, link)) there++;
  for (; there < count; there++) {
    sim_delivery_t *delivery = whorl__alloc(sizeof *delivery);
    if (delivery == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for %zu deliveries", count);
    whorl__list_append(&network->free_deliveries, &delivery->link);
  }
  return WHORL_OK;
}

size_t whorl__sim_send_needs(const sim_path_t *path) { return whorl__sim_faults(path->pair, path->end)->duplication > 0 ? 2 : 1; }

// --- sending

static int64_t or_10_ms(int64_t ns) { return ns != 0 ? ns : WHORL_MILLISECONDS(10); }

// When something that is sent now is due; the order is kept unless this one is held back.
static int64_t draw_due(sim_path_t *path, const whorl__sim_faults_t *faults, unsigned repeats)
{
  int64_t due_ns = whorl__time_after(whorl__sim_steady_ns(path->reader->endpoint.participant->network), faults->delay_ns);
  due_ns = whorl__time_after(due_ns, whorl__sim_up_to(&path->random, faults->delay_spread_ns));
  for (unsigned i = 0; i < repeats; i++) due_ns = whorl__time_after(due_ns, or_10_ms(faults->retransmission_ns));
  bool held = whorl__sim_chance(&path->random, faults->reordering);
  if (held) due_ns = whorl__time_after(due_ns, whorl__sim_up_to(&path->random, or_10_ms(faults->reordering_delay_ns)));
  if (due_ns < path->last_due_ns) due_ns = path->last_due_ns;
  if (!held || sim_is_reliable(path)) path->last_due_ns = due_ns;
  return due_ns;
}

static void arrive(whorl__sim_network_t *network, sim_event_t *event);

// A lifespan counts from the source timestamp, in system time.
static sim_delivery_t *put_on_path(sim_path_t *path, sim_sample_t *sample)
{
  whorl__sim_network_t *network = path->reader->endpoint.participant->network;
  whorl__link_t *link = whorl__list_pop(&network->free_deliveries);
  assert(link != NULL); // reserved
  sim_delivery_t *delivery = WHORL__CONTAINER(link, sim_delivery_t, link);
  *delivery = (sim_delivery_t){.event.happen = arrive,
                               .expiry_ns = whorl__time_after(sample->base.source_timestamp_ns, path->writer->endpoint.qos.lifespan_ns),
                               .sample = sample,
                               .path = path};
  whorl__sample_ref(&sample->base);
  whorl__list_append(&path->deliveries, &delivery->link);
  return delivery;
}

static unsigned draw_losses(sim_path_t *path, const whorl__sim_faults_t *faults)
{
  unsigned losses = 0;
  while (whorl__sim_chance(&path->random, faults->loss)) losses++; // less than 1: that would be blocked
  return losses;
}

void whorl__sim_send(sim_path_t *path, sim_sample_t *sample)
{
  whorl__sim_network_t *network = path->reader->endpoint.participant->network;
  const whorl__sim_faults_t *faults = whorl__sim_faults(path->pair, path->end);
  bool blocked = whorl__sim_blocked(path);
  whorl__sim_note_sample(path, "send", sample);
  if (!sim_is_reliable(path) && (blocked || whorl__sim_chance(&path->random, faults->loss))) {
    whorl__sim_note_sample(path, "lose", sample);
    return;
  }
  sim_delivery_t *delivery = put_on_path(path, sample);
  if (blocked) { // until whorl__sim_resume
    whorl__sim_note_sample(path, "hold", sample);
    return;
  }
  if (sim_is_reliable(path)) delivery->repeats = draw_losses(path, faults);
  for (unsigned i = 0; i < delivery->repeats; i++) whorl__sim_note_sample(path, "lose", sample);
  int64_t due_ns = draw_due(path, faults, delivery->repeats);
  whorl__sim_arm(network, &delivery->event, due_ns);
  if (!whorl__sim_chance(&path->random, faults->duplication)) return;
  sim_delivery_t *copy = put_on_path(path, sample);
  copy->copy = true;
  whorl__sim_arm(network, &copy->event, whorl__time_after(due_ns, whorl__sim_up_to(&path->random, faults->delay_spread_ns)));
}

void whorl__sim_resume(sim_path_t *path)
{
  whorl__sim_network_t *network = path->reader->endpoint.participant->network;
  const whorl__sim_faults_t *faults = whorl__sim_faults(path->pair, path->end);
  bool waited = false;  // somebody did: then those behind him must not overtake
  int64_t ahead_ns = 0; // when the last one before him is due
  for (whorl__link_t *link = whorl__list_first(&path->deliveries); link != NULL; link = whorl__list_next(&path->deliveries, link)) {
    sim_delivery_t *delivery = WHORL__CONTAINER(link, sim_delivery_t, link);
    if (delivery->copy) continue;
    if (!waited && delivery->event.node.queued) {
      ahead_ns = delivery->event.due_ns;
      continue;
    }
    if (!waited) path->last_due_ns = ahead_ns;
    waited = true;
    int64_t due_ns = draw_due(path, faults, draw_losses(path, faults));
    if (delivery->event.node.queued && delivery->event.due_ns > due_ns) path->last_due_ns = due_ns = delivery->event.due_ns;
    whorl__sim_arm(network, &delivery->event, due_ns);
  }
}

// --- arriving

// Off its path; gives the sample with the delivery's reference.
static sim_sample_t *take_off(whorl__sim_network_t *network, sim_delivery_t *delivery)
{
  whorl__sim_disarm(network, &delivery->event);
  whorl__list_remove(&delivery->link);
  whorl__list_append(&network->free_deliveries, &delivery->link);
  return delivery->sample;
}

void whorl__sim_drop_deliveries(sim_path_t *path, bool waiting_only)
{
  whorl__sim_network_t *network = path->reader->endpoint.participant->network;
  for (whorl__link_t *link = whorl__list_first(&path->deliveries), *next; link != NULL; link = next) {
    next = whorl__list_next(&path->deliveries, link);
    sim_delivery_t *delivery = WHORL__CONTAINER(link, sim_delivery_t, link);
    if (waiting_only && delivery->event.node.queued) continue;
    whorl__sample_unref(&take_off(network, delivery)->base);
  }
}

// A reader with another description of the same type (two copies of a message package in one process) gets it by way of CDR.
static sim_sample_t *convert(whorl__sim_network_t *network, sim_sample_t *sample, const whorl__type_t *type)
{
  const whorl__cdr_t *cdr = NULL;
  whorl__cdr_t *copy = NULL;
  if (whorl__sample_cdr(&sample->base, &cdr) == WHORL_OK) copy = whorl__cdr_new(type, cdr->size);
  if (copy == NULL) return NULL;
  memcpy(copy->bytes, cdr->bytes, cdr->size);
  sim_sample_t *converted = whorl__sim_sample_new(network, type, NULL, copy);
  if (converted == NULL) return NULL;
  if (sample->base.has_header) whorl__sample_set_header(&converted->base, &sample->base.header);
  converted->base.source_timestamp_ns = sample->base.source_timestamp_ns;
  converted->base.sequence = sample->base.sequence;
  memcpy(converted->base.publisher_gid, sample->base.publisher_gid, sizeof sample->base.publisher_gid);
  return converted;
}

void whorl__sim_lose(sim_reader_t *reader, uint32_t count)
{
  sim_endpoint_t *endpoint = &reader->endpoint;
  endpoint->lost_total += count;
  whorl__endpoint_event_t lost = {.kind = WHORL__EVENT_SAMPLE_LOST, .total = endpoint->lost_total};
  if (endpoint->event != NULL) endpoint->event(endpoint->arg, &lost);
}

static void store(whorl__sim_network_t *network, sim_reader_t *reader, sim_sample_t *sample, int64_t expiry_ns)
{
  if (sample->base.type == reader->base.type) {
    whorl__reader_store(&reader->base, &sample->base, expiry_ns);
    return;
  }
  sim_sample_t *converted = convert(network, sample, reader->base.type);
  if (converted == NULL) {
    whorl__sim_lose(reader, 1);
    return;
  }
  whorl__reader_store(&reader->base, &converted->base, expiry_ns);
  whorl__sample_unref(&converted->base);
}

// Can it not get through now? A process that died sends nothing again, but what has left it arrives.
static bool stopped(const sim_delivery_t *delivery)
{
  const sim_path_t *path = delivery->path;
  if (path->reader->endpoint.participant->dead || path->reader->endpoint.closed) return true;
  if (path->writer == NULL || !whorl__sim_blocked(path)) return false;
  return !path->writer->endpoint.participant->dead || delivery->repeats > 0;
}

// What the reader makes of it. A copy of reliable data that waits is of no use: the original will come.
static bool is_new(sim_path_t *path, const sim_delivery_t *delivery)
{
  uint64_t sequence = delivery->sample->base.sequence, gap = sequence - path->received - 1;
  if (sequence <= path->received || (delivery->copy && sim_is_reliable(path))) {
    whorl__sim_note_sample(path, delivery->copy ? "ignore copy" : "ignore overtaken", delivery->sample);
    return false;
  }
  path->received = sequence;
  if (gap > 0 && !sim_is_reliable(path)) whorl__sim_lose(path->reader, (uint32_t)gap);
  return true;
}

static void arrive(whorl__sim_network_t *network, sim_event_t *event)
{
  sim_delivery_t *delivery = WHORL__CONTAINER(event, sim_delivery_t, event);
  sim_path_t *path = delivery->path;
  bool stop = stopped(delivery);
  if (stop && sim_is_reliable(path) && !delivery->copy && path->writer != NULL) {
    whorl__sim_note_sample(path, "hold", delivery->sample);
    return; // off the heap, still on the path
  }
  bool fresh = !stop && is_new(path, delivery);
  int64_t expiry_ns = delivery->expiry_ns;
  sim_sample_t *sample = take_off(network, delivery);
  if (stop) whorl__sim_note_sample(path, "lose", sample);
  if (fresh) {
    whorl__sim_note_sample(path, "arrive", sample);
    if (path->writer != NULL) whorl__sim_watch_heard(path);
    whorl__sim_watch_stored(path->reader);
    store(network, path->reader, sample, expiry_ns);
  }
  whorl__sample_unref(&sample->base);
  whorl__sim_release_path(path);
}
