#include "node/calls.h"

#include <pthread.h>

#include "base/detail.h"
#include "base/memory.h"
#include "task/pool.h"
#include "whorl/status.h"

enum { FIRST_BUCKETS = 16 };

struct whorl__calls {
  whorl__link_t pool_link;
  pthread_mutex_t lock; // a wait source's: cores are locked inside
  whorl__list_t *buckets;
  size_t bucket_count; // a power of two
  bool closed;
  uint64_t client;
  const char *service; // while it is not closed
  whorl_client_counts_t counts;
};

static whorl__pool_t pool = WHORL__POOL(pool, whorl__calls_t);

// Lock held, as below.
static whorl__list_t *bucket_of(whorl__calls_t *calls, int64_t number)
{
  return &calls->buckets[(uint64_t)number & (calls->bucket_count - 1)];
}

static whorl__list_t *make_buckets(size_t count)
{
  whorl__list_t *buckets = whorl__alloc(count * sizeof *buckets);
  for (size_t i = 0; buckets != NULL && i < count; i++) whorl__list_init(&buckets[i]);
  return buckets;
}

whorl__calls_t *whorl__calls_create(void)
{
  bool fresh;
  whorl__list_t *buckets = make_buckets(FIRST_BUCKETS);
  whorl__calls_t *calls = buckets != NULL ? whorl__pool_take(&pool, &fresh) : NULL;
  if (calls == NULL) {
    whorl__free(buckets);
    return NULL;
  }
  if (fresh) pthread_mutex_init(&calls->lock, NULL);
  pthread_mutex_lock(&calls->lock);
  calls->buckets = buckets;
  calls->bucket_count = FIRST_BUCKETS;
  calls->closed = false;
  calls->client = 0;
  calls->counts = (whorl_client_counts_t){0};
  pthread_mutex_unlock(&calls->lock);
  return calls;
}

void whorl__calls_set_client(whorl__calls_t *calls, uint64_t client, const char *service)
{
  pthread_mutex_lock(&calls->lock);
  calls->client = client;
  calls->service = service;
  pthread_mutex_unlock(&calls->lock);
}

static void take_out(whorl__calls_t *calls, whorl__call_t *call)
{
  whorl__list_remove(&call->link);
  calls->counts.open--;
}

static void end_without_answer(whorl__calls_t *calls, whorl__call_t *call, int status)
{
  take_out(calls, call);
  call->status = status;
  if (call->end != NULL)
    (void)call->end(call, NULL, status);
  else if (call->waiting)
    whorl__wait_commit(&call->waiter, status);
}

void whorl__calls_close(whorl__calls_t *calls)
{
  pthread_mutex_lock(&calls->lock);
  calls->closed = true;
  for (size_t i = 0; i < calls->bucket_count; i++)
    for (whorl__link_t *link; (link = whorl__list_first(&calls->buckets[i])) != NULL;)
      end_without_answer(calls, WHORL__CONTAINER(link, whorl__call_t, link), WHORL_DESTROYED);
  pthread_mutex_unlock(&calls->lock);
}

void whorl__calls_release(whorl__calls_t *calls)
{
  whorl__free(calls->buckets);
  whorl__pool_give(&pool, calls);
}

whorl_client_counts_t whorl__calls_read_counts(whorl__calls_t *calls)
{
  pthread_mutex_lock(&calls->lock);
  whorl_client_counts_t counts = calls->counts;
  pthread_mutex_unlock(&calls->lock);
  return counts;
}

void whorl__calls_count_malformed(whorl__calls_t *calls, const whorl__call_t *call)
{
  pthread_mutex_lock(&calls->lock);
  if (calls->client == call->client) calls->counts.malformed++; // else they are another client's by now
  pthread_mutex_unlock(&calls->lock);
}

// Moves everything into more buckets; gives back those to be freed: the old ones, or the new ones when somebody else was faster.
static whorl__list_t *grow(whorl__calls_t *calls, whorl__list_t *buckets, size_t count)
{
  if (calls->bucket_count >= count) return buckets;
  whorl__list_t *old = calls->buckets;
  size_t old_count = calls->bucket_count;
  calls->buckets = buckets;
  calls->bucket_count = count;
  for (size_t i = 0; i < old_count; i++) {
    for (whorl__link_t *link; (link = whorl__list_pop(&old[i])) != NULL;) {
      whorl__call_t *call = WHORL__CONTAINER(link, whorl__call_t, link);
      whorl__list_append(bucket_of(calls, call->number), link);
    }
  }
  return old;
}

// Room for one more. Gives the lock up in between, as memory is not taken under it.
static int reserve(whorl__calls_t *calls)
{
  while (!calls->closed && calls->counts.open >= calls->bucket_count) {
    size_t count = 2 * calls->bucket_count;
    pthread_mutex_unlock(&calls->lock);
    whorl__list_t *buckets = make_buckets(count), *spare = buckets;
    pthread_mutex_lock(&calls->lock);
    if (buckets == NULL) return WHORL_NO_MEMORY;
    if (!calls->closed) spare = grow(calls, buckets, count);
    whorl__free(spare);
  }
  return calls->closed ? WHORL_DESTROYED : WHORL_OK;
}

int whorl__calls_open(whorl__calls_t *calls, whorl__call_t *call, int64_t number)
{
  *call = (whorl__call_t){.end = call->end, .sent_ns = call->sent_ns, .number = number};
  pthread_mutex_lock(&calls->lock);
  int status = reserve(calls);
  if (status == WHORL_OK) {
    call->client = calls->client;
    whorl__list_append(bucket_of(calls, number), &call->link);
    calls->counts.open++;
    calls->counts.requests++;
  }
  pthread_mutex_unlock(&calls->lock);
  return status == WHORL_NO_MEMORY ? whorl__fail(status, "no memory for another open call") : status;
}

static whorl__call_t *find(whorl__calls_t *calls, int64_t number)
{
  whorl__list_t *bucket = bucket_of(calls, number);
  for (whorl__link_t *link = whorl__list_first(bucket); link != NULL; link = whorl__list_next(bucket, link)) {
    whorl__call_t *call = WHORL__CONTAINER(link, whorl__call_t, link);
    if (call->number == number) return call;
  }
  return NULL;
}

// Before the commit: from then on the call may be gone. One that was cancelled before is still there, as it has to come through the lock; it takes nothing then. Lock held.
static bool give(whorl__calls_t *calls, whorl__call_t *call, whorl__sample_t *sample)
{
  bool waiting = call->waiting;
  take_out(calls, call);
  if (call->end != NULL) return call->end(call, sample, WHORL_OK);
  whorl__sample_ref(sample);
  call->answer = sample;
  if (!waiting || whorl__wait_commit(&call->waiter, WHORL_OK)) return true;
  call->answer = NULL;
  whorl__sample_unref(sample); // never the last one: the transport has it
  return false;
}

void whorl__calls_answer(whorl__calls_t *calls, whorl__sample_t *sample)
{
  pthread_mutex_lock(&calls->lock);
  if (sample->header.client == calls->client && !calls->closed) { // all clients of a service see all answers
    whorl__call_t *call = find(calls, sample->header.number);
    if (call != NULL && give(calls, call, sample))
      calls->counts.answers++;
    else // given up, answered before, or never asked
      calls->counts.late++;
  }
  pthread_mutex_unlock(&calls->lock);
}

static const whorl__wait_kind_t an_answer = {"answer of", "", "the server"};

int whorl__calls_wait(whorl__calls_t *calls, whorl__call_t *call, whorl__sample_t **ret_answer)
{
  pthread_mutex_lock(&calls->lock);
  call->waiting = whorl__link_listed(&call->link);
  if (call->waiting) whorl__wait_begin_for(&call->waiter, &an_answer, calls->service);
  int status = call->status;
  pthread_mutex_unlock(&calls->lock);
  if (call->waiting) status = whorl__wait_suspend(&call->waiter);
  if (status < 0)
    whorl__calls_forget(calls, call);
  else
    *ret_answer = call->answer;
  return status;
}

// The next of them in its bucket, from `link` on.
static whorl__call_t *find_old(const whorl__list_t *bucket, whorl__link_t *link, int64_t sent_ns)
{
  for (; link != NULL; link = whorl__list_next(bucket, link)) {
    whorl__call_t *call = WHORL__CONTAINER(link, whorl__call_t, link);
    if (call->end != NULL && call->sent_ns <= sent_ns) return call;
  }
  return NULL;
}

size_t whorl__calls_prune(whorl__calls_t *calls, int64_t sent_ns)
{
  size_t pruned = 0;
  pthread_mutex_lock(&calls->lock);
  for (size_t i = 0; i < calls->bucket_count; i++) {
    const whorl__list_t *bucket = &calls->buckets[i];
    whorl__call_t *call = find_old(bucket, whorl__list_first(bucket), sent_ns);
    while (call != NULL) {
      whorl__call_t *next = find_old(bucket, whorl__list_next(bucket, &call->link), sent_ns);
      end_without_answer(calls, call, WHORL_ABANDONED);
      pruned++;
      call = next;
    }
  }
  pthread_mutex_unlock(&calls->lock);
  return pruned;
}

void whorl__calls_forget(whorl__calls_t *calls, whorl__call_t *call)
{
  pthread_mutex_lock(&calls->lock);
  if (whorl__link_listed(&call->link)) take_out(calls, call);
  pthread_mutex_unlock(&calls->lock);
  if (call->answer != NULL) whorl__sample_unref(call->answer);
  call->answer = NULL;
}
