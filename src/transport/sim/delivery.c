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
    whorl__list_append(&network->free_deliveries, &delivery->writer_link);
  }
  return WHORL_OK;
}

// A lifespan counts from the source timestamp, in system time.
static int64_t expiry_of(const sim_writer_t *writer, const sim_sample_t *sample)
{
  int64_t lifespan_ns = writer->endpoint.qos.lifespan_ns, stamp_ns = sample->base.source_timestamp_ns;
  return lifespan_ns > WHORL_FOREVER - stamp_ns ? WHORL_FOREVER : stamp_ns + lifespan_ns;
}

void whorl__sim_send(sim_writer_t *writer, sim_reader_t *reader, sim_sample_t *sample, int64_t due_ns)
{
  whorl__sim_network_t *network = writer->endpoint.participant->network;
  whorl__link_t *link = whorl__list_pop(&network->free_deliveries);
  assert(link != NULL); // reserved
  sim_delivery_t *delivery = WHORL__CONTAINER(link, sim_delivery_t, writer_link);
  *delivery = (sim_delivery_t){.due_ns = due_ns,
                               .expiry_ns = expiry_of(writer, sample),
                               .order = network->delivery_order++,
                               .sample = sample,
                               .writer = writer,
                               .reader = reader};
  whorl__sample_ref(&sample->base);
  whorl__list_append(&writer->endpoint.deliveries, &delivery->writer_link);
  whorl__list_append(&reader->endpoint.deliveries, &delivery->reader_link);
  whorl__heap_push(&network->deliveries, &delivery->node);
}

// Out of the heap and the lists; gives the sample with the delivery's reference.
static sim_sample_t *finish(whorl__sim_network_t *network, sim_delivery_t *delivery)
{
  whorl__heap_remove(&network->deliveries, &delivery->node);
  whorl__list_remove(&delivery->reader_link);
  if (delivery->writer != NULL) whorl__list_remove(&delivery->writer_link);
  whorl__list_append(&network->free_deliveries, &delivery->writer_link);
  return delivery->sample;
}

void whorl__sim_forget_reader(sim_reader_t *reader)
{
  whorl__sim_network_t *network = reader->endpoint.participant->network;
  whorl__link_t *link;
  while ((link = whorl__list_first(&reader->endpoint.deliveries)) != NULL) {
    whorl__sample_unref(&finish(network, WHORL__CONTAINER(link, sim_delivery_t, reader_link))->base);
  }
}

void whorl__sim_forget_writer(sim_writer_t *writer)
{
  whorl__link_t *link;
  while ((link = whorl__list_pop(&writer->endpoint.deliveries)) != NULL) WHORL__CONTAINER(link, sim_delivery_t, writer_link)->writer = NULL;
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
  converted->base.source_timestamp_ns = sample->base.source_timestamp_ns;
  converted->base.sequence = sample->base.sequence;
  memcpy(converted->base.publisher_gid, sample->base.publisher_gid, sizeof sample->base.publisher_gid);
  return converted;
}

static void store(whorl__sim_network_t *network, sim_reader_t *reader, sim_sample_t *sample, int64_t expiry_ns)
{
  if (sample->base.type == reader->base.type) {
    whorl__ring_store(&reader->base.ring, &sample->base, expiry_ns);
    return;
  }
  sim_sample_t *converted = convert(network, sample, reader->base.type);
  if (converted != NULL) {
    whorl__ring_store(&reader->base.ring, &converted->base, expiry_ns);
    whorl__sample_unref(&converted->base);
    return;
  }
  whorl__endpoint_event_t lost = {.kind = WHORL__EVENT_SAMPLE_LOST, .total = ++reader->endpoint.lost_total};
  if (reader->endpoint.event != NULL) reader->endpoint.event(reader->endpoint.arg, &lost);
}

int64_t whorl__sim_next_delivery(whorl__sim_network_t *network)
{
  pthread_mutex_lock(&network->lock);
  const whorl__heap_node_t *top = whorl__heap_top(&network->deliveries);
  int64_t due_ns = top != NULL ? WHORL__CONTAINER(top, sim_delivery_t, node)->due_ns : WHORL_FOREVER;
  pthread_mutex_unlock(&network->lock);
  return due_ns;
}

size_t whorl__sim_deliver(whorl__sim_network_t *network)
{
  int64_t now_ns = whorl__sim_steady_ns(network);
  size_t delivered = 0;
  pthread_mutex_lock(&network->lock);
  for (;;) {
    const whorl__heap_node_t *top = whorl__heap_top(&network->deliveries);
    if (top == NULL) break;
    sim_delivery_t *delivery = WHORL__CONTAINER(top, sim_delivery_t, node);
    if (delivery->due_ns > now_ns) break;
    sim_reader_t *reader = delivery->reader;
    int64_t expiry_ns = delivery->expiry_ns;
    sim_sample_t *sample = finish(network, delivery);
    store(network, reader, sample, expiry_ns);
    whorl__sample_unref(&sample->base);
    delivered++;
  }
  pthread_mutex_unlock(&network->lock);
  return delivered;
}
