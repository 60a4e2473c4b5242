// Periodic timers without a library: timerfds in one epoll, each armed anew to the next time of its grid. Counterpart of whorl_timer.c.
// usage: bare_timerfd <timers> <calls per second of each> <calls>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "lateness.h"
#include "stopwatch.h"

typedef struct periodic {
  int fd;
  int64_t due_ns;
} periodic_t;

static void arm(const periodic_t *timer)
{
  const struct itimerspec time = {.it_value = {timer->due_ns / 1000000000, timer->due_ns % 1000000000}};
  if (timerfd_settime(timer->fd, TFD_TIMER_ABSTIME, &time, NULL) != 0) abort();
}

static void make_timer(int epoll, periodic_t *timer, int64_t period_ns)
{
  timer->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  timer->due_ns = stopwatch_now_ns() + period_ns;
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = timer};
  if (timer->fd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, timer->fd, &event) != 0) abort();
  arm(timer);
}

// Periods that have passed meanwhile are skipped. False: that was the last call.
static bool call(periodic_t *timer, int64_t period_ns, lateness_t *lateness)
{
  uint64_t expirations;
  if (read(timer->fd, &expirations, sizeof expirations) != sizeof expirations) return true;
  int64_t lost = (stopwatch_now_ns() - timer->due_ns) / period_ns;
  bool more = lateness_note(lateness, timer->due_ns, (uint64_t)lost);
  timer->due_ns += (lost + 1) * period_ns;
  arm(timer);
  return more;
}

int main(int argc, char **argv)
{
  if (argc != 4) return 2;
  int timers = atoi(argv[1]), epoll = epoll_create1(EPOLL_CLOEXEC);
  int64_t period_ns = (int64_t)(1e9 / strtod(argv[2], NULL));
  periodic_t *all = calloc((size_t)timers, sizeof *all);
  lateness_t lateness;
  if (all == NULL) abort();
  lateness_init(&lateness, (uint32_t)atoi(argv[3]));
  for (int i = 0; i < timers; i++) make_timer(epoll, &all[i], period_ns);
  for (bool more = true; more;) {
    struct epoll_event events[64];
    int count = epoll_wait(epoll, events, 64, -1);
    for (int i = 0; i < count && more; i++) more = call(events[i].data.ptr, period_ns, &lateness);
  }
  lateness_print(&lateness);
  free(all);
  return 0;
}
