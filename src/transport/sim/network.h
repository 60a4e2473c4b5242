// What the files of sim/ share.
//
// A network owns participants, these own endpoints; a match ties one writer to one reader and hangs in both. A delivery is a sample on its way to a reader; it outlives its
// writer, not its reader. Everything here is guarded by the network's lock, except the sample pool, which has a leaf lock of its own: samples are given
// back from anywhere, also from inside a store.
#ifndef WHORL_TRANSPORT_SIM_NETWORK_H
#define WHORL_TRANSPORT_SIM_NETWORK_H

#include <pthread.h>

#include "base/dds_name.h"
#include "base/heap.h"
#include "base/list.h"
#include "transport/sim/sim.h"

typedef struct sim_sample {
  whorl__sample_t base;
  atomic_uint references; // one per ring, delivery and history that holds it
  whorl__sim_network_t *network;
  struct sim_sample *next_free;
} sim_sample_t;

struct whorl__sim_network {
  pthread_mutex_t lock;
  whorl__sim_options_t options;
  int64_t own_now_ns;
  whorl__list_t participants, writers, readers; // in order of opening
  whorl__heap_t deliveries;
  whorl__list_t free_deliveries;
  uint64_t delivery_order;
  uint32_t participants_opened;
  unsigned throttled_writes;
  pthread_mutex_t pool_lock;
  sim_sample_t *free_samples;
  size_t live_samples;
};

typedef struct sim_participant {
  whorl__participant_t base;
  whorl__link_t link;
  whorl__sim_network_t *network;
  uint32_t domain_id, entities_opened;
  size_t endpoints;
  void (*change)(void *arg);
  void *change_arg;
} sim_participant_t;

// What writers and readers have in common.
typedef struct sim_endpoint {
  whorl__link_t link; // in the network's writers or readers
  sim_participant_t *participant;
  const whorl__type_t *type;
  whorl_qos_t qos;
  char dds_topic[WHORL__DDS_NAME_SIZE];
  char *user_data;
  uint8_t gid[16];
  bool is_writer, ignore_local;
  void (*event)(void *arg, const whorl__endpoint_event_t *event);
  void *arg;
  whorl__list_t matches;    // match.writer_link or match.reader_link
  whorl__list_t deliveries; // on their way from this writer or to this reader
  uint32_t matched, matched_total, incompatible_total, lost_total;
} sim_endpoint_t;

typedef struct sim_writer {
  whorl__writer_t base;
  sim_endpoint_t endpoint;
  int64_t last_due_ns; // later writes are never due earlier
  uint64_t sequence;
  sim_sample_t **history; // transient local: a ring of history_capacity entries
  size_t history_capacity, history_head, history_count;
} sim_writer_t;

typedef struct sim_reader {
  whorl__reader_t base;
  sim_endpoint_t endpoint;
} sim_reader_t;

typedef struct sim_match {
  whorl__link_t writer_link, reader_link;
  sim_writer_t *writer;
  sim_reader_t *reader;
} sim_match_t;

typedef struct sim_delivery {
  whorl__heap_node_t node;
  whorl__link_t writer_link, reader_link; // writer_link also chains the free ones
  int64_t due_ns, expiry_ns;
  uint64_t order;
  sim_sample_t *sample;
  sim_writer_t *writer; // NULL when it was closed meanwhile
  sim_reader_t *reader;
} sim_delivery_t;

extern const whorl__transport_ops_t whorl__sim_ops;

static inline sim_participant_t *sim_participant_of(whorl__participant_t *base) { return WHORL__CONTAINER(base, sim_participant_t, base); }
static inline sim_writer_t *sim_writer_of(whorl__writer_t *base) { return WHORL__CONTAINER(base, sim_writer_t, base); }
static inline sim_reader_t *sim_reader_of(whorl__reader_t *base) { return WHORL__CONTAINER(base, sim_reader_t, base); }

int64_t whorl__sim_steady_ns(const whorl__sim_network_t *network);
int64_t whorl__sim_system_ns(whorl__participant_t *participant);

// sample.c: takes over `message` and `cdr` as whorl__sample_init does, also on failure (NULL).
sim_sample_t *whorl__sim_sample_new(whorl__sim_network_t *network, const whorl__type_t *type, whorl__message_t *message, whorl__cdr_t *cdr);

// delivery.c; lock held
int whorl__sim_reserve_deliveries(whorl__sim_network_t *network, size_t count); // NO_MEMORY; afterwards that many sends cannot fail
void whorl__sim_send(sim_writer_t *writer, sim_reader_t *reader, sim_sample_t *sample, int64_t due_ns);
void whorl__sim_forget_reader(sim_reader_t *reader);
void whorl__sim_forget_writer(sim_writer_t *writer);

// match.c; lock held
int whorl__sim_join(sim_endpoint_t *endpoint); // NO_MEMORY: nothing happened; else matched, hooks called, retained data on its way
void whorl__sim_leave(sim_endpoint_t *endpoint);
void whorl__sim_announce(whorl__sim_network_t *network, uint32_t domain_id); // calls the discovery hooks

// endpoint.c, writer.c, discovery.c: entries of the operations table
int whorl__sim_writer_open(whorl__participant_t *participant, const whorl__endpoint_options_t *options, whorl__writer_t **ret_writer);
int whorl__sim_reader_open(whorl__participant_t *participant, const whorl__endpoint_options_t *options, whorl__reader_t **ret_reader);
void whorl__sim_writer_close(whorl__writer_t *writer);
void whorl__sim_reader_close(whorl__reader_t *reader);
uint32_t whorl__sim_writer_matched(whorl__writer_t *writer);
uint32_t whorl__sim_reader_matched(whorl__reader_t *reader);
int whorl__sim_write(whorl__writer_t *writer, whorl__message_t *message);
int whorl__sim_write_copy(whorl__writer_t *writer, const void *native);
int whorl__sim_write_cdr(whorl__writer_t *writer, const uint8_t *bytes, size_t size);
int whorl__sim_writer_wait_acknowledged(whorl__writer_t *writer, int64_t timeout_ns);
void whorl__sim_send_history(sim_writer_t *writer, sim_reader_t *reader); // retained samples to a late joiner; deliveries are reserved
int whorl__sim_discovery_visit(whorl__participant_t *participant, void (*visit)(void *arg, const whorl__remote_endpoint_t *endpoint),
                               void *arg);
void whorl__sim_discovery_hook(whorl__participant_t *participant, void (*change)(void *arg), void *arg);

#endif
