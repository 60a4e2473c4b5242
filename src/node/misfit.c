#include "node/misfit.h"

#include <stdio.h>

#include "node/node.h"
#include "node/qos_event.h"
#include "whorl/log.h"

void whorl__misfits_init(whorl__misfits_t *self)
{
  pthread_mutex_init(&self->lock, NULL);
  whorl__list_init(&self->listed);
}

void whorl__misfits_fini(whorl__misfits_t *self) { pthread_mutex_destroy(&self->lock); }

static void tell_on_the_reaper(whorl__reaper_job_t *job)
{
  whorl__context_t *context = WHORL__CONTAINER(job, whorl__context_t, misfits.job);
  pthread_mutex_lock(&context->misfits.lock);
  context->misfits.queued = false;
  pthread_mutex_unlock(&context->misfits.lock);
  whorl__misfit_t misfit;
  while (whorl__misfits_take(context, &misfit)) whorl__misfit_log(&misfit);
}

void whorl__misfits_add(whorl__context_t *context, whorl__qos_events_t *events)
{
  whorl__misfits_t *self = &context->misfits;
  pthread_mutex_lock(&self->lock);
  if (!whorl__link_listed(&events->misfit)) whorl__list_append(&self->listed, &events->misfit);
  if (context->reaper != NULL && !self->queued) {
    self->queued = true;
    self->job.run = tell_on_the_reaper;
    whorl__reaper_add(context->reaper, &self->job);
  }
  pthread_mutex_unlock(&self->lock);
}

void whorl__misfits_forget(whorl__context_t *context, whorl__qos_events_t *events)
{
  pthread_mutex_lock(&context->misfits.lock);
  if (whorl__link_listed(&events->misfit)) whorl__list_remove(&events->misfit);
  pthread_mutex_unlock(&context->misfits.lock);
}

// What is needed of an endpoint, as it may end while one looks.
typedef struct found {
  char topic[WHORL__DDS_NAME_SIZE];
  whorl__qos_end_t end;
  whorl_qos_event_t event;
} found_t;

static bool take(whorl__misfits_t *self, found_t *ret_found, char ret_logger[static WHORL__NAME_FQN_SIZE])
{
  pthread_mutex_lock(&self->lock);
  whorl__link_t *link = whorl__list_pop(&self->listed);
  if (link != NULL) {
    whorl__qos_events_t *events = WHORL__CONTAINER(link, whorl__qos_events_t, misfit);
    (void)whorl__qos_events_read(events, WHORL_QOS_EVENT_INCOMPATIBLE_QOS, &ret_found->event);
    snprintf(ret_found->topic, sizeof ret_found->topic, "%s", events->end.topic);
    snprintf(ret_logger, WHORL__NAME_FQN_SIZE, "%s", events->node->logger);
    ret_found->end = events->end;
  }
  pthread_mutex_unlock(&self->lock);
  return link != NULL;
}

bool whorl__misfits_take(whorl__context_t *context, whorl__misfit_t *ret_misfit)
{
  found_t found;
  whorl__qos_words_t words;
  if (!take(&context->misfits, &found, ret_misfit->logger)) return false;
  found.end.topic = found.event.topic = found.topic;
  whorl__qos_event_describe(&found.end, context, &found.event, &words);
  snprintf(ret_misfit->text, sizeof ret_misfit->text, "%s", found.event.text);
  return true;
}

void whorl__misfit_log(const whorl__misfit_t *misfit) { WHORL_LOG_WARN(misfit->logger, "%s", misfit->text); }
