// The one seam to the wire. Behind it: cyclone/ (DDS, as rmw_cyclonedds maps ROS onto it) and sim/ (a deterministic network in the process).
//
// Who calls what: everything here may be called from any plain thread or task, never from inside a hook. Hooks (ready, event) run on the transport's threads
// under its locks: no transport call, no user code, no allocation, no waiting inside them. Nothing of the caller's may be locked around a call.
// Ownership: participant > endpoints; closing a participant with open endpoints is a bug. Close of an endpoint returns when no hook of it runs or will run.
// QoS profiles arrive resolved: no DEFAULT, no BEST_AVAILABLE left (whorl__qos_resolve).
#ifndef WHORL_TRANSPORT_TRANSPORT_H
#define WHORL_TRANSPORT_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dds_name.h"
#include "message/sample.h"
#include "transport/ring.h"
#include "whorl/qos.h"

typedef struct whorl__participant { // base of the implementation's own struct
  const struct whorl__transport_ops *ops;
  uint8_t gid[16];
} whorl__participant_t;

typedef struct whorl__writer {
  whorl__participant_t *participant;
  const whorl__type_t *type;
  uint8_t gid[16];
  uint64_t instance; // no other writer of the topic has it: the `client` of a service header
} whorl__writer_t;

typedef struct whorl__reader {
  whorl__participant_t *participant;
  const whorl__type_t *type;
  uint8_t gid[16];
  whorl__ring_t ring;
  void (*incoming)(void *arg, whorl__sample_t *sample); // as in the options
  void *incoming_arg;
} whorl__reader_t;

typedef enum whorl__endpoint_event_kind {
  WHORL__EVENT_MATCHED,          // current = matched endpoints now
  WHORL__EVENT_INCOMPATIBLE_QOS, // total so far, policy = DDS policy id of the last one
  WHORL__EVENT_DEADLINE_MISSED,
  WHORL__EVENT_LIVELINESS, // reader: current = alive writers; writer: lost
  WHORL__EVENT_SAMPLE_LOST,
  WHORL__EVENT_BACKLOG, // not the transport's: of a reader's ring (`backlog`)
} whorl__endpoint_event_kind_t;
typedef struct whorl__endpoint_event {
  whorl__endpoint_event_kind_t kind;
  uint32_t total, current;
  uint32_t policy;
} whorl__endpoint_event_t;

typedef struct whorl__endpoint_options { // of writers and readers
  const whorl__type_t *type;
  whorl__dds_topic_kind_t kind;  // a request's or a reply's samples carry the service header
  const char *topic;             // ROS name "/chatter", fully expanded; with qos.avoid_ros_namespace_conventions the DDS name itself
  whorl_qos_t qos;               // resolved
  const char *user_data;         // before "typehash=...;", e.g. "clientid= 1.10....;"; NULL for topics
  size_t keep_all_limit;         // reader, KEEP_ALL: entries kept (0: 4096)
  size_t least_depth;            // reader: entries kept at least, whatever the history says
  bool drop_newest;              // reader: what a full history has no room for is what comes, not its oldest
  size_t warn_at;                // reader: how many entries are worth a call of `backlog`; 0: none
  whorl__ring_backlog_t backlog; // reader: may be NULL
  void (*ready)(void *arg);      // reader: the ring became non-empty
  void (*event)(void *arg, const whorl__endpoint_event_t *event); // may be NULL
  void *arg;
  // Reader: gets every sample in place of the ring, which then stays empty; a hook like the others. It keeps what it wants with a reference of its own. NULL: the ring has them.
  void (*incoming)(void *arg, whorl__sample_t *sample);
  bool ignore_local; // reader: nothing from its own participant
} whorl__endpoint_options_t;

typedef struct whorl__participant_options {
  uint32_t domain_id;
  const char *enclave;                           // "/"
  void (*warn)(void *arg, const char *sentence); // inside open, for values of the environment that were ignored or replaced; may be NULL
  void *warn_arg;
} whorl__participant_options_t;

typedef struct whorl__remote_endpoint { // one entry of a discovery snapshot; strings live as long as the callback runs
  bool is_writer;
  uint8_t gid[16], participant_gid[16];
  const char *dds_topic, *dds_type;
  const char *user_data; // NUL-terminated copy
  whorl_qos_t qos;
} whorl__remote_endpoint_t;

typedef struct whorl__hearing { // what a writer knows of one of its readers
  // It has said something that it can only say when it knows the writer, so what is written from now on reaches it; or it need not, being of this process, best effort or gone. Before that, what is
  // written reaches it by retransmission only, as far back as the writer's history goes.
  bool in_touch;
  uint64_t written, acknowledged; // numbers of messages: the writer's last one, and the last one that this reader is done with
} whorl__hearing_t;

typedef struct whorl__transport_ops {
  const char *name; // "cyclone", "sim"
  void (*participant_close)(whorl__participant_t *participant);
  int (*writer_open)(whorl__participant_t *participant, const whorl__endpoint_options_t *options, whorl__writer_t **ret_writer);
  int (*reader_open)(whorl__participant_t *participant, const whorl__endpoint_options_t *options, whorl__reader_t **ret_reader);
  void (*writer_close)(whorl__writer_t *writer); // may block a millisecond and more: keep off loop threads
  void (*reader_close)(whorl__reader_t *reader);
  // Publishes. write: takes over one reference of `message` in every outcome but WOULD_BLOCK (then the caller still owns it).
  // write_copy: reads the caller's native struct before it returns. write_cdr: bytes with encapsulation header (and, of a request or reply, service header), checked by nobody.
  // WOULD_BLOCK: throttled, nothing was written; try again later (docs/transport.md).
  int (*write)(whorl__writer_t *writer, whorl__message_t *message);
  int (*write_copy)(whorl__writer_t *writer, const void *native);
  int (*write_cdr)(whorl__writer_t *writer, const uint8_t *bytes, size_t size);
  // write, for requests and replies.
  int (*write_service)(whorl__writer_t *writer, const whorl__service_header_t *header, whorl__message_t *message);
  // Calls `visit` for the other ends that are matched now: the readers of a writer, the writers of a reader. It may not call the transport. NO_MEMORY.
  int (*writer_visit_matched)(whorl__writer_t *writer, void (*visit)(void *arg, const whorl__remote_endpoint_t *reader), void *arg);
  int (*reader_visit_matched)(whorl__reader_t *reader, void (*visit)(void *arg, const whorl__remote_endpoint_t *writer), void *arg);
  // Of a reliable writer. Nobody tells when it changes.
  void (*writer_hearing)(whorl__writer_t *writer, const uint8_t reader_gid[16], whorl__hearing_t *ret_hearing);
  uint32_t (*writer_matched)(whorl__writer_t *writer);  // readers matched now
  uint32_t (*reader_matched)(whorl__reader_t *reader);  // writers matched now
  int64_t (*now_ns)(whorl__participant_t *participant); // system time of this transport (sim: virtual)
  // Blocks until all matched reliable readers have acknowledged; TIMED_OUT. Plain threads only.
  int (*writer_wait_acknowledged)(whorl__writer_t *writer, int64_t timeout_ns);
  // Calls `visit` for every endpoint known now, own ones included. `change` hook: something was discovered or lost; may be NULL.
  int (*discovery_visit)(whorl__participant_t *participant, void (*visit)(void *arg, const whorl__remote_endpoint_t *endpoint), void *arg);
  void (*discovery_hook)(whorl__participant_t *participant, void (*change)(void *arg), void *arg);
} whorl__transport_ops_t;

int whorl__cyclone_participant_open(const whorl__participant_options_t *options, whorl__participant_t **ret_participant);
void whorl__cyclone_trim(void); // frees what it keeps for later messages; for tests that count what is left. While no participant is there
// sim/ is opened on a network object: see transport/sim/sim.h.

// For transports: what a reader has by its options, its ring among it, which whorl__ring_fini ends (NO_MEMORY). Into the ring, or to `incoming`.
int whorl__reader_init(whorl__reader_t *reader, whorl__participant_t *participant, const whorl__endpoint_options_t *options);
void whorl__reader_store(whorl__reader_t *reader, whorl__sample_t *sample, int64_t expiry_ns);
// The next message of a reader, decoded: skips and counts malformed ones. The caller gets one reference of the sample; its message lives with it.
// WOULD_BLOCK: nothing there. NO_MEMORY: a message could not be decoded and is lost. `ret_more`, set in every outcome: something is left.
int whorl__reader_take(whorl__reader_t *reader, whorl__sample_t **ret_sample, whorl__message_t **ret_message, bool *ret_more);
// The same for a caller that knows the time already (this transport's system time; it decides what has expired): a clock read a message is worth saving.
int whorl__reader_take_at(whorl__reader_t *reader, int64_t now_ns, whorl__sample_t **ret_sample, whorl__message_t **ret_message,
                          bool *ret_more);
void whorl__reader_keep(whorl__reader_t *reader); // what the next take would get is kept for it (whorl__ring_keep)
// Replaces DEFAULT and zero fields by what rmw_cyclonedds makes of them. INVALID_QOS names the field.
int whorl__qos_resolve(const whorl_qos_t *wanted, whorl_qos_t *ret_resolved);
// The same for an endpoint about to be opened: BEST_AVAILABLE becomes what the endpoints of `topic` (ROS name, expanded) that are known now have in common.
// What whorl__qos_resolve alone makes of it is the answer for a reader that knows no writer.
int whorl__qos_resolve_at(whorl__participant_t *participant, const char *topic, bool is_writer, const whorl_qos_t *wanted,
                          whorl_qos_t *ret_resolved);

#endif
