// Test kit: a core whose slots are real threads, in a time that stands still. A test acts while all of them are parked, or held in a callback, and then waits until they are again: so what happens in between
// is the same in every run.
#ifndef WHORL_TASK_SLOTS_KIT_H
#define WHORL_TASK_SLOTS_KIT_H

#include <pthread.h>
#include <stdatomic.h>

#include "task/kit.h"
#include "task/state.h"

enum { SLOTS = 4 };

typedef struct slot {
  whorl__parker_t parker;
  pthread_t thread;
  unsigned number;
  bool token, parked, held, ended;
  int64_t until;
  int unparks; // that it was parked for, or not
  int status;
} slot_t;

static struct {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  whorl__core_t *core;
  slot_t slots[SLOTS];
  int64_t now;
  bool over;   // the slots' `done`
  bool closed; // callbacks are held
  bool frozen; // who is unparked does not come
} stage = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static inline slot_t *stage_slot_of(whorl__parker_t *parker) { return WHORL__CONTAINER(parker, slot_t, parker); }

static inline int64_t stage_now(whorl__parker_t *parker)
{
  (void)parker;
  pthread_mutex_lock(&stage.lock);
  int64_t now = stage.now;
  pthread_mutex_unlock(&stage.lock);
  return now;
}

static inline void stage_park(whorl__parker_t *parker, int64_t until_ns)
{
  slot_t *slot = stage_slot_of(parker);
  pthread_mutex_lock(&stage.lock);
  slot->until = until_ns;
  slot->parked = true;
  pthread_cond_broadcast(&stage.changed);
  while ((!slot->token || stage.frozen) && until_ns > stage.now) pthread_cond_wait(&stage.changed, &stage.lock);
  if (until_ns > 0) slot->token = false;
  slot->parked = false;
  pthread_mutex_unlock(&stage.lock);
}

static inline void stage_unpark(whorl__parker_t *parker)
{
  slot_t *slot = stage_slot_of(parker);
  pthread_mutex_lock(&stage.lock);
  slot->token = true;
  slot->unparks++;
  pthread_cond_broadcast(&stage.changed);
  pthread_mutex_unlock(&stage.lock);
}

static const whorl__parker_ops_t stage_ops = {.now_ns = stage_now, .park = stage_park, .unpark = stage_unpark};

static inline bool stage_is_over(void *arg)
{
  (void)arg;
  pthread_mutex_lock(&stage.lock);
  bool over = stage.over;
  pthread_mutex_unlock(&stage.lock);
  return over;
}

static inline void *stage_run_slot(void *arg)
{
  slot_t *slot = arg;
  slot->status = whorl__core_run_slot(stage.core, slot->number, stage_is_over, NULL);
  pthread_mutex_lock(&stage.lock);
  slot->ended = true;
  pthread_cond_broadcast(&stage.changed);
  pthread_mutex_unlock(&stage.lock);
  return NULL;
}

static inline bool stage_rests(const slot_t *slot)
{
  return slot->held || (slot->parked && (!slot->token || stage.frozen) && slot->until > stage.now);
}

// Until every slot is parked, or held in a callback.
static inline void stage_settle(void)
{
  pthread_mutex_lock(&stage.lock);
  for (unsigned i = 0; i < SLOTS;)
    if (stage_rests(&stage.slots[i]))
      i++;
    else {
      pthread_cond_wait(&stage.changed, &stage.lock);
      i = 0;
    }
  pthread_mutex_unlock(&stage.lock);
}

static inline void stage_await_rest(const slot_t *slot)
{
  pthread_mutex_lock(&stage.lock);
  while (!stage_rests(slot)) pthread_cond_wait(&stage.changed, &stage.lock);
  pthread_mutex_unlock(&stage.lock);
}

// The slots park in the order of their numbers: 3 is the last one.
static inline void stage_open(void)
{
  whorl__parker_t *parkers[SLOTS];
  stage.now = 0;
  stage.over = stage.closed = stage.frozen = false;
  for (unsigned i = 0; i < SLOTS; i++) {
    stage.slots[i] = (slot_t){.parker.ops = &stage_ops, .number = i};
    parkers[i] = &stage.slots[i].parker;
  }
  const whorl__core_options_t options = {.workers = SLOTS, .parkers = parkers, .name = "stage"};
  assert_int_equal(WHORL_OK, whorl__core_create(&options, &stage.core));
  for (unsigned i = 0; i < SLOTS; i++) {
    assert_int_equal(0, pthread_create(&stage.slots[i].thread, NULL, stage_run_slot, &stage.slots[i]));
    stage_await_rest(&stage.slots[i]);
  }
}

static inline void stage_end(void)
{
  pthread_mutex_lock(&stage.lock);
  stage.over = true;
  stage.closed = false;
  pthread_cond_broadcast(&stage.changed);
  pthread_mutex_unlock(&stage.lock);
  whorl__core_lock(stage.core);
  whorl__core_call_slots(stage.core);
  whorl__core_unlock(stage.core);
  for (unsigned i = 0; i < SLOTS; i++) {
    pthread_join(stage.slots[i].thread, NULL);
    assert_int_equal(WHORL_OK, stage.slots[i].status);
  }
  assert_int_equal(0, whorl__core_read_counts(stage.core).live_tasks);
  whorl__core_destroy(stage.core);
}

static inline unsigned stage_this_slot(void)
{
  const whorl__worker_t *worker = whorl__worker_current();
  for (unsigned slot = 0; worker != NULL && slot < worker->core->slots; slot++)
    if (whorl__core_slot(worker->core, slot) == worker) return slot;
  return SLOTS;
}

// --- What callbacks do while the stage is closed: they keep their thread.
static inline void stage_close(void)
{
  pthread_mutex_lock(&stage.lock);
  stage.closed = true;
  pthread_mutex_unlock(&stage.lock);
}

static inline void stage_let_go(void)
{
  pthread_mutex_lock(&stage.lock);
  stage.closed = false;
  for (unsigned i = 0; i < SLOTS; i++) stage.slots[i].held = false; // at once: a test that waits next waits for what they do now
  pthread_cond_broadcast(&stage.changed);
  pthread_mutex_unlock(&stage.lock);
}

static inline void stage_freeze(bool frozen)
{
  pthread_mutex_lock(&stage.lock);
  stage.frozen = frozen;
  pthread_cond_broadcast(&stage.changed);
  pthread_mutex_unlock(&stage.lock);
}

static inline void stage_hold(void)
{
  slot_t *slot = &stage.slots[stage_this_slot()];
  pthread_mutex_lock(&stage.lock);
  slot->held = stage.closed;
  pthread_cond_broadcast(&stage.changed);
  while (stage.closed) pthread_cond_wait(&stage.changed, &stage.lock);
  pthread_mutex_unlock(&stage.lock);
}

static inline void stage_pass_time(int64_t until_ns)
{
  pthread_mutex_lock(&stage.lock);
  stage.now = until_ns;
  pthread_cond_broadcast(&stage.changed);
  pthread_mutex_unlock(&stage.lock);
  stage_settle();
}

static inline int stage_unparks(void) // since last asked
{
  int sum = 0;
  pthread_mutex_lock(&stage.lock);
  for (unsigned i = 0; i < SLOTS; i++) {
    sum += stage.slots[i].unparks;
    stage.slots[i].unparks = 0;
  }
  pthread_mutex_unlock(&stage.lock);
  return sum;
}

// The slot that is parked until then. SLOTS: none, or more than one.
static inline unsigned stage_parked_until(int64_t when)
{
  unsigned found = SLOTS, count = 0;
  pthread_mutex_lock(&stage.lock);
  for (unsigned i = 0; i < SLOTS; i++)
    if (stage.slots[i].parked && stage.slots[i].until == when) {
      found = i;
      count++;
    }
  pthread_mutex_unlock(&stage.lock);
  return count == 1 ? found : SLOTS;
}

// --- Something exclusive that may run so many times
typedef struct stage_source {
  whorl__runnable_t runnable;
  int left;
  atomic_int ran;
  atomic_uint on;                 // the slot that ran it last
  whorl_task_function_t function; // what it does; NULL: nothing
  void *arg;
} stage_source_t;

static inline int stage_source_run(void *arg)
{
  stage_source_t *source = arg;
  atomic_store(&source->on, stage_this_slot());
  atomic_fetch_add(&source->ran, 1);
  return source->function != NULL ? source->function(source->arg) : WHORL_OK;
}

static inline void stage_queue_locked(stage_source_t *source)
{
  source->runnable.key = whorl__core_key(stage.core, 0, whorl__core_ticket(stage.core));
  whorl__core_queue(stage.core, &source->runnable);
}

static inline bool stage_source_finish(void *arg, whorl__core_t *core, int status)
{
  stage_source_t *source = arg;
  (void)core;
  (void)status;
  if (--source->left > 0) stage_queue_locked(source);
  return false;
}

static inline bool stage_source_pick(whorl__runnable_t *runnable, whorl__work_t *ret_work)
{
  stage_source_t *source = WHORL__CONTAINER(runnable, stage_source_t, runnable);
  *ret_work = (whorl__work_t){.run = stage_source_run, .finish = stage_source_finish, .arg = source, .name = "source"};
  return true;
}

static inline stage_source_t stage_source(int times, whorl_task_function_t function, void *arg)
{
  return (stage_source_t){.runnable.pick = stage_source_pick, .left = times, .function = function, .arg = arg};
}

// Sources of a test. They outlive its body: what it has let go may still be ending when it returns.
#define STAGE_SOURCES(name, ...)                                                                \
  static stage_source_t name[sizeof((stage_source_t[]){__VA_ARGS__}) / sizeof(stage_source_t)]; \
  memcpy((void *)(name), (stage_source_t[]){__VA_ARGS__}, sizeof(name))

// As from another thread, in one section.
static inline void stage_queue(stage_source_t *sources, int count)
{
  whorl__core_lock(stage.core);
  for (int i = 0; i < count; i++) stage_queue_locked(&sources[i]);
  whorl__core_unlock(stage.core);
}

static inline int stage_hold_function(void *arg)
{
  (void)arg;
  stage_hold();
  return WHORL_OK;
}

// A test with all slots idle at its start.
#define STAGE_TEST(name)         \
  static void name##_(void);     \
  static void name(void **state) \
  {                              \
    (void)state;                 \
    stage_open();                \
    name##_();                   \
    stage_end();                 \
  }                              \
  static void name##_(void)

#endif
