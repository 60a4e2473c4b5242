// What the files of sim/ share.
//
// A network owns participants, these own endpoints. Two participants of a domain are a pair: what lies between them. A path ties one writer to one reader that would
// match; it is there from the moment both are, and *met* while they know each other. A delivery is a sample on a path; it outlives its writer, not its reader.
// An endpoint whose close nobody has noticed yet (its process was killed, or the word takes its time) stays as a ghost: silent, until its last path is gone.
// Everything that will happen is an event in one heap. Everything here is guarded by the network's lock, except the sample pool, which has a leaf lock of its own: samples are given
// back from anywhere, also from inside a store.
//
//   network.c participants, clock    event.c the heap       pair.c partition, death, lease    path.c who meets whom
//   endpoint.c open, close, ghosts   writer.c publishing    delivery.c the way of a sample    watch.c deadline, liveliness
#ifndef WHORL_TRANSPORT_SIM_NETWORK_H
#define WHORL_TRANSPORT_SIM_NETWORK_H

#include <pthread.h>

#include "base/dds_name.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/time_after.h"
#include "transport/sim/sim.h"

typedef struct sim_sample {
  whorl__sample_t base;
  atomic_uint references; // one per ring, delivery and history that holds it
  whorl__sim_network_t *network;
  struct sim_sample *next_free;
} sim_sample_t;

typedef struct sim_event { // something that will happen; armed while in the heap
  whorl__heap_node_t node;
  int64_t due_ns;
  uint64_t order;
  bool lapse;      // a limit that runs out: after everything else of its instant, so that what comes just in time is in time
  bool background; // goes on by itself for ever: a network that has nothing else is idle
  void (*happen)(whorl__sim_network_t *network, struct sim_event *event);
} sim_event_t;

struct whorl__sim_network {
  pthread_mutex_t lock;
  whorl__sim_options_t options; // its conditions may change
  _Atomic int64_t own_now_ns;
  whorl__list_t participants, pairs, writers, readers; // in order of opening
  whorl__heap_t events;
  size_t foreground; // events that are not background
  uint64_t event_order;
  whorl__list_t free_deliveries;
  uint32_t participants_opened, groups;
  unsigned throttled_writes;
  void (*trace)(void *arg, const char *line);
  void *trace_arg;
  pthread_mutex_t pool_lock;
  sim_sample_t *free_samples;
  size_t live_samples;
};

typedef struct sim_participant {
  whorl__participant_t base;
  whorl__link_t link;
  whorl__sim_network_t *network;
  uint32_t domain_id, number, entities_opened;
  uint32_t group;      // who has the same one can be reached
  size_t open, ghosts; // endpoints
  bool dead, closed;
  void (*change)(void *arg);
  void *change_arg;
} sim_participant_t;

typedef struct sim_pair { // of two participants, or one and itself
  whorl__link_t link;
  sim_participant_t *ends[2]; // the older one first
  bool known;                 // they have discovered each other
  bool cut;                   // nothing of the one is heard by the other
  sim_event_t change;         // forgets each other, or discovers each other again
  uint64_t random;            // for the time of that
  bool has_faults[2];         // of its own, by the index of the sending end
  whorl__sim_faults_t faults[2];
} sim_pair_t;

// What writers and readers have in common.
typedef struct sim_endpoint {
  whorl__link_t link; // in the network's writers or readers
  sim_participant_t *participant;
  const whorl__type_t *type;
  whorl_qos_t qos;
  char dds_topic[WHORL__DDS_NAME_SIZE];
  char *user_data;
  uint8_t gid[16];
  uint32_t number; // within its participant
  uint64_t random; // for the time of its discovery
  bool is_writer, ignore_local;
  bool has_header;                                                // of a service's topics
  bool announced;                                                 // the other participants know of it
  bool closed;                                                    // a ghost
  void (*event)(void *arg, const whorl__endpoint_event_t *event); // NULL also when nobody may hear any more
  void *arg;
  whorl__list_t paths; // path.writer_link or path.reader_link
  uint32_t matched, matched_total, incompatible_total, lost_total, missed_total, alive;
  sim_event_t announcement; // becomes known, or is forgotten after its close
  sim_event_t deadline;
  int64_t watched_since_ns; // of the deadline: the end of the last period that was counted
} sim_endpoint_t;

typedef struct sim_writer {
  whorl__writer_t base;
  sim_endpoint_t endpoint;
  sim_event_t silence; // manual liveliness
  uint32_t liveliness_lost;
  uint64_t sequence;
  sim_sample_t **history; // transient local: a ring of history_capacity entries
  size_t history_capacity, history_head, history_count;
} sim_writer_t;

typedef struct sim_reader {
  whorl__reader_t base;
  sim_endpoint_t endpoint;
} sim_reader_t;

typedef struct sim_path {
  whorl__link_t writer_link, reader_link;
  sim_writer_t *writer; // NULL: gone, but what it sent is still on its way
  sim_reader_t *reader;
  sim_pair_t *pair; // NULL with the writer
  int end;          // the writer's in the pair
  bool met;
  bool alive;             // the reader takes the writer for alive
  uint32_t writer_ids[2]; // for the trace: participant, endpoint
  uint64_t random;
  uint64_t received;        // the highest sequence number that the reader has seen or was born after
  int64_t last_due_ns;      // later messages are never due earlier
  whorl__list_t deliveries; // in order of sending
  sim_event_t silence;      // the writer's lease as the reader sees it
} sim_path_t;

typedef struct sim_delivery {
  sim_event_t event;  // not armed: it waits for the end of a partition
  whorl__link_t link; // in its path, or among the free ones
  int64_t expiry_ns;
  sim_sample_t *sample;
  sim_path_t *path;
  unsigned repeats; // how often it was lost before
  bool copy;        // a duplicate
} sim_delivery_t;

extern const whorl__transport_ops_t whorl__sim_ops;

static inline sim_participant_t *sim_participant_of(whorl__participant_t *base) { return WHORL__CONTAINER(base, sim_participant_t, base); }
static inline sim_writer_t *sim_writer_of(whorl__writer_t *base) { return WHORL__CONTAINER(base, sim_writer_t, base); }
static inline sim_reader_t *sim_reader_of(whorl__reader_t *base) { return WHORL__CONTAINER(base, sim_reader_t, base); }
static inline bool sim_is_reliable(const sim_path_t *path) { return path->reader->endpoint.qos.reliability == WHORL_RELIABILITY_RELIABLE; }

int64_t whorl__sim_steady_ns(const whorl__sim_network_t *network);
int64_t whorl__sim_system_ns(whorl__participant_t *participant);

// random.c: what comes next for a path. Chance draws only when both outcomes are possible.
uint64_t whorl__sim_random_seed(uint64_t seed, const uint8_t writer[16], const uint8_t reader[16]);
bool whorl__sim_chance(uint64_t *random, double share);
int64_t whorl__sim_up_to(uint64_t *random, int64_t limit);
int64_t whorl__sim_discovery_delay(const whorl__sim_network_t *network, uint64_t *random);

// trace.c; lock held. The line begins with the time.
void whorl__sim_note(whorl__sim_network_t *network, const char *format, ...) __attribute__((format(printf, 2, 3)));
void whorl__sim_note_endpoint(const sim_endpoint_t *endpoint, const char *verb);
void whorl__sim_note_path(const sim_path_t *path, const char *verb);
void whorl__sim_note_sample(const sim_path_t *path, const char *verb, const sim_sample_t *sample);

// event.c; lock held
void whorl__sim_arm(whorl__sim_network_t *network, sim_event_t *event, int64_t due_ns); // again when armed; WHORL_FOREVER: disarms
void whorl__sim_disarm(whorl__sim_network_t *network, sim_event_t *event);              // if armed

// sample.c: takes over `message` and `cdr` as whorl__sample_init does, also on failure (NULL).
sim_sample_t *whorl__sim_sample_new(whorl__sim_network_t *network, const whorl__type_t *type, whorl__message_t *message, whorl__cdr_t *cdr);

// delivery.c; lock held
size_t whorl__sim_send_needs(const sim_path_t *path);                           // deliveries, for one sample
int whorl__sim_reserve_deliveries(whorl__sim_network_t *network, size_t count); // NO_MEMORY; afterwards that many sends cannot fail
void whorl__sim_send(sim_path_t *path, sim_sample_t *sample);                   // what it needs is reserved
void whorl__sim_lose(sim_reader_t *reader, uint32_t count);                     // counts and tells
void whorl__sim_resume(sim_path_t *path);                                       // what waited goes out again, if it can now
void whorl__sim_drop_deliveries(sim_path_t *path, bool waiting_only);

// pair.c; lock held
int whorl__sim_pairs_open(sim_participant_t *participant); // NO_MEMORY
void whorl__sim_pairs_close(sim_participant_t *participant);
sim_pair_t *whorl__sim_pair(const sim_participant_t *one, const sim_participant_t *other); // of one domain
const whorl__sim_faults_t *whorl__sim_faults(const sim_pair_t *pair, int end);
bool whorl__sim_blocked(const sim_path_t *path);
bool whorl__sim_is_remembered(const sim_participant_t *participant); // does any other one know of it?

// path.c; lock held
int whorl__sim_join(
    sim_endpoint_t
        *endpoint); // NO_MEMORY: nothing happened; else listed, matched as far as it is known, hooks called, retained data on its way
void whorl__sim_leave(sim_endpoint_t *endpoint);                           // parts from everybody, unlisted
void whorl__sim_part_locally(sim_endpoint_t *endpoint);                    // from those of its own participant
void whorl__sim_meet_all(whorl__sim_network_t *network, sim_pair_t *pair); // those between two participants that may
void whorl__sim_part_all(whorl__sim_network_t *network, sim_pair_t *pair);
void whorl__sim_release_path(sim_path_t *path);                              // frees it once writer and deliveries are gone
void whorl__sim_announce(whorl__sim_network_t *network, uint32_t domain_id); // calls the discovery hooks

// watch.c; lock held
void whorl__sim_watch_init(sim_endpoint_t *endpoint);
void whorl__sim_watch_stop(sim_endpoint_t *endpoint);
void whorl__sim_watch_written(sim_writer_t *writer);
void whorl__sim_watch_stored(sim_reader_t *reader);
void whorl__sim_watch_path_init(sim_path_t *path);
void whorl__sim_watch_met(sim_path_t *path);
void whorl__sim_watch_parted(sim_path_t *path);
void whorl__sim_watch_heard(sim_path_t *path);         // of the writer, by data
void whorl__sim_watch_cut(sim_path_t *path, bool cut); // or by its process

// endpoint.c, writer.c, discovery.c: entries of the operations table
int whorl__sim_writer_open(whorl__participant_t *participant, const whorl__endpoint_options_t *options, whorl__writer_t **ret_writer);
int whorl__sim_reader_open(whorl__participant_t *participant, const whorl__endpoint_options_t *options, whorl__reader_t **ret_reader);
void whorl__sim_writer_close(whorl__writer_t *writer);
void whorl__sim_reader_close(whorl__reader_t *reader);
void whorl__sim_bury(sim_endpoint_t *endpoint);                                                // lock held: the end of a ghost
void whorl__sim_bury_all(whorl__sim_network_t *network, const sim_participant_t *participant); // lock held; NULL: everybody's
void whorl__sim_participant_end(sim_participant_t *participant); // lock held: frees it when it is closed and nothing of it is left
uint32_t whorl__sim_writer_matched(whorl__writer_t *writer);
uint32_t whorl__sim_reader_matched(whorl__reader_t *reader);
int whorl__sim_write(whorl__writer_t *writer, whorl__message_t *message);
int whorl__sim_write_copy(whorl__writer_t *writer, const void *native);
int whorl__sim_write_cdr(whorl__writer_t *writer, const uint8_t *bytes, size_t size);
int whorl__sim_write_service(whorl__writer_t *writer, const whorl__service_header_t *header, whorl__message_t *message);
void whorl__sim_writer_hearing(whorl__writer_t *writer, const uint8_t reader_gid[16], whorl__hearing_t *ret_hearing);
int whorl__sim_writer_wait_acknowledged(whorl__writer_t *writer, int64_t timeout_ns);
size_t whorl__sim_history_needs(const sim_path_t *path); // deliveries
void whorl__sim_send_history(sim_path_t *path);          // retained samples to a late joiner; deliveries are reserved
int whorl__sim_discovery_visit(whorl__participant_t *participant, void (*visit)(void *arg, const whorl__remote_endpoint_t *endpoint),
                               void *arg);
int whorl__sim_writer_visit_matched(whorl__writer_t *writer, void (*visit)(void *arg, const whorl__remote_endpoint_t *reader), void *arg);
int whorl__sim_reader_visit_matched(whorl__reader_t *reader, void (*visit)(void *arg, const whorl__remote_endpoint_t *writer), void *arg);
void whorl__sim_discovery_hook(whorl__participant_t *participant, void (*change)(void *arg), void *arg);

#endif
