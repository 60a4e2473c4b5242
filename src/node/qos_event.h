// What a publisher or subscription knows of its events, and a client or service of those of its two topics, and how its user is told.
//
// The transport's hook notes numbers and marks the entity's record; the record's run tells the user. Words and the other end are looked up then, as a hook may not.
#ifndef WHORL_NODE_QOS_EVENT_H
#define WHORL_NODE_QOS_EVENT_H

#include <pthread.h>
#include <stdatomic.h>

#include "node/entity.h"
#include "transport/transport.h"
#include "whorl/qos_event.h"

enum { WHORL__QOS_EVENT_KINDS = WHORL_QOS_EVENT_BACKLOG + 1 };

typedef struct whorl__qos_event_numbers {
  uint32_t total, current, policy;
  uint32_t told_total, told_current;
} whorl__qos_event_numbers_t;

typedef struct whorl__qos_end { // of a pair
  const char *topic;            // full; of a request or an answer the service's name
  whorl__dds_topic_kind_t kind;
  whorl_qos_t qos; // resolved
  bool is_writer;
} whorl__qos_end_t;

typedef struct whorl__qos_events {
  whorl__node_t *node;
  whorl_qos_event_callback_t callback; // NULL: what does not fit and what piles up is logged, the rest counted
  void *arg;
  bool strict; // what does not fit is an error, too. Set before the endpoint is opened
  whorl__qos_end_t end;
  whorl__link_t unheard;    // context->unheard.listed; that lock
  unsigned unheard_kinds;   // bits; that lock
  pthread_mutex_t lock;     // of what follows
  _Atomic unsigned pending; // bits, by kind; written with the lock
  whorl__qos_event_numbers_t numbers[WHORL__QOS_EVENT_KINDS];
} whorl__qos_events_t;

// A publisher's or subscription's. The topic is the entity's; end.qos, and another kind of topic, are set before its endpoint is opened.
void whorl__qos_events_init(whorl__qos_events_t *events, whorl__node_t *node, bool is_writer, const char *topic,
                            whorl_qos_event_callback_t callback, void *arg);
void whorl__qos_events_fini(whorl__qos_events_t *events);
// Inside a transport's hook. True: the record is to be marked.
bool whorl__qos_events_note(whorl__qos_events_t *events, const whorl__endpoint_event_t *event);
// In a callback's task: calls the user for every kind that is pending. The first error, INCOMPATIBLE_QOS of a strict one among them; CANCELED when the task was cancelled on the way.
int whorl__qos_events_tell(whorl__qos_events_t *events);
// The numbers as they stand; changes are since the last one told. INVALID_ARGUMENT.
int whorl__qos_events_read(whorl__qos_events_t *events, whorl_qos_event_kind_t kind, whorl_qos_event_t *ret_event);

// Of an endpoint about to be opened: is there one already that does not fit? Then INCOMPATIBLE_QOS, with the sentence. No lock held. NO_MEMORY, TRANSPORT_ERROR.
int whorl__qos_events_check(const whorl__qos_events_t *events);

typedef struct whorl__qos_words { // behind the event's strings
  char owner[256], text[1024];
} whorl__qos_words_t;
// Completes an event: its sentence when it is one to be logged; of incompatible QoS the other end and both profiles. When its policy is NONE, any policy will do, and if none is found it stays so. No lock held.
void whorl__qos_event_describe(const whorl__qos_end_t *end, whorl__context_t *context, whorl_qos_event_t *event, whorl__qos_words_t *words);

#endif
