#include "node/answer.h"

#include <string.h>

#include "base/detail.h"
#include "node/backlog.h"
#include "node/service_endpoint.h"
#include "whorl/task.h"

enum { READER = 16 };
static const int64_t patience_ns = WHORL_SECONDS(1); // of who waits with his answer: the client may have died

// --- who can be reached

static size_t place_of(const uint8_t gid[16])
{
  unsigned sum = 0;
  for (int i = 8; i < 16; i++) sum = 31 * sum + gid[i];
  return sum % WHORL__SERVICE_KNOWN;
}

static bool says_who_it_is(const uint8_t reader[16])
{
  static const uint8_t nobody[READER] = {0};
  return memcmp(reader, nobody, READER) != 0;
}

static void hear(whorl__service_t *service, const uint8_t reader[16], whorl__hearing_t *ret_hearing)
{
  *ret_hearing = (whorl__hearing_t){.in_touch = true};
  if (service->kept > 0 && says_who_it_is(reader)) service->writer->participant->ops->writer_hearing(service->writer, reader, ret_hearing);
}

int whorl__answer_reach(whorl__service_t *service, const uint8_t request_writer[16], bool in_order, uint64_t seen, uint8_t ret_reader[16])
{
  size_t place = place_of(request_writer);
  pthread_mutex_lock(&service->lock);
  bool waits = in_order && whorl__backlog_has(&service->backlog, request_writer);
  whorl__known_client_t known = service->known[place];
  pthread_mutex_unlock(&service->lock);
  if (waits) return WHORL__CLIENT_UNHEARD;
  bool found = known.seen == seen && memcmp(known.gid, request_writer, sizeof known.gid) == 0;
  if (!found) {
    int state = whorl__reach_client(service->reader, service->writer, request_writer, known.reader);
    if (state != WHORL__CLIENT_READY) return state;
    memcpy(known.gid, request_writer, sizeof known.gid);
    known.seen = seen;
  }
  memcpy(ret_reader, known.reader, sizeof known.reader);
  if (found && known.in_touch) return WHORL__CLIENT_READY;
  whorl__hearing_t hearing;
  hear(service, known.reader, &hearing);
  known.in_touch = hearing.in_touch;
  pthread_mutex_lock(&service->lock);
  service->known[place] = known;
  pthread_mutex_unlock(&service->lock);
  return known.in_touch ? WHORL__CLIENT_READY : WHORL__CLIENT_UNHEARD;
}

uint64_t whorl__answer_number(whorl__service_t *service, const uint8_t reader[16])
{
  whorl__hearing_t hearing;
  hear(service, reader, &hearing);
  return hearing.written;
}

whorl__answer_fate_t whorl__answer_fate(whorl__service_t *service, const uint8_t reader[16], uint64_t number)
{
  whorl__hearing_t hearing;
  hear(service, reader, &hearing);
  if (!hearing.in_touch || hearing.acknowledged < number) return WHORL__ANSWER_OPEN;
  return hearing.written < number + service->kept ? WHORL__ANSWER_ARRIVED : WHORL__ANSWER_DOUBTFUL;
}

// --- writing

typedef struct sending {
  whorl__throttled_t write;
  whorl__service_call_t *call;
  whorl__service_t *service; // while pinned
  bool counts;
} sending_t;

static sending_t *sending_of(whorl__throttled_t *write) { return WHORL__CONTAINER(write, sending_t, write); }

static int pin_again(whorl__throttled_t *write, whorl__throttle_t **ret_throttle)
{
  sending_t *sending = sending_of(write);
  WHORL_TRY(whorl__service_pin(sending->call->service, &sending->service));
  *ret_throttle = &sending->service->throttle;
  return WHORL_OK;
}

static void unpin(whorl__throttled_t *write) { whorl__service_unpin(sending_of(write)->call->service); }

static int write_once(whorl__throttled_t *write)
{
  const sending_t *sending = sending_of(write);
  const whorl__service_call_t *call = sending->call;
  whorl__service_t *service = sending->service;
  int status = whorl__service_write(service->writer, &call->sample->header, call->copy != NULL ? call->copy : call->response);
  if (status == WHORL_OK && sending->counts) whorl__service_count(service, &service->counts.answers);
  return status;
}

int whorl__answer_write(whorl__service_t *service, whorl__service_call_t *call, bool counts)
{
  sending_t sending = {
      .write = {"service", service->name, pin_again, unpin, write_once}, .call = call, .service = service, .counts = counts};
  return whorl__throttle_write(&service->throttle, &sending.write);
}

// --- sending

int whorl__answer_send_now(whorl__service_call_t *call)
{
  whorl__service_t *service;
  uint8_t reader[READER];
  WHORL_TRY(whorl__service_pin(call->service, &service));
  int state = whorl__answer_reach(service, call->sample->publisher_gid, true, whorl__changes_count(service->changes), reader);
  if (state == WHORL__CLIENT_READY) return whorl__answer_write(service, call, true);
  if (state == WHORL__CLIENT_GONE) whorl__service_count(service, &service->counts.unreachable);
  whorl__service_unpin(call->service);
  return state == WHORL__CLIENT_GONE ? WHORL_OK : state;
}

int whorl__answer_send_or_queue(whorl__service_t *service, whorl__service_call_t *call)
{
  int status = whorl__answer_send_now(call);
  return status > 0 ? whorl__backlog_add(service, call) : status;
}

// It has been written, to a client that is not in touch: that it was written is the answer's status, whatever ends the wait. Writes it again where it may have been lost.
static int guard(whorl__service_call_t *call, const uint8_t reader[16])
{
  uint64_t number = 0;
  int64_t until_ns = whorl_now_ns() + patience_ns;
  for (int64_t pause_ns = WHORL_MICROSECONDS(100);; pause_ns *= pause_ns < WHORL_MILLISECONDS(10) ? 2 : 1) {
    whorl__service_t *service;
    if (whorl__service_pin(call->service, &service) < 0) return WHORL_OK;
    if (number == 0) number = whorl__answer_number(service, reader);
    whorl__answer_fate_t fate = whorl__answer_fate(service, reader, number);
    if (fate == WHORL__ANSWER_DOUBTFUL) return whorl__answer_write(service, call, false);
    whorl__service_unpin(call->service);
    if (fate == WHORL__ANSWER_ARRIVED || whorl_now_ns() >= until_ns || whorl_sleep(pause_ns) < 0) return WHORL_OK;
  }
}

int whorl__answer_send(whorl__service_call_t *call)
{
  static const whorl__wait_kind_t a_client = {"a client to be discovered, of", "", "discovery"};
  for (;;) {
    whorl__service_t *service;
    whorl__waiter_t waiter;
    uint8_t reader[READER];
    WHORL_TRY(whorl__service_pin(call->service, &service));
    whorl__changes_t *changes = service->changes;
    uint64_t seen = whorl__changes_count(changes);
    int state = whorl__answer_reach(service, call->sample->publisher_gid, false, seen, reader);
    if (state == WHORL__CLIENT_READY) return whorl__answer_write(service, call, true);
    if (state == WHORL__CLIENT_UNHEARD) {
      WHORL_TRY(whorl__answer_write(service, call, true));
      return guard(call, reader);
    }
    if (state == WHORL__CLIENT_GONE) whorl__service_count(service, &service->counts.unreachable);
    bool wait = state == WHORL__CLIENT_COMING && whorl__changes_begin(changes, seen, &waiter, &a_client, service->name);
    whorl__service_unpin(call->service);
    if (state != WHORL__CLIENT_COMING) return state < 0 ? state : WHORL_OK;
    if (wait) WHORL_TRY(whorl__changes_end(changes, &waiter));
  }
}
