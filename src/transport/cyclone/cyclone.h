// The Cyclone DDS side of the transport seam: what its files share. Only this folder includes dds/*.
//
// Model. A sample is one struct that both sides see: Cyclone sees a serdata, Whorl a whorl__sample_t, one reference count for both (the serdata's).
// A local writer hands the very serdata to every local reader's history; the wire gets its CDR, made when Cyclone first asks for it.
// A type's companion (pool of serdata) lives as long as the process, its sertypes as long as the domain that registered them: a sample
// may outlive its domain, so nothing that runs when the last reference goes looks at the sertype.
//
// Locks, in order: domains (domain.c, held around creation and deletion of a Cyclone domain, as nothing calls back from there), [everything of
// Cyclone], domain readers list, audience, discovery hook, ring, serdata pool. The last five are never held around a call into Cyclone.
#ifndef WHORL_TRANSPORT_CYCLONE_CYCLONE_H
#define WHORL_TRANSPORT_CYCLONE_CYCLONE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include <dds/dds.h>
#include <dds/ddsc/dds_rhc.h>
#include <dds/ddsi/ddsi_deadline.h>
#include <dds/ddsi/ddsi_serdata.h>
#include <dds/ddsi/ddsi_sertype.h>
#include <dds/ddsi/ddsi_tkmap.h>

#include "base/list.h"
#include "message/sample.h"
#include "transport/transport.h"

// --- serdata.c, sertype.c: samples and their types

typedef struct whorl__serdata {
  struct ddsi_serdata dds; // first: Cyclone's pointer is ours
  struct whorl__cyclone_type *companion;
  struct whorl__serdata *pool_next;
  atomic_bool inexpressible; // the native form cannot be serialised: stands for an empty CDR from then on
  bool stamped;              // the sample's publisher and time are set; touched by the delivering thread only
  whorl__sample_t sample;
} whorl__serdata_t;

// What a type needs here beyond the message floor. Interned in whorl__type_t.transport_cache, never freed.
typedef struct whorl__cyclone_type {
  const whorl__type_t *type;
  _Atomic(whorl__serdata_t *) spare; // one more place of the pool, without the lock
  pthread_mutex_t lock;              // leaf
  whorl__serdata_t *pool;
  struct whorl__cyclone_type *next; // of all
} whorl__cyclone_type_t;

typedef struct whorl__sertype {
  struct ddsi_sertype dds;
  whorl__cyclone_type_t *companion;
  bool has_header; // of a service's topics
} whorl__sertype_t;

extern const struct ddsi_serdata_ops whorl__serdata_ops;

// NO_MEMORY.
int whorl__cyclone_type_get(const whorl__type_t *type, whorl__cyclone_type_t **ret_companion);
// A sertype with one reference, to be given to dds_create_topic_sertype. NO_MEMORY.
int whorl__sertype_new(const whorl__type_t *type, bool has_header, struct ddsi_sertype **ret_sertype);

// A serdata of one reference around a message reference and/or a CDR that it takes over; NULL without memory (then it took nothing).
whorl__serdata_t *whorl__serdata_new(whorl__cyclone_type_t *companion, const struct ddsi_sertype *sertype, whorl__message_t *message,
                                     whorl__cdr_t *cdr);
// One that stands for the only instance of a keyless type; it has no sample.
whorl__serdata_t *whorl__serdata_new_key(whorl__cyclone_type_t *companion, const struct ddsi_sertype *sertype);

// --- deadline.c: a reader's deadline

typedef struct whorl__cyclone_deadline {
  struct whorl__cyclone_endpoint *endpoint;
  pthread_mutex_t lock; // the rest; Cyclone's timer queue may be locked inside
  struct deadline_adm adm;
  struct deadline_elem next;
  bool watching;
  uint32_t missed;
} whorl__cyclone_deadline_t;

void whorl__cyclone_deadline_start(whorl__cyclone_deadline_t *deadline, const struct ddsi_domaingv *domain);
void whorl__cyclone_deadline_stop(whorl__cyclone_deadline_t *deadline);  // no event comes any more
void whorl__cyclone_deadline_renew(whorl__cyclone_deadline_t *deadline); // a message came
void whorl__cyclone_deadline_pause(whorl__cyclone_deadline_t *deadline); // nobody writes any more

// --- history.c: a reader's own history cache

typedef struct whorl__history {
  struct dds_rhc rhc; // first
  whorl__reader_t *reader;
  struct ddsi_tkmap *instances;
  struct ddsi_tkmap_instance *pinned; // else every sample creates and collects the one instance anew
  whorl__cyclone_type_t *companion;
  whorl__cyclone_deadline_t deadline;
} whorl__history_t;

// deadline_ns: DDS_INFINITY for none.
void whorl__history_init(whorl__history_t *history, struct whorl__cyclone_endpoint *endpoint, whorl__reader_t *reader, int64_t deadline_ns);

// --- domain.c: one Cyclone domain per domain id and process, counted

typedef struct whorl__cyclone_domain {
  struct whorl__cyclone_domain *next;
  uint32_t id;
  unsigned participants;
  dds_entity_t entity;          // 0: the domain existed before, somebody else's
  atomic_uint match_generation; // grows with every match and every local reader: writers then look again who listens
  pthread_mutex_t readers_lock; // the next, and every seat of an audience
  whorl__list_t readers;        // whorl__cyclone_reader_t.domain_link
} whorl__cyclone_domain_t;

int whorl__cyclone_domain_acquire(const whorl__participant_options_t *options, whorl__cyclone_domain_t **ret_domain);
void whorl__cyclone_domain_release(whorl__cyclone_domain_t *domain);

// --- participant.c, discovery.c

typedef struct whorl__cyclone_participant {
  whorl__participant_t base;
  whorl__cyclone_domain_t *domain;
  atomic_uint endpoints; // open ones: they must be closed first
  dds_entity_t entity;
  dds_entity_t publisher, subscriber; // parents of all our writers and readers
  // Readers of Cyclone's builtin topics. The first is there for the hook, and because rmw_cyclonedds has it: so entity ids come out the same.
  dds_entity_t participants, publications, subscriptions;
  pthread_mutex_t change_lock;
  void (*change)(void *arg);
  void *change_arg;
} whorl__cyclone_participant_t;

int whorl__cyclone_discovery_open(whorl__cyclone_participant_t *participant);
int whorl__cyclone_discovery_visit(whorl__participant_t *participant, void (*visit)(void *arg, const whorl__remote_endpoint_t *endpoint),
                                   void *arg);
int whorl__cyclone_writer_visit_matched(whorl__writer_t *writer, void (*visit)(void *arg, const whorl__remote_endpoint_t *reader),
                                        void *arg);
int whorl__cyclone_reader_visit_matched(whorl__reader_t *reader, void (*visit)(void *arg, const whorl__remote_endpoint_t *writer),
                                        void *arg);
void whorl__cyclone_discovery_hook(whorl__participant_t *participant, void (*change)(void *arg), void *arg);

// --- writer.c, reader.c, event.c

typedef struct whorl__cyclone_endpoint { // what writers and readers share
  whorl__cyclone_participant_t *participant;
  whorl__cyclone_type_t *companion;
  const struct ddsi_sertype *sertype; // the topic's; lives as long as it
  dds_entity_t topic, entity;
  char *name; // ROS name, for sentences
  void (*event)(void *arg, const whorl__endpoint_event_t *event);
  void *arg;
  atomic_uint matched; // other ends matched now
} whorl__cyclone_endpoint_t;

// --- audience.c: who listens to a writer

typedef struct whorl__audience {
  atomic_uint seen_generation;       // of the domain, when the rest was found
  atomic_bool has_local, has_remote; // a reader of this process; any other
  bool may_be_direct;                // constant: nothing that was promised to readers needs Cyclone to know of each message
  atomic_bool direct;                // the seats are all there are; changes under the lock
  whorl__lock_t lock;                // held around delivery: a reader that has left its seat gets nothing any more
  struct whorl__seated *seats;       // one for each reader of this process, when it may be direct
  size_t count, room;
} whorl__audience_t;

typedef struct whorl__cyclone_writer {
  whorl__writer_t base;
  whorl__cyclone_endpoint_t endpoint;
  whorl__audience_t audience;
  // Of requests: how many unacknowledged ones the history keeps; 0: not looked at. The rest: writer.c, "new servers".
  uint32_t kept;
  atomic_uint arrivals, heard; // readers matched so far; as many had been when all had acknowledged
  atomic_uint unheard;         // written since
  atomic_llong until_ns;       // steady time when waiting for them ends; 0: nobody waits
} whorl__cyclone_writer_t;

typedef struct whorl__cyclone_reader {
  whorl__reader_t base;
  whorl__cyclone_endpoint_t endpoint;
  whorl__history_t history;
  whorl__link_t domain_link;
  whorl__list_t seats; // in audiences; under the domain's lock
  dds_instance_handle_t instance;
} whorl__cyclone_reader_t;

void whorl__audience_init(whorl__audience_t *audience, const whorl__endpoint_options_t *options);
void whorl__audience_fini(whorl__cyclone_writer_t *writer); // the writer is gone
// Before each write: looks again who listens, if that may have changed. Both `has_...` only choose the cheaper form: a sample in the other form is right too.
void whorl__audience_look(whorl__cyclone_writer_t *writer);
// Gives the sample to all who listen if they are readers of this process and no others; false: nothing was done, Cyclone has to deliver it.
bool whorl__audience_deliver(whorl__cyclone_writer_t *writer, whorl__serdata_t *serdata);
// A reader of this process comes and goes. When `leave` has returned no audience delivers to it.
void whorl__audience_enter(whorl__cyclone_reader_t *reader);
void whorl__audience_leave(whorl__cyclone_reader_t *reader);

// Opens the topic of an endpoint and fills what is shared; close frees it again, after the entity is gone. INVALID_NAME, NO_MEMORY, as translated.
int whorl__cyclone_endpoint_open(whorl__cyclone_endpoint_t *endpoint, whorl__participant_t *participant,
                                 const whorl__endpoint_options_t *options);
void whorl__cyclone_endpoint_close(whorl__cyclone_endpoint_t *endpoint);

int whorl__cyclone_writer_open(whorl__participant_t *participant, const whorl__endpoint_options_t *options, whorl__writer_t **ret_writer);
void whorl__cyclone_writer_close(whorl__writer_t *writer);
int whorl__cyclone_write(whorl__writer_t *writer, whorl__message_t *message);
int whorl__cyclone_write_copy(whorl__writer_t *writer, const void *native);
int whorl__cyclone_write_service(whorl__writer_t *writer, const whorl__service_header_t *header, whorl__message_t *message);
int whorl__cyclone_write_cdr(whorl__writer_t *writer, const uint8_t *bytes, size_t size);
uint32_t whorl__cyclone_writer_matched(whorl__writer_t *writer);
void whorl__cyclone_writer_hearing(whorl__writer_t *writer, const uint8_t reader_gid[16], whorl__hearing_t *ret_hearing); // hearing.c
int whorl__cyclone_writer_wait_acknowledged(whorl__writer_t *writer, int64_t timeout_ns);

int whorl__cyclone_reader_open(whorl__participant_t *participant, const whorl__endpoint_options_t *options, whorl__reader_t **ret_reader);
void whorl__cyclone_reader_close(whorl__reader_t *reader);
uint32_t whorl__cyclone_reader_matched(whorl__reader_t *reader);

// Tells the endpoint's hook.
void whorl__cyclone_report(whorl__cyclone_endpoint_t *endpoint, whorl__endpoint_event_kind_t kind, uint32_t total, uint32_t current,
                           uint32_t policy);

// Cyclone's listeners in terms of the seam's events. NULL without memory.
dds_listener_t *whorl__cyclone_writer_listener(whorl__cyclone_writer_t *writer);
dds_listener_t *whorl__cyclone_reader_listener(whorl__cyclone_reader_t *reader);

// --- qos.c: QoS, both ways

// As rmw_cyclonedds makes it, but for the writer's blocking time. INVALID_QOS, NO_MEMORY.
int whorl__cyclone_qos_make(const whorl__endpoint_options_t *options, bool is_writer, dds_qos_t **ret_qos);
void whorl__cyclone_qos_read(const dds_qos_t *qos, whorl_qos_t *ret_qos);

// --- status.c

// Whorl's status for a Cyclone return code, without a sentence.
int whorl__cyclone_status(dds_return_t code);
// The same with the sentence "<what>: <Cyclone's words>".
int whorl__cyclone_fail(dds_return_t code, const char *what_format, ...) __attribute__((format(printf, 2, 3)));

#endif
