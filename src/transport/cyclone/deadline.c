// A reader's deadline. Cyclone watches it in its own history cache; ours must do it itself, with Cyclone's own timers.
//
// As there, the watch begins with the first message, ends when the last writer is gone, and a period that passes without a message is told once. Costs nothing for readers
// without a deadline.
#include "transport/cyclone/cyclone.h"
#include "transport/cyclone/tsan.h"
#include "whorl/status.h"

static bool unlimited(const whorl__cyclone_deadline_t *deadline) { return deadline->adm.dur == DDS_INFINITY; }

// On Cyclone's timer thread.
static ddsrt_mtime_t look(void *arg, ddsrt_mtime_t now)
{
  whorl__cyclone_deadline_t *deadline = arg;
  ddsrt_mtime_t next;
  WHORL__TAKE(deadline);
  pthread_mutex_lock(&deadline->lock);
  while ((next = deadline_next_missed_locked(&deadline->adm, now, NULL)).v == 0) {
    deadline_reregister_instance_locked(&deadline->adm, &deadline->next, now);
    uint32_t total = ++deadline->missed;
    pthread_mutex_unlock(&deadline->lock);
    whorl__cyclone_report(deadline->endpoint, WHORL__EVENT_DEADLINE_MISSED, total, 0, 0);
    pthread_mutex_lock(&deadline->lock);
    now = ddsrt_time_monotonic();
  }
  pthread_mutex_unlock(&deadline->lock);
  WHORL__GIVE(deadline);
  return next;
}

void whorl__cyclone_deadline_start(whorl__cyclone_deadline_t *deadline, const struct ddsi_domaingv *domain)
{
  if (unlimited(deadline)) return;
  pthread_mutex_init(&deadline->lock, NULL);
  WHORL__GIVE(deadline);
  deadline_init(domain, &deadline->adm, offsetof(whorl__cyclone_deadline_t, adm), offsetof(whorl__cyclone_deadline_t, next), look);
}

void whorl__cyclone_deadline_stop(whorl__cyclone_deadline_t *deadline)
{
  if (unlimited(deadline)) return;
  deadline_stop(&deadline->adm); // waits for `look`
  deadline_clear(&deadline->adm);
  deadline_fini(&deadline->adm);
  pthread_mutex_destroy(&deadline->lock);
}

void whorl__cyclone_deadline_renew(whorl__cyclone_deadline_t *deadline)
{
  if (unlimited(deadline)) return;
  pthread_mutex_lock(&deadline->lock);
  if (deadline->watching)
    deadline_renew_instance_locked(&deadline->adm, &deadline->next);
  else
    deadline_register_instance_locked(&deadline->adm, &deadline->next, ddsrt_time_monotonic());
  deadline->watching = true;
  pthread_mutex_unlock(&deadline->lock);
}

void whorl__cyclone_deadline_pause(whorl__cyclone_deadline_t *deadline)
{
  if (unlimited(deadline)) return;
  pthread_mutex_lock(&deadline->lock);
  if (deadline->watching) deadline_unregister_instance_locked(&deadline->adm, &deadline->next);
  deadline->watching = false;
  pthread_mutex_unlock(&deadline->lock);
}
