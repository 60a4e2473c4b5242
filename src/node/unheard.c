#include "node/unheard.h"

#include <stdio.h>

#include "node/node.h"
#include "node/qos_event.h"
#include "whorl/log.h"

void whorl__unheard_init(whorl__unheard_t *self)
{
  pthread_mutex_init(&self->lock, NULL);
  whorl__list_init(&self->listed);
}

void whorl__unheard_fini(whorl__unheard_t *self) { pthread_mutex_destroy(&self->lock); }

static void tell_on_the_reaper(whorl__reaper_job_t *job)
{
  whorl__context_t *context = WHORL__CONTAINER(job, whorl__context_t, unheard.job);
  pthread_mutex_lock(&context->unheard.lock);
  context->unheard.queued = false;
  pthread_mutex_unlock(&context->unheard.lock);
  whorl__warning_t warning;
  while (whorl__unheard_take(context, &warning)) whorl__warning_log(&warning);
}

void whorl__unheard_add(whorl__context_t *context, whorl__qos_events_t *events, whorl_qos_event_kind_t kind)
{
  whorl__unheard_t *self = &context->unheard;
  pthread_mutex_lock(&self->lock);
  events->unheard_kinds |= 1U << kind;
  if (!whorl__link_listed(&events->unheard)) whorl__list_append(&self->listed, &events->unheard);
  if (context->reaper != NULL && !self->queued) {
    self->queued = true;
    self->job.run = tell_on_the_reaper;
    whorl__reaper_add(context->reaper, &self->job);
  }
  pthread_mutex_unlock(&self->lock);
}

void whorl__unheard_forget(whorl__context_t *context, whorl__qos_events_t *events)
{
  pthread_mutex_lock(&context->unheard.lock);
  if (whorl__link_listed(&events->unheard)) whorl__list_remove(&events->unheard);
  pthread_mutex_unlock(&context->unheard.lock);
}

// What is needed of an endpoint, as it may end while one looks.
typedef struct found {
  char topic[WHORL__DDS_NAME_SIZE];
  whorl__qos_end_t end;
  whorl_qos_event_t event;
} found_t;

static whorl_qos_event_kind_t take_kind(whorl__qos_events_t *events) // lock held
{
  unsigned kind = 0;
  while ((events->unheard_kinds & 1U << kind) == 0) kind++;
  events->unheard_kinds &= ~(1U << kind);
  return (whorl_qos_event_kind_t)kind;
}

static bool take(whorl__unheard_t *self, found_t *ret_found, char ret_logger[static WHORL__NAME_FQN_SIZE])
{
  pthread_mutex_lock(&self->lock);
  whorl__link_t *link = whorl__list_pop(&self->listed);
  if (link != NULL) {
    whorl__qos_events_t *events = WHORL__CONTAINER(link, whorl__qos_events_t, unheard);
    (void)whorl__qos_events_read(events, take_kind(events), &ret_found->event);
    if (events->unheard_kinds != 0) whorl__list_append(&self->listed, link);
    snprintf(ret_found->topic, sizeof ret_found->topic, "%s", events->end.topic);
    snprintf(ret_logger, WHORL__NAME_FQN_SIZE, "%s", events->node->logger);
    ret_found->end = events->end;
  }
  pthread_mutex_unlock(&self->lock);
  return link != NULL;
}

bool whorl__unheard_take(whorl__context_t *context, whorl__warning_t *ret_warning)
{
  found_t found;
  whorl__qos_words_t words;
  if (!take(&context->unheard, &found, ret_warning->logger)) return false;
  found.end.topic = found.event.topic = found.topic;
  whorl__qos_event_describe(&found.end, context, &found.event, &words);
  snprintf(ret_warning->text, sizeof ret_warning->text, "%s", found.event.text);
  return true;
}

void whorl__warning_log(const whorl__warning_t *warning) { WHORL_LOG_WARN(warning->logger, "%s", warning->text); }
