#include "node/backlog.h"

#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "node/answer.h"
#include "whorl/task.h"

static const int64_t patience_ns = WHORL_SECONDS(
    10); // with a client that does not get in touch: a participant that has died is known to be gone by then

typedef struct backlogged { // a client, while something waits for it
  whorl__link_t link;
  uint8_t request_writer[16], reader[16];
  whorl__list_t calls;          // whorl__service_call_t.link
  whorl__service_call_t *first; // has been written though the client was not in touch; kept until its fate is known
  uint64_t first_number;
  int64_t until_ns; // steady time when it has had its time; 0: nothing has been written to it
  unsigned round;   // that can do nothing more for it
} backlogged_t;

typedef struct sender {
  whorl_service_t service;
  unsigned round;
  uint64_t seen;    // changes, when the round began
  bool unheard;     // somebody waits for a client that is not in touch: nobody tells when it is
  bool done;        // nothing is left
  int64_t pause_ns; // until it looks again
} sender_t;

static backlogged_t *client_at(whorl__link_t *link) { return WHORL__CONTAINER(link, backlogged_t, link); }
static whorl__service_call_t *call_at(whorl__link_t *link) { return WHORL__CONTAINER(link, whorl__service_call_t, link); }

static backlogged_t *find(const whorl__backlog_t *backlog, const uint8_t request_writer[16]) // lock held
{
  for (whorl__link_t *link = whorl__list_first(&backlog->clients); link != NULL; link = whorl__list_next(&backlog->clients, link))
    if (memcmp(client_at(link)->request_writer, request_writer, 16) == 0) return client_at(link);
  return NULL;
}

bool whorl__backlog_has(const whorl__backlog_t *backlog, const uint8_t request_writer[16])
{
  return !whorl__list_empty(&backlog->clients) && find(backlog, request_writer) != NULL;
}

// --- dropping

// Lock held: takes the client off, and moves its calls to `dropped`, which the caller releases without the lock.
static void drop_client(whorl__service_t *service, backlogged_t *client, whorl__list_t *dropped)
{
  for (whorl__link_t *link; (link = whorl__list_pop(&client->calls)) != NULL;) {
    service->backlog.answers--;
    service->counts.unreachable++;
    whorl__list_append(dropped, link);
  }
  if (client->first != NULL) whorl__list_append(dropped, &client->first->link);
  whorl__list_remove(&client->link);
  whorl__free(client);
}

static void release(whorl__list_t *dropped)
{
  for (whorl__link_t *link; (link = whorl__list_pop(dropped)) != NULL;) whorl__service_call_unref(call_at(link));
}

static void drop_clients(whorl__service_t *service, bool for_good)
{
  whorl__list_t dropped;
  whorl__list_init(&dropped);
  pthread_mutex_lock(&service->lock);
  service->backlog.sending = false;
  service->backlog.ended |= for_good;
  for (whorl__link_t *link; (link = whorl__list_first(&service->backlog.clients)) != NULL;) drop_client(service, client_at(link), &dropped);
  pthread_mutex_unlock(&service->lock);
  release(&dropped);
}

void whorl__backlog_end(whorl__service_t *service) { drop_clients(service, true); }

static void drop_all(whorl_service_t handle)
{
  whorl__service_t *service;
  if (whorl__service_pin(handle, &service) < 0) return; // its end has done it
  drop_clients(service, false);
  whorl__service_unpin(handle);
}

// --- one client. What follows is pinned, and ends the pin.

static int leave(const sender_t *sender, int status)
{
  whorl__service_unpin(sender->service);
  return status;
}

static int leave_for_now(const sender_t *sender, backlogged_t *client)
{
  client->round = sender->round;
  return leave(sender, WHORL_OK);
}

static int drop(const sender_t *sender, whorl__service_t *service, backlogged_t *client)
{
  whorl__list_t dropped;
  whorl__list_init(&dropped);
  pthread_mutex_lock(&service->lock);
  drop_client(service, client, &dropped);
  pthread_mutex_unlock(&service->lock);
  release(&dropped);
  return leave(sender, WHORL_OK);
}

// The next call. NULL: nothing is left, and the client is off the list.
static whorl__service_call_t *pop(whorl__service_t *service, backlogged_t *client)
{
  pthread_mutex_lock(&service->lock);
  whorl__link_t *link = whorl__list_pop(&client->calls);
  if (link != NULL)
    service->backlog.answers--;
  else
    whorl__list_remove(&client->link);
  pthread_mutex_unlock(&service->lock);
  if (link == NULL) whorl__free(client);
  return link != NULL ? call_at(link) : NULL;
}

// A client's trouble is not that of all the others. Ends no pin.
static int count_failure(whorl_service_t handle, int status)
{
  whorl__service_t *service;
  if (status == WHORL_OK || whorl__service_pin(handle, &service) < 0) return status;
  whorl__service_count(service, status == WHORL_TRANSPORT_ERROR ? &service->counts.failed : &service->counts.unreachable);
  whorl__service_unpin(handle);
  return status == WHORL_TRANSPORT_ERROR ? WHORL_OK : status;
}

static int send_next(const sender_t *sender, whorl__service_t *service, backlogged_t *client)
{
  whorl__service_call_t *call = pop(service, client);
  if (call == NULL) return leave(sender, WHORL_OK);
  int status = count_failure(sender->service, whorl__answer_write(service, call, true));
  whorl__service_call_unref(call);
  return status;
}

static int send_first(const sender_t *sender, whorl__service_t *service, backlogged_t *client, const uint8_t reader[16])
{
  whorl__service_call_t *call = pop(service, client);
  if (call == NULL) return leave(sender, WHORL_OK);
  int status = count_failure(sender->service, whorl__answer_write(service, call, true));
  if (status == WHORL_OK) status = whorl__service_pin(sender->service, &service); // so the client is still there too
  if (status < 0) {
    whorl__service_call_unref(call);
    return status;
  }
  memcpy(client->reader, reader, sizeof client->reader);
  client->first = call;
  client->first_number = whorl__answer_number(service, reader);
  client->until_ns = whorl_now_ns() + patience_ns;
  return leave(sender, WHORL_OK);
}

// The first one's fate is known, or does not matter any more.
static int end_first(const sender_t *sender, whorl__service_t *service, backlogged_t *client, bool again)
{
  whorl__service_call_t *call = client->first;
  client->first = NULL;
  int status = again ? whorl__answer_write(service, call, false) : leave(sender, WHORL_OK);
  whorl__service_call_unref(call);
  return status == WHORL_TRANSPORT_ERROR ? WHORL_OK : status;
}

static int serve(sender_t *sender, whorl__service_t *service, backlogged_t *client)
{
  uint8_t reader[16];
  int state = whorl__answer_reach(service, client->request_writer, false, sender->seen, reader);
  if (state < 0) return leave(sender, state);
  if (state == WHORL__CLIENT_GONE) return drop(sender, service, client);
  if (state == WHORL__CLIENT_COMING) return leave_for_now(sender, client);
  bool late = client->until_ns != 0 && whorl_now_ns() >= client->until_ns;
  if (client->first != NULL) {
    whorl__answer_fate_t fate = whorl__answer_fate(service, client->reader, client->first_number);
    if (fate != WHORL__ANSWER_OPEN || late) return end_first(sender, service, client, fate == WHORL__ANSWER_DOUBTFUL);
    sender->unheard = true;
    return leave_for_now(sender, client);
  }
  if (state == WHORL__CLIENT_UNHEARD && client->until_ns == 0) return send_first(sender, service, client, reader);
  return send_next(sender, service, client);
}

// --- the task

static backlogged_t *next_of_round(sender_t *sender, whorl__service_t *service)
{
  pthread_mutex_lock(&service->lock);
  whorl__backlog_t *backlog = &service->backlog;
  whorl__link_t *link = whorl__list_first(&backlog->clients);
  while (link != NULL && client_at(link)->round == sender->round) link = whorl__list_next(&backlog->clients, link);
  sender->done = whorl__list_empty(&backlog->clients);
  if (sender->done) backlog->sending = false;
  pthread_mutex_unlock(&service->lock);
  return link != NULL ? client_at(link) : NULL;
}

// Whatever can be done now.
static int send_round(sender_t *sender)
{
  whorl__service_t *service;
  WHORL_TRY(whorl__service_pin(sender->service, &service));
  sender->seen = whorl__changes_count(service->changes);
  sender->unheard = false;
  sender->round++;
  for (backlogged_t *client; (client = next_of_round(sender, service)) != NULL;) {
    WHORL_TRY(serve(sender, service, client));
    WHORL_TRY(whorl__service_pin(sender->service, &service));
  }
  return leave(sender, WHORL_OK);
}

static int rest(sender_t *sender)
{
  static const whorl__wait_kind_t clients = {"clients to be discovered, of", "", "discovery"};
  whorl__service_t *service;
  whorl__waiter_t waiter;
  WHORL_TRY(whorl__service_pin(sender->service, &service));
  whorl__changes_t *changes = service->changes;
  bool wait = whorl__changes_begin(changes, sender->seen, &waiter, &clients, service->name);
  whorl__service_unpin(sender->service);
  if (!wait) return WHORL_OK;
  int status = whorl__changes_end_until(changes, &waiter, sender->unheard ? whorl_now_ns() + sender->pause_ns : WHORL_FOREVER);
  if (sender->pause_ns < WHORL_MILLISECONDS(10)) sender->pause_ns *= 2;
  return status == WHORL_TIMED_OUT ? WHORL_OK : status;
}

static int send_all(void *arg)
{
  sender_t sender = {.service = ((whorl__service_call_t *)arg)->service, .pause_ns = WHORL_MICROSECONDS(100)};
  int status = send_round(&sender);
  while (status == WHORL_OK && !sender.done) {
    status = rest(&sender);
    if (status == WHORL_OK) status = send_round(&sender);
  }
  if (status < 0) drop_all(sender.service);
  return status == WHORL_CANCELED || status == WHORL_DESTROYED ? WHORL_OK : status;
}

// --- adding

static backlogged_t *new_client(const uint8_t request_writer[16])
{
  backlogged_t *client = whorl__alloc(sizeof *client);
  if (client == NULL) return NULL;
  memcpy(client->request_writer, request_writer, sizeof client->request_writer);
  whorl__list_init(&client->calls);
  return client;
}

static void release_call(void *arg) { whorl__service_call_unref(arg); }

static int start(whorl__service_t *service, whorl__service_call_t *call)
{
  whorl_service_t handle = call->service;
  whorl_node_t node = {service->entity.node->id};
  whorl_task_options_t options = {.name = "answers to clients to be discovered", .release = release_call};
  whorl__service_call_ref(call);
  int status = whorl_node_spawn_with_options(node, send_all, call, &options, NULL, WHORL_PLACE);
  if (status < 0) drop_all(handle);
  return status == WHORL_NO_MEMORY ? status : WHORL_OK; // else the node is ending
}

int whorl__backlog_add(whorl__service_t *service, whorl__service_call_t *call)
{
  whorl__backlog_t *backlog = &service->backlog;
  backlogged_t *fresh = new_client(call->sample->publisher_gid); // seldom needed, but this is seldom
  if (fresh == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for an answer of '%s' that waits for its client", service->name);
  pthread_mutex_lock(&service->lock);
  bool fits = !backlog->ended && backlog->answers < WHORL__BACKLOG_MAX, begins = fits && !backlog->sending;
  backlogged_t *client = fits ? find(backlog, call->sample->publisher_gid) : NULL;
  bool is_new = fits && client == NULL;
  if (is_new) {
    client = fresh;
    whorl__list_append(&backlog->clients, &client->link);
  }
  if (fits) {
    whorl__service_call_ref(call);
    whorl__list_append(&client->calls, &call->link);
    backlog->answers++;
    backlog->sending = true;
  } else {
    service->counts.unreachable++;
  }
  pthread_mutex_unlock(&service->lock);
  if (!is_new) whorl__free(fresh);
  if (begins) return start(service, call);
  if (is_new) whorl__changes_tell(service->changes); // the sender may wait for nothing else
  return WHORL_OK;
}
