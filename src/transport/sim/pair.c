// What lies between two participants: faults of their link, partitions, death.
//
// Whatever is changed, `refresh` looks at all pairs and paths again and says what that means: pairs that are cut off begin to count the lease, those that are joined again
// rediscover each other or go on, and reliable data that waited goes out.
#include "base/detail.h"
#include "base/memory.h"
#include "transport/sim/network.h"
#include "whorl/status.h"
#include "whorl/time.h"

enum { DEFAULT_LEASE_S = 10 }; // as Cyclone's

static bool is_self(const sim_pair_t *pair) { return pair->ends[0] == pair->ends[1]; }

const whorl__sim_faults_t *whorl__sim_faults(const sim_pair_t *pair, int end)
{
  static const whorl__sim_faults_t none = {0};
  const whorl__sim_conditions_t *conditions = &pair->ends[0]->network->options.conditions;
  if (pair->has_faults[end]) return &pair->faults[end];
  return is_self(pair) && conditions->spares_local ? &none : &conditions->faults;
}

static bool severed(const sim_pair_t *pair)
{
  return pair->ends[0]->group != pair->ends[1]->group || pair->ends[0]->dead || pair->ends[1]->dead;
}
static bool is_mute(const sim_pair_t *pair, int end) { return whorl__sim_faults(pair, end)->loss >= 1; }

bool whorl__sim_blocked(const sim_path_t *path)
{
  const sim_pair_t *pair = path->pair;
  if (severed(pair) || is_mute(pair, path->end)) return true;
  return sim_is_reliable(path) && !is_self(pair) && is_mute(pair, !path->end); // no acknowledgement comes back
}

// --- forgetting and finding each other

static void note(const sim_pair_t *pair, const char *verb)
{
  whorl__sim_note(pair->ends[0]->network, "%s participants %u %u", verb, pair->ends[0]->number, pair->ends[1]->number);
}

bool whorl__sim_is_remembered(const sim_participant_t *participant)
{
  const whorl__list_t *pairs = &participant->network->pairs;
  for (const whorl__link_t *link = whorl__list_first(pairs); link != NULL; link = whorl__list_next(pairs, link)) {
    const sim_pair_t *pair = WHORL__CONTAINER(link, sim_pair_t, link);
    bool ours = pair->ends[0] == participant || pair->ends[1] == participant;
    if (ours && !is_self(pair) && pair->known) return true;
  }
  return false;
}

// Forgotten, or discovered again.
static void change(whorl__sim_network_t *network, sim_event_t *event)
{
  sim_pair_t *pair = WHORL__CONTAINER(event, sim_pair_t, change);
  sim_participant_t *ends[2] = {pair->ends[0], pair->ends[1]};
  uint32_t domain_id = ends[0]->domain_id;
  pair->known = !pair->cut;
  note(pair, pair->known ? "discover" : "forget");
  if (pair->known) {
    whorl__sim_meet_all(network, pair);
  } else {
    whorl__sim_part_all(network, pair);
    for (int i = 0; i < 2; i++) { // may end the participant, and the pair with it
      if (ends[i]->dead && !whorl__sim_is_remembered(ends[i])) whorl__sim_bury_all(network, ends[i]);
    }
  }
  whorl__sim_announce(network, domain_id);
}

static void refresh_pair(whorl__sim_network_t *network, sim_pair_t *pair)
{
  if (is_self(pair)) return;
  bool cut = severed(pair) || is_mute(pair, 0) || is_mute(pair, 1);
  if (cut == pair->cut) return;
  const whorl__sim_conditions_t *conditions = &network->options.conditions;
  int64_t lease_ns = conditions->lease_ns != 0 ? conditions->lease_ns : WHORL_SECONDS(DEFAULT_LEASE_S),
          now_ns = whorl__sim_steady_ns(network);
  pair->cut = cut;
  note(pair, cut ? "cut" : "heal");
  whorl__sim_disarm(network, &pair->change);
  if (cut && pair->known) whorl__sim_arm(network, &pair->change, whorl__time_after(now_ns, lease_ns));
  if (cut || pair->known) return;
  int64_t delay_ns = whorl__sim_discovery_delay(network, &pair->random);
  if (delay_ns > 0)
    whorl__sim_arm(network, &pair->change, whorl__time_after(now_ns, delay_ns));
  else
    change(network, &pair->change);
}

static void refresh(whorl__sim_network_t *network)
{
  for (whorl__link_t *link = whorl__list_first(&network->pairs); link != NULL; link = whorl__list_next(&network->pairs, link)) {
    sim_pair_t *pair = WHORL__CONTAINER(link, sim_pair_t, link);
    bool was_cut = pair->cut;
    refresh_pair(network, pair);
    for (whorl__link_t *w = whorl__list_first(&network->writers); w != NULL; w = whorl__list_next(&network->writers, w)) {
      sim_endpoint_t *writer = WHORL__CONTAINER(w, sim_endpoint_t, link);
      for (whorl__link_t *p = whorl__list_first(&writer->paths); p != NULL; p = whorl__list_next(&writer->paths, p)) {
        sim_path_t *path = WHORL__CONTAINER(p, sim_path_t, writer_link);
        if (path->pair != pair) continue;
        if (was_cut != pair->cut) whorl__sim_watch_cut(path, pair->cut);
        if (!whorl__sim_blocked(path)) whorl__sim_resume(path);
      }
    }
  }
}

// --- pairs come and go with their participants

static int open_pair(sim_participant_t *one, sim_participant_t *other)
{
  sim_pair_t *pair = whorl__alloc(sizeof *pair);
  if (pair == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a participant");
  *pair = (sim_pair_t){.ends = {one, other}, .change.happen = change};
  pair->random = whorl__sim_random_seed(one->network->options.seed, one->base.gid, other->base.gid);
  pair->cut = !is_self(pair) && (severed(pair) || is_mute(pair, 0) || is_mute(pair, 1));
  pair->known = !pair->cut;
  whorl__list_append(&one->network->pairs, &pair->link);
  return WHORL_OK;
}

// It is listed already, as the last one.
int whorl__sim_pairs_open(sim_participant_t *participant)
{
  whorl__list_t *participants = &participant->network->participants;
  for (whorl__link_t *link = whorl__list_first(participants); link != NULL; link = whorl__list_next(participants, link)) {
    sim_participant_t *other = WHORL__CONTAINER(link, sim_participant_t, link);
    int status = other->domain_id != participant->domain_id ? WHORL_OK : open_pair(other, participant);
    if (status < 0) {
      whorl__sim_pairs_close(participant);
      return status;
    }
  }
  return WHORL_OK;
}

void whorl__sim_pairs_close(sim_participant_t *participant)
{
  whorl__sim_network_t *network = participant->network;
  for (whorl__link_t *link = whorl__list_first(&network->pairs), *next; link != NULL; link = next) {
    next = whorl__list_next(&network->pairs, link);
    sim_pair_t *pair = WHORL__CONTAINER(link, sim_pair_t, link);
    if (pair->ends[0] != participant && pair->ends[1] != participant) continue;
    whorl__sim_disarm(network, &pair->change);
    whorl__list_remove(&pair->link);
    whorl__free(pair);
  }
}

sim_pair_t *whorl__sim_pair(const sim_participant_t *one, const sim_participant_t *other)
{
  const whorl__list_t *pairs = &one->network->pairs;
  for (whorl__link_t *link = whorl__list_first(pairs); link != NULL; link = whorl__list_next(pairs, link)) {
    sim_pair_t *pair = WHORL__CONTAINER(link, sim_pair_t, link);
    if (pair->ends[0] == one && pair->ends[1] == other) return pair;
    if (pair->ends[0] == other && pair->ends[1] == one) return pair;
  }
  return NULL;
}

// --- what a user changes

void whorl__sim_set_conditions(whorl__sim_network_t *network, const whorl__sim_conditions_t *conditions)
{
  pthread_mutex_lock(&network->lock);
  network->options.conditions = *conditions;
  whorl__sim_note(network, "conditions changed");
  refresh(network);
  pthread_mutex_unlock(&network->lock);
}

void whorl__sim_set_delay(whorl__sim_network_t *network, int64_t delay_ns)
{
  pthread_mutex_lock(&network->lock);
  network->options.conditions.faults.delay_ns = delay_ns;
  pthread_mutex_unlock(&network->lock);
}

void whorl__sim_set_link(whorl__participant_t *from, whorl__participant_t *to, const whorl__sim_faults_t *faults)
{
  sim_participant_t *one = sim_participant_of(from), *other = sim_participant_of(to);
  whorl__sim_network_t *network = one->network;
  pthread_mutex_lock(&network->lock);
  sim_pair_t *pair = whorl__sim_pair(one, other);
  if (pair != NULL) { // of other domains: they do not hear each other anyway
    int end = pair->ends[0] == one ? 0 : 1;
    pair->has_faults[end] = faults != NULL;
    if (faults != NULL) pair->faults[end] = *faults;
    whorl__sim_note(network, "link %u>%u changed", one->number, other->number);
    refresh(network);
  }
  pthread_mutex_unlock(&network->lock);
}

void whorl__sim_partition(whorl__sim_network_t *network, whorl__participant_t *const *group, size_t count)
{
  pthread_mutex_lock(&network->lock);
  network->groups++;
  for (size_t i = 0; i < count; i++) sim_participant_of(group[i])->group = network->groups;
  refresh(network);
  pthread_mutex_unlock(&network->lock);
}

void whorl__sim_heal(whorl__sim_network_t *network)
{
  pthread_mutex_lock(&network->lock);
  for (whorl__link_t *link = whorl__list_first(&network->participants); link != NULL;
       link = whorl__list_next(&network->participants, link)) {
    WHORL__CONTAINER(link, sim_participant_t, link)->group = 0;
  }
  refresh(network);
  pthread_mutex_unlock(&network->lock);
}

static void silence(whorl__list_t *endpoints, const sim_participant_t *participant)
{
  for (whorl__link_t *link = whorl__list_first(endpoints); link != NULL; link = whorl__list_next(endpoints, link)) {
    sim_endpoint_t *endpoint = WHORL__CONTAINER(link, sim_endpoint_t, link);
    if (endpoint->participant != participant) continue;
    endpoint->event = NULL;
    whorl__sim_watch_stop(endpoint);
    if (!endpoint->closed) whorl__sim_disarm(participant->network, &endpoint->announcement);
  }
}

void whorl__sim_kill(whorl__participant_t *base)
{
  sim_participant_t *participant = sim_participant_of(base);
  whorl__sim_network_t *network = participant->network;
  pthread_mutex_lock(&network->lock);
  if (!participant->dead) {
    whorl__sim_note(network, "kill participant %u", participant->number);
    participant->dead = true;
    participant->change = NULL;
    silence(&network->writers, participant);
    silence(&network->readers, participant);
    refresh(network);
  }
  pthread_mutex_unlock(&network->lock);
}

bool whorl__sim_is_dead(whorl__participant_t *base)
{
  sim_participant_t *participant = sim_participant_of(base);
  pthread_mutex_lock(&participant->network->lock);
  bool dead = participant->dead;
  pthread_mutex_unlock(&participant->network->lock);
  return dead;
}
