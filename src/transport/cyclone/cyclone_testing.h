// Test support: two ends that talk over the loopback interface inside one process, and a bell for what happens on Cyclone's threads.
//
// Participants of one process and domain see each other without the network. So the other end opens its participant in a second domain of the process,
// which Cyclone is told to call by the first one's number on the wire.
#ifndef WHORL_TRANSPORT_CYCLONE_CYCLONE_TESTING_H
#define WHORL_TRANSPORT_CYCLONE_CYCLONE_TESTING_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "transport/transport.h"
#include "whorl/status.h"

enum { TESTING_LIMIT_SECONDS = 30 }; // against hanging only

// --- domains

// The test's own domain. Says what is missing when the test was started by hand.
static inline uint32_t testing_domain(void)
{
  const char *domain = getenv("ROS_DOMAIN_ID");
  if (getenv("CYCLONEDDS_URI") == NULL || domain == NULL) {
    fputs("CYCLONEDDS_URI and ROS_DOMAIN_ID must be set: run this test through ctest, which keeps it on the loopback interface\n", stderr);
    exit(1);
  }
  return (uint32_t)strtoul(domain, NULL, 10);
}

// Another domain of this process that is the same on the wire.
static inline uint32_t testing_far_domain(void) { return testing_domain() + 100; }

// Adds to the configuration of domains that are opened from now on. `inside` goes between <Domain Id="id"> and its end.
static inline void testing_configure(uint32_t domain, const char *inside)
{
  char text[8192];
  snprintf(text, sizeof text, "%s,<CycloneDDS><Domain Id=\"%u\">%s</Domain></CycloneDDS>", getenv("CYCLONEDDS_URI"), domain, inside);
  setenv("CYCLONEDDS_URI", text, 1);
}

static inline void testing_join_far_domain(void)
{
  char inside[128];
  snprintf(inside, sizeof inside, "<Discovery><ExternalDomainId>%u</ExternalDomainId></Discovery>", testing_domain());
  testing_configure(testing_far_domain(), inside);
}

static inline whorl__participant_t *testing_open(uint32_t domain)
{
  const whorl__participant_options_t options = {.domain_id = domain};
  whorl__participant_t *participant = NULL;
  int status = whorl__cyclone_participant_open(&options, &participant);
  if (status < 0) fail_msg("participant: %s, %s", whorl_status_name(status), whorl_detail());
  return participant;
}

static inline whorl__writer_t *testing_writer(whorl__participant_t *participant, const whorl__endpoint_options_t *options)
{
  whorl__writer_t *writer = NULL;
  int status = participant->ops->writer_open(participant, options, &writer);
  if (status < 0) fail_msg("writer: %s, %s", whorl_status_name(status), whorl_detail());
  return writer;
}

static inline whorl__reader_t *testing_reader(whorl__participant_t *participant, const whorl__endpoint_options_t *options)
{
  whorl__reader_t *reader = NULL;
  int status = participant->ops->reader_open(participant, options, &reader);
  if (status < 0) fail_msg("reader: %s, %s", whorl_status_name(status), whorl_detail());
  return reader;
}

// --- messages: an interned type, and strings in and out of native messages

#define TESTING_TYPE(package, folder, name) testing_type(WHORL_MESSAGE(package, folder, name))
static inline const whorl__type_t *testing_type(whorl_message_type_t support)
{
  const whorl__type_t *type = NULL;
  if (whorl__type_get(support, &type) < 0) fail_msg("type: %s", whorl_detail());
  return type;
}

// The next message; it must be there. One reference of the sample.
static inline whorl__sample_t *testing_take(whorl__reader_t *reader, const void **ret_native)
{
  whorl__sample_t *sample = NULL;
  whorl__message_t *message = NULL;
  bool more;
  int status = whorl__reader_take(reader, &sample, &message, &more);
  if (status < 0) fail_msg("take: %s, %s", whorl_status_name(status), whorl_detail());
  *ret_native = message->native;
  return sample;
}

static inline bool testing_is_empty(whorl__reader_t *reader)
{
  whorl__sample_t *sample;
  whorl__message_t *message;
  bool more;
  return whorl__reader_take(reader, &sample, &message, &more) == WHORL_WOULD_BLOCK;
}

static inline bool testing_has_message(void *reader) { return whorl__ring_ready(&((whorl__reader_t *)reader)->ring); }

// --- the bell: rung by hooks, waited for by the test

typedef struct testing_bell {
  pthread_mutex_t lock;
  pthread_cond_t rung;
  unsigned rings;
} testing_bell_t;

#define TESTING_BELL                                       \
  {                                                        \
    PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 \
  }

static inline void testing_ring(void *arg)
{
  testing_bell_t *bell = (testing_bell_t *)arg;
  pthread_mutex_lock(&bell->lock);
  bell->rings++;
  pthread_cond_broadcast(&bell->rung);
  pthread_mutex_unlock(&bell->lock);
}

static inline void testing_ring_for_event(void *arg, const whorl__endpoint_event_t *event)
{
  (void)event;
  testing_ring(arg);
}

// Waits until `holds` says so, asking again after every ring. Everything that can make it true must ring.
static inline void testing_wait(testing_bell_t *bell, bool (*holds)(void *arg), void *arg, const char *what)
{
  struct timespec limit;
  clock_gettime(CLOCK_REALTIME, &limit);
  limit.tv_sec += TESTING_LIMIT_SECONDS;
  for (bool late = false;;) {
    pthread_mutex_lock(&bell->lock);
    unsigned seen = bell->rings;
    pthread_mutex_unlock(&bell->lock);
    if (holds(arg)) return;
    if (late) fail_msg("waited %d s in vain: %s", TESTING_LIMIT_SECONDS, what);
    pthread_mutex_lock(&bell->lock);
    while (bell->rings == seen && !late) late = pthread_cond_timedwait(&bell->rung, &bell->lock, &limit) != 0;
    pthread_mutex_unlock(&bell->lock);
  }
}
#define TESTING_WAIT(bell, holds, arg) testing_wait((bell), (holds), (arg), #holds)

#endif
