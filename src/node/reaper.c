#include "node/reaper.h"

#include <pthread.h>
#include <signal.h>

#include "base/detail.h"
#include "base/memory.h"
#include "whorl/status.h"

struct whorl__reaper {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  whorl__list_t jobs;
  bool stop;
  pthread_t thread;
};

static void *reap(void *arg)
{
  whorl__reaper_t *reaper = arg;
  pthread_mutex_lock(&reaper->lock);
  for (;;) {
    whorl__link_t *link = whorl__list_pop(&reaper->jobs);
    if (link != NULL) {
      pthread_mutex_unlock(&reaper->lock);
      whorl__reaper_job_t *job = WHORL__CONTAINER(link, whorl__reaper_job_t, link);
      job->run(job);
      pthread_mutex_lock(&reaper->lock);
    } else if (reaper->stop) {
      break;
    } else {
      pthread_cond_wait(&reaper->changed, &reaper->lock);
    }
  }
  pthread_mutex_unlock(&reaper->lock);
  return NULL;
}

int whorl__reaper_create(whorl__reaper_t **ret_reaper)
{
  whorl__reaper_t *reaper = whorl__alloc(sizeof *reaper);
  if (reaper == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a context");
  whorl__list_init(&reaper->jobs);
  pthread_mutex_init(&reaper->lock, NULL);
  pthread_cond_init(&reaper->changed, NULL);
  sigset_t all, before;
  sigfillset(&all); // signals belong to the user's threads
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(&reaper->thread, NULL, reap, reaper);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error != 0) {
    pthread_cond_destroy(&reaper->changed);
    pthread_mutex_destroy(&reaper->lock);
    whorl__free(reaper);
    return whorl__fail(whorl_status_from_errno(error), "no thread for a context");
  }
  *ret_reaper = reaper;
  return WHORL_OK;
}

void whorl__reaper_destroy(whorl__reaper_t *reaper)
{
  pthread_mutex_lock(&reaper->lock);
  reaper->stop = true;
  pthread_cond_signal(&reaper->changed);
  pthread_mutex_unlock(&reaper->lock);
  pthread_join(reaper->thread, NULL);
  pthread_cond_destroy(&reaper->changed);
  pthread_mutex_destroy(&reaper->lock);
  whorl__free(reaper);
}

void whorl__reaper_add(whorl__reaper_t *reaper, whorl__reaper_job_t *job)
{
  pthread_mutex_lock(&reaper->lock);
  whorl__list_append(&reaper->jobs, &job->link);
  pthread_cond_signal(&reaper->changed);
  pthread_mutex_unlock(&reaper->lock);
}
