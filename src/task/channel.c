// Channels (docs/tasks.md R28). Memory and locking as in event.c.
//
// Between two holds of the lock: a receiver waits only while the buffer is empty and no sender waits, a sender only while the buffer is full. So nobody overtakes a waiter. To hand something over is to
// commit the other side's wait; a waiter that was cancelled may still be listed, its commit is then lost, and the next one is tried. Whoever was committed is off its list and owns what it got.
#include "whorl/channel.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/handle.h"
#include "base/memory.h"
#include "task/pool.h"
#include "task/wait.h"
#include "whorl/status.h"

typedef struct what {
  char text[56]; // "channel 'frames'"
} what_t;

typedef struct channel {
  whorl__link_t pool_link;
  pthread_mutex_t lock;
  whorl__list_t senders, receivers; // of waiting_t
  void **items;                     // a ring
  size_t capacity, first, count;
  bool closed;
  void (*release)(void *item);
  what_t what;
} channel_t;

typedef struct waiting {
  whorl__waiter_t waiter; // value: the sender's item, or what the receiver got
  what_t what;            // a copy: the channel may be another one by the time it is read
} waiting_t;

static const whorl__wait_kind_t to_send = {NULL, " (send)", WHORL__WAIT_NOBODY}, to_receive = {NULL, " (receive)", WHORL__WAIT_NOBODY};
static whorl__handle_table_t channels = WHORL__HANDLE_TABLE("channel");
static whorl__pool_t pool = WHORL__POOL(pool, channel_t);

static channel_t *take_memory(size_t capacity)
{
  bool fresh;
  channel_t *channel = whorl__pool_take(&pool, &fresh);
  if (channel == NULL) return NULL;
  if (fresh) {
    pthread_mutex_init(&channel->lock, NULL);
    whorl__list_init(&channel->senders);
    whorl__list_init(&channel->receivers);
  }
  void **items = capacity > 0 ? whorl__alloc(capacity * sizeof *items) : NULL;
  if (capacity > 0 && items == NULL) {
    whorl__pool_give(&pool, channel);
    return NULL;
  }
  pthread_mutex_lock(&channel->lock);
  channel->items = items;
  channel->capacity = capacity;
  channel->first = channel->count = 0;
  channel->closed = false;
  pthread_mutex_unlock(&channel->lock);
  return channel;
}

int whorl_channel_create_from(const char *place, size_t capacity, const whorl_channel_options_t *options, whorl_channel_t *ret_channel)
{
  static const whorl_channel_options_t defaults = {0};
  if (ret_channel == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_channel_create: ret_channel is NULL");
  if (capacity > PTRDIFF_MAX / sizeof(void *))
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_channel_create: a capacity of %zu", capacity);
  if (options == NULL) options = &defaults;
  channel_t *channel = take_memory(capacity);
  if (channel == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a channel of %zu items", capacity);
  char name[WHORL__WAIT_NAME];
  whorl__wait_name(name, options->name, place);
  pthread_mutex_lock(&channel->lock);
  channel->release = options->release;
  snprintf(channel->what.text, sizeof channel->what.text, "channel '%.40s'", name);
  pthread_mutex_unlock(&channel->lock);
  uint64_t id;
  int status = whorl__handle_create(&channels, channel, &id);
  if (status < 0) {
    whorl__free(channel->items);
    whorl__pool_give(&pool, channel);
    return status;
  }
  *ret_channel = (whorl_channel_t){id};
  return WHORL_OK;
}

// --- With the lock held

static waiting_t *pop(whorl__list_t *waiters)
{
  whorl__link_t *link = whorl__list_pop(waiters);
  return link != NULL ? WHORL__CONTAINER(link, waiting_t, waiter.link) : NULL;
}

static bool give_to_receiver(channel_t *channel, void *item)
{
  for (waiting_t *receiver; (receiver = pop(&channel->receivers)) != NULL;) {
    receiver->waiter.value = item; // before the commit: after it the receiver may be gone
    if (whorl__wait_commit(&receiver->waiter, WHORL_OK)) return true;
  }
  return false;
}

static bool take_from_sender(channel_t *channel, void **ret_item)
{
  for (waiting_t *sender; (sender = pop(&channel->senders)) != NULL;) {
    void *item = sender->waiter.value;
    if (!whorl__wait_commit(&sender->waiter, WHORL_OK)) continue;
    *ret_item = item;
    return true;
  }
  return false;
}

static void put(channel_t *channel, void *item)
{
  size_t place = channel->first + channel->count++;
  channel->items[place < channel->capacity ? place : place - channel->capacity] = item;
}

static void *take(channel_t *channel)
{
  void *item = channel->items[channel->first];
  channel->first = channel->first + 1 < channel->capacity ? channel->first + 1 : 0;
  channel->count--;
  return item;
}

static int send_now(channel_t *channel, void *item)
{
  if (channel->closed) return WHORL_CLOSED;
  if (give_to_receiver(channel, item)) return WHORL_OK;
  if (channel->count == channel->capacity) return WHORL_WOULD_BLOCK;
  put(channel, item);
  return WHORL_OK;
}

static int receive_now(channel_t *channel, void **ret_item)
{
  if (channel->count == 0) {
    if (take_from_sender(channel, ret_item)) return WHORL_OK;
    return channel->closed ? WHORL_CLOSED : WHORL_WOULD_BLOCK;
  }
  void *next;
  *ret_item = take(channel);
  if (take_from_sender(channel, &next)) put(channel, next);
  return WHORL_OK;
}

static void commit_all(whorl__list_t *waiters, int status)
{
  for (waiting_t *waiting; (waiting = pop(waiters)) != NULL;) whorl__wait_commit(&waiting->waiter, status);
}

// Prepares the wait that begins when the lock is given back.
static void line_up(channel_t *channel, whorl__list_t *waiters, waiting_t *waiting)
{
  waiting->what = channel->what;
  whorl__wait_begin_for(&waiting->waiter, waiters == &channel->senders ? &to_send : &to_receive, waiting->what.text);
  whorl__list_append(waiters, &waiting->waiter.link);
}

// --- Without

static int fail(int status, const what_t *what)
{
  if (status == WHORL_CLOSED) return whorl__fail(status, "%s is closed", what->text);
  if (status == WHORL_DESTROYED) return whorl__fail(status, "%s was destroyed while this task waited for it", what->text);
  return status == WHORL_WOULD_BLOCK ? whorl__fail_plain(status) : status;
}

static int suspend(channel_t *channel, waiting_t *waiting)
{
  int status = whorl__wait_suspend(&waiting->waiter);
  if (status == WHORL_OK) return WHORL_OK;
  pthread_mutex_lock(&channel->lock); // perhaps another channel's by now; then we are on no list of it
  if (whorl__link_listed(&waiting->waiter.link)) whorl__list_remove(&waiting->waiter.link);
  pthread_mutex_unlock(&channel->lock);
  return fail(status, &waiting->what);
}

WHORL__SUSPENDING int whorl_channel_send(whorl_channel_t handle, void *item)
{
  channel_t *channel;
  int status = whorl__wait_entry_checked();
  if (status < 0) return status;
  status = whorl__handle_pin(&channels, handle.id, (void **)&channel);
  if (status < 0) return status;
  waiting_t waiting;
  pthread_mutex_lock(&channel->lock);
  status = send_now(channel, item);
  if (status == WHORL_WOULD_BLOCK) {
    line_up(channel, &channel->senders, &waiting);
    waiting.waiter.value = item;
  } else if (status < 0) {
    waiting.what = channel->what;
  }
  pthread_mutex_unlock(&channel->lock);
  whorl__handle_unpin(&channels, handle.id);
  if (status == WHORL_WOULD_BLOCK) return suspend(channel, &waiting);
  if (status < 0) return fail(status, &waiting.what);
  whorl__wait_completed_at_once();
  return WHORL_OK;
}

WHORL__SUSPENDING int whorl_channel_receive(whorl_channel_t handle, void **ret_item)
{
  channel_t *channel;
  if (ret_item == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_channel_receive: ret_item is NULL");
  int status = whorl__wait_entry_checked();
  if (status < 0) return status;
  status = whorl__handle_pin(&channels, handle.id, (void **)&channel);
  if (status < 0) return status;
  waiting_t waiting;
  void *item = NULL;
  pthread_mutex_lock(&channel->lock);
  status = receive_now(channel, &item);
  if (status == WHORL_WOULD_BLOCK)
    line_up(channel, &channel->receivers, &waiting);
  else if (status < 0)
    waiting.what = channel->what;
  pthread_mutex_unlock(&channel->lock);
  whorl__handle_unpin(&channels, handle.id);
  if (status == WHORL_WOULD_BLOCK) {
    status = suspend(channel, &waiting);
    if (status == WHORL_OK) *ret_item = waiting.waiter.value;
    return status;
  }
  if (status < 0) return fail(status, &waiting.what);
  *ret_item = item;
  whorl__wait_completed_at_once();
  return WHORL_OK;
}

int whorl_channel_try_send(whorl_channel_t handle, void *item)
{
  channel_t *channel;
  int status = whorl__handle_pin(&channels, handle.id, (void **)&channel);
  if (status < 0) return status;
  pthread_mutex_lock(&channel->lock);
  status = send_now(channel, item);
  what_t what = channel->what;
  pthread_mutex_unlock(&channel->lock);
  whorl__handle_unpin(&channels, handle.id);
  return fail(status, &what);
}

int whorl_channel_try_receive(whorl_channel_t handle, void **ret_item)
{
  channel_t *channel;
  if (ret_item == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_channel_try_receive: ret_item is NULL");
  int status = whorl__handle_pin(&channels, handle.id, (void **)&channel);
  if (status < 0) return status;
  pthread_mutex_lock(&channel->lock);
  status = receive_now(channel, ret_item);
  what_t what = channel->what;
  pthread_mutex_unlock(&channel->lock);
  whorl__handle_unpin(&channels, handle.id);
  return fail(status, &what);
}

int whorl_channel_close(whorl_channel_t handle)
{
  channel_t *channel;
  int status = whorl__handle_pin(&channels, handle.id, (void **)&channel);
  if (status < 0) return status;
  pthread_mutex_lock(&channel->lock);
  channel->closed = true;
  commit_all(&channel->senders, WHORL_CLOSED);
  commit_all(&channel->receivers, WHORL_CLOSED);
  pthread_mutex_unlock(&channel->lock);
  whorl__handle_unpin(&channels, handle.id);
  return WHORL_OK;
}

size_t whorl_channel_count(whorl_channel_t handle)
{
  channel_t *channel;
  if (whorl__handle_pin(&channels, handle.id, (void **)&channel) < 0) return 0;
  pthread_mutex_lock(&channel->lock);
  size_t count = channel->count;
  pthread_mutex_unlock(&channel->lock);
  whorl__handle_unpin(&channels, handle.id);
  return count;
}

int whorl_channel_destroy(whorl_channel_t handle)
{
  channel_t *channel;
  int status = whorl__handle_pin(&channels, handle.id, (void **)&channel);
  if (status < 0) return status;
  status = whorl__handle_retire(&channels, handle.id, 1);
  if (status < 0) {
    whorl__handle_unpin(&channels, handle.id);
    return status;
  }
  pthread_mutex_lock(&channel->lock);
  commit_all(&channel->senders, WHORL_DESTROYED);
  commit_all(&channel->receivers, WHORL_DESTROYED);
  channel_t left = {.items = channel->items,
                    .capacity = channel->capacity,
                    .first = channel->first,
                    .count = channel->count,
                    .release = channel->release};
  channel->items = NULL;
  channel->capacity = channel->count = 0;
  pthread_mutex_unlock(&channel->lock);
  whorl__pool_give(&pool, channel);
  while (left.count > 0) {
    void *item = take(&left);
    if (left.release != NULL) left.release(item);
  }
  whorl__free(left.items);
  return WHORL_OK;
}
