#include "node/qos_event.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "node/graph_query.h"
#include "node/node.h"
#include "node/qos_policy.h"
#include "whorl/task.h"

static_assert((int)WHORL_QOS_EVENT_MATCHED == (int)WHORL__EVENT_MATCHED &&
                  (int)WHORL_QOS_EVENT_MESSAGE_LOST == (int)WHORL__EVENT_SAMPLE_LOST &&
                  (int)WHORL_QOS_EVENT_BACKLOG == (int)WHORL__EVENT_BACKLOG,
              "the seam's events are the user's");

void whorl__qos_events_init(whorl__qos_events_t *self, whorl__node_t *node, bool is_writer, const char *topic,
                            whorl_qos_event_callback_t callback, void *arg)
{
  *self = (whorl__qos_events_t){.node = node, .callback = callback, .arg = arg, .end.topic = topic, .end.is_writer = is_writer};
  pthread_mutex_init(&self->lock, NULL);
}

void whorl__qos_events_fini(whorl__qos_events_t *self)
{
  whorl__unheard_forget(self->node->context, self);
  pthread_mutex_destroy(&self->lock);
}

static bool is_told(const whorl__qos_events_t *self, int kind)
{
  return self->callback != NULL || (self->strict && kind == WHORL_QOS_EVENT_INCOMPATIBLE_QOS);
}

static bool is_logged(const whorl__qos_events_t *self, int kind)
{
  return self->callback == NULL && (kind == WHORL_QOS_EVENT_INCOMPATIBLE_QOS || kind == WHORL_QOS_EVENT_BACKLOG);
}

bool whorl__qos_events_note(whorl__qos_events_t *self, const whorl__endpoint_event_t *event)
{
  pthread_mutex_lock(&self->lock);
  whorl__qos_event_numbers_t *numbers = &self->numbers[event->kind];
  numbers->total = event->total;
  numbers->current = event->current;
  numbers->policy = event->policy;
  atomic_fetch_or_explicit(&self->pending, 1U << event->kind, memory_order_relaxed);
  pthread_mutex_unlock(&self->lock);
  if (is_logged(self, (int)event->kind)) whorl__unheard_add(self->node->context, self, (whorl_qos_event_kind_t)event->kind);
  return is_told(self, (int)event->kind);
}

static whorl_qos_event_t event_of(const whorl__qos_events_t *self, whorl_qos_event_kind_t kind) // lock held
{
  const whorl__qos_event_numbers_t *numbers = &self->numbers[kind];
  return (whorl_qos_event_t){.kind = kind,
                             .total = numbers->total,
                             .current = numbers->current,
                             .total_change = (int32_t)(numbers->total - numbers->told_total),
                             .current_change = (int32_t)(numbers->current - numbers->told_current),
                             .topic = self->end.topic,
                             .policy = whorl__qos_policy_of(numbers->policy),
                             .other_node = "",
                             .text = ""};
}

int whorl__qos_events_read(whorl__qos_events_t *self, whorl_qos_event_kind_t kind, whorl_qos_event_t *ret_event)
{
  if (ret_event == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "reading an event: ret_event is NULL");
  if ((unsigned)kind >= WHORL__QOS_EVENT_KINDS) return whorl__fail(WHORL_INVALID_ARGUMENT, "%d is no kind of event", (int)kind);
  pthread_mutex_lock(&self->lock);
  *ret_event = event_of(self, kind);
  pthread_mutex_unlock(&self->lock);
  return WHORL_OK;
}

static bool take(whorl__qos_events_t *self, whorl_qos_event_kind_t kind, whorl_qos_event_t *ret_event)
{
  pthread_mutex_lock(&self->lock);
  bool pending = (atomic_load_explicit(&self->pending, memory_order_relaxed) & 1U << kind) != 0;
  if (pending) {
    *ret_event = event_of(self, kind);
    self->numbers[kind].told_total = self->numbers[kind].total;
    self->numbers[kind].told_current = self->numbers[kind].current;
    atomic_fetch_and_explicit(&self->pending, ~(1U << kind), memory_order_relaxed);
  }
  pthread_mutex_unlock(&self->lock);
  return pending;
}

// --- events in words

static void say_backlog(whorl_qos_event_t *event, whorl__qos_words_t *words)
{
  snprintf(words->text, sizeof words->text, "%u messages of topic '%s' wait: they come faster than they are taken",
           (unsigned)event->current, event->topic);
  event->text = words->text;
}

typedef struct search {
  const whorl__qos_end_t *end;
  whorl_qos_policy_t policy; // NONE: any, until one is found
  char dds_topic[WHORL__DDS_NAME_SIZE];
  bool found;
  whorl__remote_endpoint_t other; // without its strings
} search_t;

static whorl_qos_policy_t first_misfit(const whorl_qos_t *offered, const whorl_qos_t *requested)
{
  for (int policy = WHORL_QOS_POLICY_NONE + 1; policy < WHORL_QOS_POLICY_OTHER; policy++)
    if (whorl__qos_policy_asks_for_more((whorl_qos_policy_t)policy, offered, requested)) return (whorl_qos_policy_t)policy;
  return WHORL_QOS_POLICY_NONE;
}

static void look_at(void *arg, const whorl__remote_endpoint_t *endpoint)
{
  search_t *search = arg;
  const whorl__qos_end_t *end = search->end;
  if (endpoint->is_writer == end->is_writer || strcmp(endpoint->dds_topic, search->dds_topic) != 0) return;
  const whorl_qos_t *offered = end->is_writer ? &end->qos : &endpoint->qos;
  const whorl_qos_t *requested = end->is_writer ? &endpoint->qos : &end->qos;
  if (search->policy == WHORL_QOS_POLICY_NONE) search->policy = first_misfit(offered, requested);
  if (!whorl__qos_policy_asks_for_more(search->policy, offered, requested)) return;
  search->found = true;
  search->other = *endpoint;
}

static const struct kind_words {
  const char *writer, *reader, *topic, *messages;
} kind_words[] = {
    [WHORL__DDS_TOPIC] = {"publisher", "subscription", "topic", "messages"},
    [WHORL__DDS_REQUEST] = {"client", "server", "service", "requests"},
    [WHORL__DDS_REPLY] = {"server", "client", "service", "answers"},
};

static void say_incompatible(const whorl__qos_end_t *self, const whorl_qos_event_t *event, bool found, whorl__qos_words_t *words)
{
  char owner[sizeof words->owner + 16] = "";
  if (event->other_node[0] != '\0') snprintf(owner, sizeof owner, " of node '%s'", event->other_node);
  const struct kind_words *of_kind = &kind_words[self->kind];
  int length = snprintf(words->text, sizeof words->text,
                        "a %s%s on %s '%s' %s incompatible QoS, no %s %s: ", self->is_writer ? of_kind->reader : of_kind->writer, owner,
                        of_kind->topic, self->topic, self->is_writer ? "requests" : "offers", of_kind->messages,
                        self->is_writer ? "go to it" : "come from it");
  if (length < 0 || length >= (int)sizeof words->text) return;
  char *rest = words->text + length;
  size_t room = sizeof words->text - (size_t)length;
  if (found)
    (void)whorl__qos_policy_say(rest, room, event->policy, &event->offered, &event->requested);
  else
    snprintf(rest, room, "%s", whorl_qos_policy_name(event->policy));
}

static int describe(const whorl__qos_end_t *end, whorl__context_t *context, whorl_qos_event_t *event, whorl__qos_words_t *words)
{
  search_t search = {.end = end, .policy = event->policy};
  whorl__participant_t *participant = context->participant;
  words->owner[0] = words->text[0] = '\0';
  int status = whorl__dds_topic_name(end->kind, end->topic, end->qos.avoid_ros_namespace_conventions, search.dds_topic,
                                     sizeof search.dds_topic);
  if (status == WHORL_OK) status = participant->ops->discovery_visit(participant, look_at, &search);
  if (status == WHORL_OK && search.found) {
    event->policy = search.policy;
    event->offered = end->is_writer ? end->qos : search.other.qos;
    event->requested = end->is_writer ? search.other.qos : end->qos;
    memcpy(event->other_gid, search.other.gid, sizeof event->other_gid);
    whorl__graph_find_owner(context, &search.other, words->owner, sizeof words->owner);
  }
  event->other_node = words->owner;
  say_incompatible(end, event, search.found, words);
  event->text = words->text;
  return status;
}

void whorl__qos_event_describe(const whorl__qos_end_t *end, whorl__context_t *context, whorl_qos_event_t *event, whorl__qos_words_t *words)
{
  if (event->kind == WHORL_QOS_EVENT_BACKLOG) say_backlog(event, words);
  if (event->kind == WHORL_QOS_EVENT_INCOMPATIBLE_QOS)
    (void)describe(end, context, event, words); // what could not be found out is left out
}

int whorl__qos_events_check(const whorl__qos_events_t *self)
{
  whorl__qos_words_t words;
  whorl_qos_event_t event = {.policy = WHORL_QOS_POLICY_NONE};
  WHORL_TRY(describe(&self->end, self->node->context, &event, &words));
  return event.policy == WHORL_QOS_POLICY_NONE ? WHORL_OK : whorl__fail(WHORL_INCOMPATIBLE_QOS, "%s", words.text);
}

int whorl__qos_events_tell(whorl__qos_events_t *self)
{
  whorl__qos_words_t words;
  if ((self->callback == NULL && !self->strict) || atomic_load_explicit(&self->pending, memory_order_relaxed) == 0)
    return WHORL_OK; // as for nearly every message
  for (int kind = 0; kind < WHORL__QOS_EVENT_KINDS; kind++) {
    whorl_qos_event_t event;
    if (!is_told(self, kind) || !take(self, (whorl_qos_event_kind_t)kind, &event)) continue;
    bool misfits = kind == WHORL_QOS_EVENT_INCOMPATIBLE_QOS;
    whorl__qos_event_describe(&self->end, self->node->context, &event, &words);
    if (self->callback != NULL) WHORL_TRY(self->callback(&event, self->arg));
    if (whorl_canceled()) return WHORL_CANCELED; // perhaps it destroyed its own entity: nothing else of it starts
    if (misfits && self->strict) return whorl__fail(WHORL_INCOMPATIBLE_QOS, "%s", words.text);
  }
  return WHORL_OK;
}
