#define _GNU_SOURCE
#include "executor/crew.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/detail.h"
#include "base/memory.h"
#include "task/parker.h"
#include "whorl/status.h"

typedef struct helper {
  whorl__futex_parker_t parker;
  whorl__crew_t *crew;
  pthread_t thread;
  unsigned slot;
  whorl_executor_thread_t settings;
} helper_t;

struct whorl__crew {
  whorl__core_t *core;
  unsigned count; // helpers
  helper_t *helpers;
  whorl__futex_parker_t first; // the spinning thread's
  whorl__parker_t **parkers;
  atomic_bool draining;
  pthread_mutex_t *lock; // the rest
  pthread_cond_t changed;
  unsigned made;   // that have a thread
  unsigned set;    // whose thread is as its settings say
  unsigned active; // that run their slot, or are about to
  uint64_t spins;
  bool over;
};

int whorl__crew_create(unsigned threads, const whorl_executor_options_t *options, pthread_mutex_t *lock, whorl__crew_t **ret_crew)
{
  whorl__crew_t *crew = whorl__alloc_aligned(_Alignof(whorl__crew_t), sizeof *crew);
  if (crew == NULL) goto no_memory;
  *crew = (whorl__crew_t){.count = threads - 1, .lock = lock};
  crew->helpers = whorl__alloc_aligned(_Alignof(helper_t), crew->count * sizeof *crew->helpers);
  crew->parkers = whorl__alloc(threads * sizeof *crew->parkers);
  if (crew->helpers == NULL || crew->parkers == NULL) goto free_crew;
  pthread_cond_init(&crew->changed, NULL);
  whorl__futex_parker_init(&crew->first);
  crew->parkers[0] = &crew->first.base;
  for (unsigned i = 0; i < crew->count; i++) {
    helper_t *helper = &crew->helpers[i];
    *helper = (helper_t){.crew = crew, .slot = i + 1};
    if (i < options->thread_settings_count) helper->settings = options->thread_settings[i];
    whorl__futex_parker_init(&helper->parker);
    crew->parkers[i + 1] = &helper->parker.base;
  }
  *ret_crew = crew;
  return WHORL_OK;
free_crew:
  whorl__free(crew->helpers);
  whorl__free(crew->parkers);
  whorl__free(crew);
no_memory:
  return whorl__fail(WHORL_NO_MEMORY, "no memory for an executor with %u threads", threads);
}

whorl__parker_t **whorl__crew_parkers(whorl__crew_t *crew) { return crew->parkers; }
void whorl__crew_set_core(whorl__crew_t *crew, whorl__core_t *core) { crew->core = core; }

void whorl__crew_join(whorl__crew_t *crew)
{
  pthread_mutex_lock(crew->lock);
  crew->over = true;
  pthread_cond_broadcast(&crew->changed);
  pthread_mutex_unlock(crew->lock);
  for (unsigned i = 0; i < crew->made; i++) pthread_join(crew->helpers[i].thread, NULL);
  crew->made = 0;
}

void whorl__crew_destroy(whorl__crew_t *crew)
{
  pthread_cond_destroy(&crew->changed);
  whorl__free(crew->helpers);
  whorl__free(crew->parkers);
  whorl__free(crew);
}

// --- A helper's thread

static bool done(void *arg)
{
  whorl__crew_t *crew = arg;
  return atomic_load(&crew->draining) && whorl__core_live_tasks(crew->core) == 0;
}

static void call_the_others(whorl__core_t *core)
{
  whorl__core_lock(core);
  whorl__core_call_slots(core);
  whorl__core_unlock(core);
}

// Lock held. False: the executor ends.
static bool await_a_spin(whorl__crew_t *crew, uint64_t *seen)
{
  while (crew->spins == *seen && !crew->over) pthread_cond_wait(&crew->changed, crew->lock);
  *seen = crew->spins;
  return !crew->over;
}

static void *help(void *arg)
{
  const helper_t *helper = arg;
  whorl__crew_t *crew = helper->crew;
  prctl(PR_SET_TIMERSLACK, 1UL); // else a timer is 50 us late by the kernel's leave
  pthread_mutex_lock(crew->lock);
  for (uint64_t seen = 0; await_a_spin(crew, &seen);) {
    pthread_mutex_unlock(crew->lock);
    (void)whorl__core_run_slot(crew->core, helper->slot, done, crew); // its slot is nobody else's
    call_the_others(crew->core);                                      // the last task may have ended here
    pthread_mutex_lock(crew->lock);
    if (--crew->active == 0) pthread_cond_broadcast(&crew->changed);
  }
  pthread_mutex_unlock(crew->lock);
  return NULL;
}

// --- The spinning thread

static int make_thread(helper_t *helper)
{
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before); // signals are for the program's own threads
  int error = pthread_create(&helper->thread, NULL, help, helper);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return error == 0 ? WHORL_OK : whorl__fail(WHORL_NO_MEMORY, "thread %u of an executor cannot be made: %s", helper->slot, strerror(error));
}

static int set_scheduling(const helper_t *helper)
{
  const whorl_executor_thread_t *settings = &helper->settings;
  const struct sched_param parameters = {.sched_priority = settings->priority};
  int error = settings->scheduled ? pthread_setschedparam(helper->thread, settings->policy, &parameters) : 0;
  if (error == 0) return WHORL_OK;
  return whorl__fail(whorl_status_from_errno(error), "thread %u of an executor cannot have policy %d with priority %d: %s", helper->slot,
                     settings->policy, settings->priority, strerror(error));
}

static int set_cpus(const helper_t *helper)
{
  uint64_t wanted = helper->settings.cpus;
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  for (unsigned cpu = 0; cpu < 64; cpu++)
    if ((wanted >> cpu & 1) != 0) CPU_SET(cpu, &cpus);
  int error = wanted != 0 ? pthread_setaffinity_np(helper->thread, sizeof cpus, &cpus) : 0;
  if (error == 0) return WHORL_OK;
  return whorl__fail(whorl_status_from_errno(error), "thread %u of an executor cannot run on the CPUs 0x%" PRIx64 " only: %s", helper->slot,
                     wanted, strerror(error));
}

int whorl__crew_begin(whorl__crew_t *crew)
{
  for (; crew->made < crew->count; crew->made++) WHORL_TRY(make_thread(&crew->helpers[crew->made]));
  for (; crew->set < crew->count; crew->set++) {
    WHORL_TRY(set_scheduling(&crew->helpers[crew->set]));
    WHORL_TRY(set_cpus(&crew->helpers[crew->set]));
  }
  atomic_store(&crew->draining, false);
  pthread_mutex_lock(crew->lock);
  crew->active = crew->count;
  crew->spins++;
  pthread_cond_broadcast(&crew->changed);
  pthread_mutex_unlock(crew->lock);
  return WHORL_OK;
}

void whorl__crew_drain(whorl__crew_t *crew)
{
  atomic_store(&crew->draining, true);
  call_the_others(crew->core);
}

void whorl__crew_wait(whorl__crew_t *crew)
{
  call_the_others(crew->core); // the last task may have ended here
  pthread_mutex_lock(crew->lock);
  while (crew->active > 0) pthread_cond_wait(&crew->changed, crew->lock);
  pthread_mutex_unlock(crew->lock);
}
