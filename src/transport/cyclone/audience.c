// Who listens to a writer; and delivery to those of this process without Cyclone, when nobody else listens.
//
// Cyclone alone says who is matched, so QoS, counts and events are the same either way, and a write delivers before it returns either way: a writer may go
// from one to the other between two messages and no reader sees a difference. What Cyclone has to know of each message is left to it: kept for late
// joiners, a deadline that was offered (only then a reader can have one), a lease that a message renews, a life span. Requests and replies too: who
// answers looks at Cyclone's matches himself, and these are ahead of its listeners for a moment.
#include "base/memory.h"
#include "transport/cyclone/cyclone.h"
#include "whorl/time.h"

typedef struct whorl__seated {
  whorl__audience_t *audience;
  whorl__cyclone_reader_t *reader;
  whorl__link_t link; // of the reader
} whorl__seated_t;

typedef struct matches { // of a writer, as Cyclone has them
  dds_instance_handle_t some[64], *all;
  size_t count;
  bool known;
} matches_t;

static bool is_unlimited(int64_t duration_ns) { return duration_ns == 0 || duration_ns == WHORL_FOREVER; }

void whorl__audience_init(whorl__audience_t *audience, const whorl__endpoint_options_t *options)
{
  const whorl_qos_t *qos = &options->qos;
  audience->may_be_direct = options->kind == WHORL__DDS_TOPIC && qos->durability == WHORL_DURABILITY_VOLATILE &&
                            qos->liveliness != WHORL_LIVELINESS_MANUAL_BY_TOPIC && is_unlimited(qos->deadline_ns) &&
                            is_unlimited(qos->lifespan_ns);
  whorl__lock_init(&audience->lock);
}

// --- looking

static void get_matches(dds_entity_t writer, matches_t *matches)
{
  size_t room = sizeof matches->some / sizeof *matches->some;
  matches->all = matches->some;
  dds_return_t found = dds_get_matched_subscriptions(writer, matches->all, room);
  if (found > 0 && (size_t)found > room) {
    room = (size_t)found;
    matches->all = whorl__alloc(room * sizeof *matches->all);
    found = matches->all != NULL ? dds_get_matched_subscriptions(writer, matches->all, room) : 0;
  }
  matches->known = matches->all != NULL && found >= 0;
  matches->count = !matches->known ? 0 : (size_t)found > room ? room : (size_t)found; // more have come: so we look again
}

static bool has(const matches_t *matches, dds_instance_handle_t instance)
{
  for (size_t i = 0; i < matches->count; i++)
    if (matches->all[i] == instance) return true;
  return false;
}

static void empty(whorl__audience_t *audience) // both locks held
{
  for (size_t i = 0; i < audience->count; i++) whorl__list_remove(&audience->seats[i].link);
  audience->count = 0;
}

static void seat(whorl__audience_t *audience, whorl__cyclone_reader_t *reader) // both locks held
{
  if (audience->count == audience->room) return;
  whorl__seated_t *seated = &audience->seats[audience->count++];
  *seated = (whorl__seated_t){.audience = audience, .reader = reader};
  whorl__list_append(&reader->seats, &seated->link);
}

// Takes what it needs out of `spare`, which then is what is to be freed. The number of readers of this process.
static size_t seat_all(whorl__cyclone_writer_t *writer, const matches_t *matches, whorl__seated_t **spare)
{
  whorl__audience_t *audience = &writer->audience;
  whorl__cyclone_domain_t *domain = writer->endpoint.participant->domain;
  size_t local = 0;
  pthread_mutex_lock(&domain->readers_lock);
  whorl__lock(&audience->lock);
  empty(audience);
  if (*spare != NULL) {
    whorl__seated_t *old = audience->seats;
    audience->seats = *spare;
    audience->room = matches->count;
    *spare = old;
  }
  for (whorl__link_t *link = whorl__list_first(&domain->readers); link != NULL; link = whorl__list_next(&domain->readers, link)) {
    whorl__cyclone_reader_t *reader = WHORL__CONTAINER(link, whorl__cyclone_reader_t, domain_link);
    if (!has(matches, reader->instance)) continue;
    local++;
    if (reader->base.type == writer->base.type) seat(audience, reader); // else Cyclone makes a sample of its own type for it
  }
  bool direct = audience->may_be_direct && matches->known && audience->count == matches->count;
  atomic_store_explicit(&audience->direct, direct, memory_order_relaxed);
  whorl__unlock(&audience->lock);
  pthread_mutex_unlock(&domain->readers_lock);
  return local;
}

void whorl__audience_look(whorl__cyclone_writer_t *writer)
{
  whorl__audience_t *audience = &writer->audience;
  unsigned generation = atomic_load(&writer->endpoint.participant->domain->match_generation);
  if (atomic_load_explicit(&audience->seen_generation, memory_order_relaxed) == generation) return;
  matches_t matches;
  get_matches(writer->endpoint.entity, &matches);
  whorl__seated_t *spare = audience->may_be_direct && matches.count > 0 ? whorl__alloc(matches.count * sizeof *spare) : NULL;
  size_t local = seat_all(writer, &matches, &spare);
  atomic_store_explicit(&audience->has_local, !matches.known || local > 0, memory_order_relaxed);
  atomic_store_explicit(&audience->has_remote, !matches.known || matches.count > local, memory_order_relaxed);
  atomic_store_explicit(&audience->seen_generation, generation, memory_order_relaxed);
  whorl__free(spare);
  if (matches.all != matches.some) whorl__free(matches.all);
}

// --- delivery

bool whorl__audience_deliver(whorl__cyclone_writer_t *writer, whorl__serdata_t *serdata)
{
  whorl__audience_t *audience = &writer->audience;
  if (!atomic_load_explicit(&audience->direct, memory_order_relaxed)) return false;
  whorl__lock(&audience->lock);
  bool direct = atomic_load_explicit(&audience->direct, memory_order_relaxed); // a reader may have left
  for (size_t i = 0; direct && i < audience->count; i++)
    whorl__reader_store(&audience->seats[i].reader->base, &serdata->sample, WHORL_FOREVER);
  whorl__unlock(&audience->lock);
  if (direct) whorl__sample_unref(&serdata->sample);
  return direct;
}

// --- life

void whorl__audience_enter(whorl__cyclone_reader_t *reader)
{
  whorl__cyclone_domain_t *domain = reader->endpoint.participant->domain;
  whorl__list_init(&reader->seats);
  pthread_mutex_lock(&domain->readers_lock);
  whorl__list_append(&domain->readers, &reader->domain_link);
  pthread_mutex_unlock(&domain->readers_lock);
  atomic_fetch_add(&domain->match_generation, 1);
}

void whorl__audience_leave(whorl__cyclone_reader_t *reader)
{
  whorl__cyclone_domain_t *domain = reader->endpoint.participant->domain;
  whorl__link_t *link;
  pthread_mutex_lock(&domain->readers_lock);
  whorl__list_remove(&reader->domain_link);
  while ((link = whorl__list_first(&reader->seats)) != NULL) {
    whorl__audience_t *audience = WHORL__CONTAINER(link, whorl__seated_t, link)->audience;
    whorl__lock(&audience->lock);
    atomic_store_explicit(&audience->direct, false, memory_order_relaxed);
    empty(audience);
    whorl__unlock(&audience->lock);
  }
  pthread_mutex_unlock(&domain->readers_lock);
  atomic_fetch_add(&domain->match_generation, 1);
}

void whorl__audience_fini(whorl__cyclone_writer_t *writer)
{
  whorl__cyclone_domain_t *domain = writer->endpoint.participant->domain;
  pthread_mutex_lock(&domain->readers_lock);
  empty(&writer->audience);
  pthread_mutex_unlock(&domain->readers_lock);
  whorl__lock_fini(&writer->audience.lock);
  whorl__free(writer->audience.seats);
}
