#include "node/peers.h"

#include <stdlib.h>
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "message/cdr.h"
#include "whorl/status.h"

// Participants whose writer has gone are kept for a while, out of sight: after a partition their last sample need not come again. The oldest of them go first.
enum { ABSENT_KEPT = 32, GID = 16 };

struct whorl__peers {
  whorl__context_t *context;
  whorl__reaper_t *reaper; // the context's, as long as it lives; NULL: none
  whorl__reader_t *reader;
  whorl__changes_t *changes;
  // Held while samples are taken and participants looked at, also around the transport's calls for that; no hook takes it.
  pthread_mutex_t reading;
  whorl__list_t peers; // in order of their samples
  uint64_t malformed, no_memory;
  uint8_t (
      *writers)[GID]; // that our reader is matched with, sorted: asked of the transport after matches, as that costs far more than a sample
  size_t writer_count, writer_room;
  bool no_room;
  atomic_bool pending; // something has changed since it was last read
  atomic_bool matches; // among it who is matched
  // What hooks and the reaper share. A leaf, but for the reaper's.
  pthread_mutex_t hook_lock;
  whorl__reaper_job_t job;
  bool queued, running, closing;
  pthread_cond_t idle; // neither queued nor running
};

// --- reading

static whorl__peer_t *peer_at(whorl__link_t *link) { return WHORL__CONTAINER(link, whorl__peer_t, link); }

static void drop(whorl__peer_t *peer)
{
  whorl__list_remove(&peer->link);
  whorl__free(peer);
}

static whorl__link_t *first(const whorl__peers_t *self) { return whorl__list_first(&self->peers); }
static whorl__link_t *after(const whorl__peers_t *self, whorl__link_t *link) { return whorl__list_next(&self->peers, link); }

// In place of what was said before of this participant, or by this writer: it has one participant, and whoever lists another one in each sample may not fill the memory.
static void keep(whorl__peers_t *self, whorl__peer_t *peer)
{
  for (whorl__link_t *link = first(self), *next; link != NULL; link = next) {
    const whorl__peer_t *before = peer_at(link);
    next = after(self, link);
    if (memcmp(before->gid, peer->gid, sizeof peer->gid) == 0 || memcmp(before->writer, peer->writer, sizeof peer->writer) == 0)
      drop(peer_at(link));
  }
  whorl__list_append(&self->peers, &peer->link);
}

// One that was sent in this process has never been serialised; its bytes are not kept, as nobody else wants them.
static int read_native(const whorl__message_t *message, whorl__peer_t **ret_peer)
{
  size_t size;
  WHORL_TRY(whorl__cdr_size(message->type, message->native, &size));
  uint8_t *bytes = whorl__alloc(size);
  if (bytes == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for what another context says of its nodes");
  int status = whorl__cdr_encode(message->type, message->native, bytes, size, &size);
  if (status == WHORL_OK) status = whorl__peer_read(bytes, size, ret_peer);
  whorl__free(bytes);
  return status;
}

static void read_sample(whorl__peers_t *self, whorl__sample_t *sample)
{
  const whorl__cdr_t *cdr = atomic_load_explicit(&sample->cdr, memory_order_acquire);
  whorl__peer_t *peer = NULL;
  int status = cdr != NULL ? whorl__peer_read(cdr->bytes, cdr->size, &peer)
                           : read_native(atomic_load_explicit(&sample->message, memory_order_acquire), &peer);
  if (status == WHORL_OK) {
    memcpy(peer->writer, sample->publisher_gid, sizeof peer->writer);
    keep(self, peer);
  }
  self->malformed += status == WHORL_MALFORMED;
  self->no_memory += status == WHORL_NO_MEMORY;
  whorl__sample_unref(sample);
}

static void add_writer(void *arg, const whorl__remote_endpoint_t *writer)
{
  whorl__peers_t *self = arg;
  if (self->writer_count == self->writer_room) {
    size_t room = 2 * self->writer_room + 16;
    void *grown = whorl__realloc(self->writers, room * sizeof *self->writers);
    self->no_room |= grown == NULL;
    if (grown == NULL) return;
    self->writers = grown;
    self->writer_room = room;
  }
  memcpy(self->writers[self->writer_count++], writer->gid, GID);
}

static int compare_gids(const void *left, const void *right) { return memcmp(left, right, GID); }

// False: that could not be found out, it stays as it was until the next time.
static bool find_writers(whorl__peers_t *self)
{
  if (!atomic_exchange(&self->matches, false)) return true;
  self->writer_count = 0;
  self->no_room = false;
  int status = self->reader->participant->ops->reader_visit_matched(self->reader, add_writer, self);
  if (self->writer_count > 0) qsort(self->writers, self->writer_count, sizeof *self->writers, compare_gids);
  if (status == WHORL_OK && !self->no_room) return true;
  atomic_store(&self->matches, true);
  atomic_store(&self->pending, true);
  return false;
}

static bool is_there(const whorl__peers_t *self, const whorl__peer_t *peer)
{
  return self->writer_count > 0 && bsearch(peer->writer, self->writers, self->writer_count, sizeof *self->writers, compare_gids) != NULL;
}

static void look_who_is_there(whorl__peers_t *self)
{
  size_t absent = 0;
  if (!find_writers(self)) return;
  for (whorl__link_t *link = first(self); link != NULL; link = after(self, link)) {
    peer_at(link)->present = is_there(self, peer_at(link));
    absent += !peer_at(link)->present;
  }
  for (whorl__link_t *link = first(self), *next; absent > ABSENT_KEPT && link != NULL; link = next) {
    next = after(self, link);
    if (peer_at(link)->present) continue;
    drop(peer_at(link));
    absent--;
  }
}

// Reading held.
static void read_what_came(whorl__peers_t *self)
{
  if (!atomic_exchange(&self->pending, false)) return;
  bool more = true, came = false;
  for (whorl__sample_t *sample; more && (sample = whorl__ring_take(&self->reader->ring, INT64_MIN, &more)) != NULL; came = true)
    read_sample(self, sample);
  if (came || atomic_load(&self->matches)) look_who_is_there(self);
}

void whorl__peers_refresh(whorl__peers_t *self)
{
  if (!atomic_load(&self->pending)) return;
  pthread_mutex_lock(&self->reading);
  read_what_came(self);
  pthread_mutex_unlock(&self->reading);
}

void whorl__peers_visit(whorl__peers_t *self, void (*visit)(void *arg, const whorl__peer_t *peer), void *arg)
{
  pthread_mutex_lock(&self->reading);
  read_what_came(self);
  for (whorl__link_t *link = first(self); link != NULL; link = after(self, link))
    if (peer_at(link)->present) visit(arg, peer_at(link));
  pthread_mutex_unlock(&self->reading);
}

whorl__peers_counts_t whorl__peers_read_counts(whorl__peers_t *self)
{
  pthread_mutex_lock(&self->reading);
  read_what_came(self);
  whorl__ring_counts_t ring = whorl__ring_read_counts(&self->reader->ring);
  whorl__peers_counts_t counts = {.samples = ring.received, .malformed = self->malformed, .lost = self->no_memory + ring.dropped};
  pthread_mutex_unlock(&self->reading);
  return counts;
}

// --- hooks

static void read_on_the_reaper(whorl__reaper_job_t *job)
{
  whorl__peers_t *self = WHORL__CONTAINER(job, whorl__peers_t, job);
  pthread_mutex_lock(&self->hook_lock);
  self->queued = false;
  self->running = true;
  pthread_mutex_unlock(&self->hook_lock);
  whorl__peers_refresh(self);
  whorl__changes_tell(self->changes);
  pthread_mutex_lock(&self->hook_lock);
  self->running = false;
  pthread_cond_broadcast(&self->idle);
  pthread_mutex_unlock(&self->hook_lock);
}

// In a hook of the transport: the work is somebody else's. Without a reaper who waits is told at once, and reads for himself.
static void something_changed(void *arg)
{
  whorl__peers_t *self = arg;
  atomic_store(&self->pending, true);
  pthread_mutex_lock(&self->hook_lock);
  if (self->reaper != NULL && !self->queued && !self->closing) {
    self->queued = true;
    whorl__reaper_add(self->reaper, &self->job);
  }
  pthread_mutex_unlock(&self->hook_lock);
  if (self->reaper == NULL) whorl__changes_tell(self->changes);
}

static void on_event(void *arg, const whorl__endpoint_event_t *event)
{
  whorl__peers_t *self = arg;
  if (event->kind != WHORL__EVENT_MATCHED) return;
  atomic_store(&self->matches, true);
  something_changed(self);
}

// --- life

int whorl__peers_open(whorl__context_t *context, whorl__endpoint_options_t *options, whorl__changes_t *changes, whorl__peers_t **ret_peers)
{
  const whorl__transport_ops_t *ops = context->participant->ops;
  whorl__peers_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a context");
  self->context = context;
  self->reaper = context->reaper;
  self->changes = changes;
  self->job.run = read_on_the_reaper;
  atomic_init(&self->matches, true);
  whorl__list_init(&self->peers);
  pthread_mutex_init(&self->reading, NULL);
  pthread_mutex_init(&self->hook_lock, NULL);
  pthread_cond_init(&self->idle, NULL);
  options->ready = something_changed;
  options->event = on_event;
  options->arg = self;
  pthread_mutex_lock(&self->reading); // who is called by a hook before the reader is known waits for it
  int status = ops->reader_open(context->participant, options, &self->reader);
  pthread_mutex_unlock(&self->reading);
  if (status < 0) {
    self->reader = NULL;
    whorl__peers_close(self);
    return status;
  }
  ops->discovery_hook(context->participant, something_changed, self);
  *ret_peers = self;
  return WHORL_OK;
}

void whorl__peers_end(whorl__peers_t *self)
{
  self->context->participant->ops->discovery_hook(self->context->participant, NULL, NULL); // none runs any more
  pthread_mutex_lock(&self->hook_lock);
  self->closing = true;
  while (self->queued || self->running) pthread_cond_wait(&self->idle, &self->hook_lock);
  pthread_mutex_unlock(&self->hook_lock);
}

void whorl__peers_close(whorl__peers_t *self)
{
  whorl__peers_end(self);
  if (self->reader != NULL) self->reader->participant->ops->reader_close(self->reader);
  for (whorl__link_t *link; (link = first(self)) != NULL;) drop(peer_at(link));
  whorl__free(self->writers);
  pthread_cond_destroy(&self->idle);
  pthread_mutex_destroy(&self->hook_lock);
  pthread_mutex_destroy(&self->reading);
  whorl__free(self);
}
