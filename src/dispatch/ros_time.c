#include "dispatch/ros_time.h"

#include <assert.h>

#include "base/detail.h"
#include "base/time_after.h"
#include "task/pool.h"
#include "whorl/status.h"

static whorl__pool_t times = WHORL__POOL(times, whorl__ros_time_t);

static bool alarm_before(const whorl__heap_node_t *a, const whorl__heap_node_t *b)
{
  const whorl__alarm_t *left = WHORL__CONTAINER(a, whorl__alarm_t, node), *right = WHORL__CONTAINER(b, whorl__alarm_t, node);
  return left->when_ns != right->when_ns ? left->when_ns < right->when_ns : left->order < right->order;
}

static bool has_started(const whorl__ros_time_t *time) { return atomic_load_explicit(&time->started, memory_order_relaxed); }

int whorl__ros_time_create(whorl__ros_time_t **ret_time)
{
  bool fresh;
  whorl__ros_time_t *time = whorl__pool_take(&times, &fresh);
  if (time == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a context's time");
  if (fresh) {
    pthread_mutex_init(&time->lock, NULL);
    whorl__list_init(&time->clocks);
    whorl__list_init(&time->watches);
    whorl__heap_init(&time->due, alarm_before);
    time->least_forward_ns = time->least_backward_ns = WHORL_FOREVER;
  }
  whorl__ros_time_stop(time);
  *ret_time = time;
  return WHORL_OK;
}

void whorl__ros_time_destroy(whorl__ros_time_t *time)
{
  assert(whorl__list_empty(&time->clocks) && whorl__list_empty(&time->watches));
  whorl__pool_give(&times, time);
}

// --- Alarms

void whorl__alarm_add(whorl__alarm_t *alarm, whorl__ros_clock_t *clock, const whorl__alarm_ops_t *ops)
{
  *alarm = (whorl__alarm_t){.clock = clock, .ops = ops};
  whorl__list_append(&clock->alarms, &alarm->link);
}

void whorl__alarm_remove(whorl__alarm_t *alarm)
{
  whorl__alarm_disarm(alarm);
  if (whorl__link_listed(&alarm->link)) whorl__list_remove(&alarm->link);
}

static void arm(whorl__alarm_t *alarm, int64_t when_ns, bool from_start)
{
  whorl__ros_time_t *time = alarm->clock->time;
  whorl__alarm_disarm(alarm);
  if (when_ns == WHORL_FOREVER) return;
  alarm->armed = true;
  alarm->from_start = from_start;
  alarm->when_ns = when_ns;
  alarm->order = ++time->last_order;
  if (has_started(time)) whorl__heap_push(&time->due, &alarm->node);
}

void whorl__alarm_arm_at(whorl__alarm_t *alarm, int64_t when_ns) { arm(alarm, when_ns, false); }

void whorl__alarm_arm_after(whorl__alarm_t *alarm, int64_t left_ns)
{
  const whorl__ros_time_t *time = alarm->clock->time;
  if (has_started(time))
    arm(alarm, whorl__time_after(whorl__ros_time_now(time), left_ns), false);
  else
    arm(alarm, left_ns, true);
}

void whorl__alarm_disarm(whorl__alarm_t *alarm)
{
  if (alarm->node.queued) whorl__heap_remove(&alarm->clock->time->due, &alarm->node);
  alarm->armed = false;
}

// What is left until it is due; -1: it is not armed.
static int64_t left_of(const whorl__alarm_t *alarm)
{
  const whorl__ros_time_t *time = alarm->clock->time;
  if (!alarm->armed) return -1;
  int64_t left_ns = alarm->from_start ? alarm->when_ns : alarm->when_ns - whorl__ros_time_now(time);
  return left_ns < 0 ? 0 : left_ns;
}

// --- Ticks. All with the lock.

typedef void (*alarm_visit_t)(whorl__alarm_t *alarm, int64_t before_ns, int64_t now_ns);

static void visit_armed(whorl__ros_time_t *time, alarm_visit_t visit, int64_t before_ns, int64_t now_ns)
{
  for (whorl__link_t *at = whorl__list_first(&time->clocks); at != NULL; at = whorl__list_next(&time->clocks, at)) {
    whorl__ros_clock_t *clock = WHORL__CONTAINER(at, whorl__ros_clock_t, link);
    for (whorl__link_t *link = whorl__list_first(&clock->alarms), *next; link != NULL; link = next) {
      next = whorl__list_next(&clock->alarms, link); // it may remove itself
      whorl__alarm_t *alarm = WHORL__CONTAINER(link, whorl__alarm_t, link);
      if (alarm->armed) visit(alarm, before_ns, now_ns);
    }
  }
}

static void start_alarm(whorl__alarm_t *alarm, int64_t before_ns, int64_t now_ns)
{
  (void)before_ns;
  if (alarm->from_start) alarm->when_ns = whorl__time_after(now_ns, alarm->when_ns);
  alarm->from_start = false;
  whorl__heap_push(&alarm->clock->time->due, &alarm->node);
}

static void put_back(whorl__alarm_t *alarm, int64_t before_ns, int64_t now_ns)
{
  whorl__heap_remove(&alarm->clock->time->due, &alarm->node);
  // From here on it may have been removed; but only its own task frees it, which needs the lock.
  alarm->ops->back(alarm, before_ns, now_ns);
  if (alarm->armed) whorl__heap_push(&alarm->clock->time->due, &alarm->node);
}

static void release_due(whorl__ros_time_t *time, int64_t now_ns)
{
  whorl__heap_node_t *top;
  while ((top = whorl__heap_top(&time->due)) != NULL) {
    whorl__alarm_t *alarm = WHORL__CONTAINER(top, whorl__alarm_t, node);
    if (alarm->when_ns > now_ns) return;
    whorl__alarm_disarm(alarm);
    alarm->ops->due(alarm, now_ns);
  }
}

static void tell_jump(whorl__ros_time_t *time, int64_t before_ns, int64_t now_ns)
{
  int64_t forward_ns = now_ns > before_ns ? now_ns - before_ns : 0, backward_ns = now_ns < before_ns ? before_ns - now_ns : 0;
  if (forward_ns < time->least_forward_ns && backward_ns < time->least_backward_ns) return;
  for (whorl__link_t *link = whorl__list_first(&time->watches); link != NULL; link = whorl__list_next(&time->watches, link)) {
    whorl__jump_watch_t *watch = WHORL__CONTAINER(link, whorl__jump_watch_t, link);
    if (!atomic_load_explicit(&watch->clock->simulated, memory_order_relaxed)) continue;
    if (forward_ns >= watch->forward_ns || backward_ns >= watch->backward_ns) watch->jumped(watch, WHORL__TIME_JUMPED, before_ns, now_ns);
  }
}

void whorl__ros_time_tick(whorl__ros_time_t *time, int64_t now_ns)
{
  pthread_mutex_lock(&time->lock);
  int64_t before_ns = whorl__ros_time_now(time);
  bool first = !has_started(time);
  atomic_store_explicit(&time->now_ns, now_ns, memory_order_release);
  atomic_store_explicit(&time->started, true, memory_order_release);
  if (first)
    visit_armed(time, start_alarm, before_ns, now_ns);
  else if (now_ns < before_ns)
    visit_armed(time, put_back, before_ns, now_ns);
  release_due(time, now_ns);
  tell_jump(time, before_ns, now_ns);
  pthread_mutex_unlock(&time->lock);
}

void whorl__ros_time_stop(whorl__ros_time_t *time)
{
  pthread_mutex_lock(&time->lock);
  for (whorl__heap_node_t *top; (top = whorl__heap_pop(&time->due)) != NULL;) { // of clocks that are about to end: nobody else is left
    whorl__alarm_t *alarm = WHORL__CONTAINER(top, whorl__alarm_t, node);
    alarm->when_ns = left_of(alarm);
    alarm->from_start = true;
  }
  atomic_store(&time->started, false);
  atomic_store(&time->now_ns, 0);
  pthread_mutex_unlock(&time->lock);
}

// --- Clocks

void whorl__ros_clock_init(whorl__ros_clock_t *clock, whorl__ros_time_t *time)
{
  clock->time = time;
  whorl__list_init(&clock->alarms);
  atomic_init(&clock->simulated, false);
  pthread_mutex_lock(&time->lock);
  whorl__list_append(&time->clocks, &clock->link);
  pthread_mutex_unlock(&time->lock);
}

void whorl__ros_clock_close(whorl__ros_clock_t *clock)
{
  pthread_mutex_lock(&clock->time->lock);
  for (whorl__link_t *link; (link = whorl__list_first(&clock->alarms)) != NULL;) {
    whorl__alarm_t *alarm = WHORL__CONTAINER(link, whorl__alarm_t, link);
    whorl__alarm_remove(alarm);
    alarm->ops->closed(alarm);
  }
  if (whorl__link_listed(&clock->link)) whorl__list_remove(&clock->link);
  pthread_mutex_unlock(&clock->time->lock);
}

static void tell_change(whorl__ros_clock_t *clock, bool simulated, int64_t system_ns)
{
  whorl__ros_time_t *time = clock->time;
  int64_t simulated_ns = whorl__ros_time_now(time);
  for (whorl__link_t *link = whorl__list_first(&time->watches); link != NULL; link = whorl__list_next(&time->watches, link)) {
    whorl__jump_watch_t *watch = WHORL__CONTAINER(link, whorl__jump_watch_t, link);
    if (watch->clock != clock || !watch->on_change) continue;
    if (simulated)
      watch->jumped(watch, WHORL__TIME_ACTIVATED, system_ns, simulated_ns);
    else
      watch->jumped(watch, WHORL__TIME_DEACTIVATED, simulated_ns, system_ns);
  }
}

static void go_on_from(whorl__ros_clock_t *clock, bool simulated, int64_t wall_ns)
{
  int64_t ahead_ns = wall_ns - whorl__ros_time_now(clock->time); // of the other source
  clock->offset_ns += simulated ? ahead_ns : -ahead_ns;
}

void whorl__ros_clock_set_simulated(whorl__ros_clock_t *clock, bool simulated, int64_t wall_ns)
{
  pthread_mutex_lock(&clock->time->lock);
  if (atomic_exchange(&clock->simulated, simulated) != simulated) {
    if (clock->continuous) go_on_from(clock, simulated, wall_ns);
    for (whorl__link_t *link = whorl__list_first(&clock->alarms), *next; link != NULL; link = next) {
      next = whorl__list_next(&clock->alarms, link);
      whorl__alarm_t *alarm = WHORL__CONTAINER(link, whorl__alarm_t, link);
      int64_t left_ns = left_of(alarm);
      whorl__alarm_disarm(alarm);
      alarm->ops->changed(alarm, left_ns);
    }
    tell_change(clock, simulated, wall_ns);
  }
  pthread_mutex_unlock(&clock->time->lock);
}

// --- Watches

static void find_least(whorl__ros_time_t *time)
{
  time->least_forward_ns = time->least_backward_ns = WHORL_FOREVER;
  for (whorl__link_t *link = whorl__list_first(&time->watches); link != NULL; link = whorl__list_next(&time->watches, link)) {
    const whorl__jump_watch_t *watch = WHORL__CONTAINER(link, whorl__jump_watch_t, link);
    if (watch->forward_ns < time->least_forward_ns) time->least_forward_ns = watch->forward_ns;
    if (watch->backward_ns < time->least_backward_ns) time->least_backward_ns = watch->backward_ns;
  }
}

void whorl__jump_watch_add(whorl__jump_watch_t *watch)
{
  whorl__ros_time_t *time = watch->clock->time;
  pthread_mutex_lock(&time->lock);
  whorl__list_append(&time->watches, &watch->link);
  find_least(time);
  pthread_mutex_unlock(&time->lock);
}

void whorl__jump_watch_remove(whorl__jump_watch_t *watch)
{
  whorl__ros_time_t *time = watch->clock->time;
  pthread_mutex_lock(&time->lock);
  whorl__list_remove(&watch->link);
  find_least(time);
  pthread_mutex_unlock(&time->lock);
}
