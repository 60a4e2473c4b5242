#include "task/core.h"

#include <sched.h>
#include <time.h>

#include "base/memory.h"
#include "task/bug.h"
#include "task/state.h"
#include "task/turn.h"
#include "whorl/status.h"

// Cores are type-stable: who moved with a mailbox or a scope may look at its old core once more, and finds there that it is not the right one.
static whorl__pool_t cores = WHORL__POOL(cores, whorl__core_t);
static _Atomic uint64_t last_core_id;

static bool runnable_before(const whorl__heap_node_t *a, const whorl__heap_node_t *b)
{
  return whorl__key_before(&WHORL__CONTAINER(a, whorl__runnable_t, node)->key, &WHORL__CONTAINER(b, whorl__runnable_t, node)->key);
}

static bool deadline_before(const whorl__heap_node_t *a, const whorl__heap_node_t *b)
{
  const whorl__deadline_t *left = WHORL__CONTAINER(a, whorl__deadline_t, node), *right = WHORL__CONTAINER(b, whorl__deadline_t, node);
  return left->when_ns != right->when_ns ? left->when_ns < right->when_ns : left->order < right->order;
}

static void init_worker(whorl__worker_t *worker, whorl__core_t *core, whorl__parker_t *parker, const whorl__core_options_t *options)
{
  *worker = (whorl__worker_t){.core = core,
                              .parker = parker,
                              .stack_size = whorl__stack_size(options->stack_size),
                              .unguarded = options->unguarded_stacks,
                              .picks_left = UINT64_MAX,
                              .pick_until_ns = WHORL_FOREVER};
  if (parker != NULL) parker->head_start.off = options->no_head_start;
  whorl__busy_init(&worker->busy, &options->busy);
  whorl__list_init(&worker->inbox);
  whorl__list_init(&worker->done_calls);
  whorl__list_init(&worker->seats);
  whorl__list_init(&worker->free_tasks);
  whorl__list_init(&worker->foreign_drains);
}

static void init_slots(whorl__core_t *core, unsigned count, whorl__worker_t *helpers, const whorl__core_options_t *options)
{
  core->slots = count;
  core->helpers = helpers;
  core->keeper = core->waking = core->called = NULL;
  core->resting = 0;
  core->calls = 0;
  core->stall = (struct whorl__stall){0};
  whorl__list_init(&core->idle);
  atomic_init(&core->unparking, 0);
  atomic_init(&core->drivers, 0);
  for (unsigned slot = 0; slot < count; slot++)
    init_worker(whorl__core_slot(core, slot), core, options->parkers != NULL ? options->parkers[slot] : options->parker, options);
}

int whorl__core_create(const whorl__core_options_t *options, whorl__core_t **ret_core)
{
  bool fresh;
  unsigned count = options->workers > 1 ? options->workers : 1;
  WHORL__BUG_IF(count > 1 && options->parkers == NULL, "a core of %u slots has no parkers", count);
  WHORL__BUG_IF(count > 1 && options->cycle != NULL, "a core of %u slots has cycles", count);
  whorl__worker_t *helpers = count > 1 ? whorl__alloc((count - 1) * sizeof *helpers) : NULL;
  whorl__core_t *core = count == 1 || helpers != NULL ? whorl__pool_take(&cores, &fresh) : NULL;
  if (core == NULL) {
    whorl__free(helpers);
    return whorl__fail(WHORL_NO_MEMORY, "no memory for core '%s'", options->name != NULL ? options->name : "");
  }
  if (fresh) {
    whorl__lock_init(&core->lock);
    core->id = atomic_fetch_add(&last_core_id, 1) + 1; // of the memory, as its lock: their order never changes
  }
  whorl__lock(&core->lock);
  core->name = options->name != NULL ? options->name : "core";
  core->clock = options->parkers != NULL ? options->parkers[0] : options->parker != NULL ? options->parker : options->clock;
  whorl__heap_init(&core->runnables, runnable_before);
  whorl__heap_init(&core->scopes_due, deadline_before);
  whorl__heap_init(&core->others_due, deadline_before);
  whorl__list_init(&core->unhomed);
  whorl__list_init(&core->mail);
  whorl__list_init(&core->spare_calls);
  whorl__list_init(&core->marked);
  core->mail_count = core->mail_cancels = 0;
  core->epoch = 1;
  core->closed = false;
  core->order = options->order;
  core->yields = options->yields;
  core->halts_on_error = options->halts_on_error;
  atomic_init(&core->halted, false);
  core->cycle = options->cycle;
  core->cycle_arg = options->cycle_arg;
  core->granted = options->cycle == NULL;
  core->held = core->cycle_due = false;
  core->every_cycle = 0;
  core->cycle_limit = 0;
  core->last_position = 0;
  core->outside = options->outside;
  core->live_tasks = core->awaited = 0;
  atomic_init(&core->canceled_scopes, 0);
  core->last_task = 0;
  core->counts = (whorl__core_counts_t){0};
  whorl__pool_init(&core->scope_pool, sizeof(struct whorl__scope));
  init_slots(core, count, helpers, options);
  core->root = (struct whorl__scope){0};
  whorl__scope_init(&core->root, core, NULL, WHORL__SCOPE_STANDING, core->name, NULL);
  whorl__unlock(&core->lock);
  *ret_core = core;
  return WHORL_OK;
}

static void release_mail(whorl__core_t *core)
{
  for (;;) {
    whorl__lock(&core->lock);
    whorl__link_t *link = whorl__list_pop(&core->mail);
    whorl__unlock(&core->lock);
    if (link == NULL) return;
    whorl__post_t *post = WHORL__CONTAINER(link, whorl__post_t, link);
    if (post->run != NULL) post->run(post, true);
  }
}

static void fini_worker(whorl__worker_t *worker)
{
  for (whorl__link_t *link; (link = whorl__list_pop(&worker->free_tasks)) != NULL;)
    whorl__free(WHORL__CONTAINER(link, whorl__task_t, link));
  whorl__worker_fini(worker);
}

void whorl__core_destroy(whorl__core_t *core)
{
  whorl__lock(&core->lock);
  WHORL__BUG_IF(atomic_load(&core->drivers) > 0, "core '%s' is destroyed while it runs", core->name);
  WHORL__BUG_IF(core->live_tasks > 0, "core '%s' is destroyed while %zu tasks live", core->name, core->live_tasks);
  WHORL__BUG_IF(whorl__heap_top(&core->runnables) != NULL, "core '%s' is destroyed while something is queued", core->name);
  WHORL__BUG_IF(whorl__heap_top(&core->scopes_due) != NULL || whorl__heap_top(&core->others_due) != NULL,
                "core '%s' is destroyed while deadlines are armed", core->name);
  WHORL__BUG_IF(!whorl__list_empty(&core->root.children), "core '%s' is destroyed while scopes are open", core->name);
  core->closed = true;
  whorl__unlock(&core->lock);
  while (atomic_load_explicit(&core->unparking, memory_order_acquire) > 0)
    sched_yield(); // somebody is between his unlock and his unpark, which needs the parker
  release_mail(core);
  whorl__calls_free(core);
  for (unsigned slot = 0; slot < core->slots; slot++) fini_worker(whorl__core_slot(core, slot));
  whorl__free(core->helpers);
  whorl__errors_free(&core->root.errors);
  whorl__pool_fini(&core->scope_pool);
  whorl__pool_give(&cores, core);
}

uint64_t whorl__core_id(const whorl__core_t *core) { return core->id; }

void whorl__core_lock(whorl__core_t *core) { whorl__lock(&core->lock); }

// --- With the lock held

static int64_t top_when(const whorl__heap_t *heap)
{
  whorl__heap_node_t *top = whorl__heap_top(heap);
  return top != NULL ? WHORL__CONTAINER(top, whorl__deadline_t, node)->when_ns : WHORL_FOREVER;
}

int64_t whorl__core_next_deadline_locked(const whorl__core_t *core)
{
  int64_t scopes = top_when(&core->scopes_due), others = top_when(&core->others_due);
  return scopes < others ? scopes : others;
}

uint64_t whorl__core_ticket(whorl__core_t *core) { return ++core->last_ticket; }

whorl__key_t whorl__core_key(whorl__core_t *core, unsigned priority, uint64_t order)
{
  return (whorl__key_t){.level = whorl__key_level(priority, core->epoch, 0), .order = order};
}

whorl__key_t whorl__core_place(whorl__core_t *core, const whorl__place_in_order_t *place)
{
  core->held = false;
  switch (core->order) {
  case WHORL__ORDER_ROUNDS: return (whorl__key_t){whorl__key_level(place->priority, core->epoch, place->rank), place->registration};
  case WHORL__ORDER_STATIC:
    return (whorl__key_t){whorl__key_level(0, core->epoch, 1), (uint64_t)place->position << 32 | (place->registration & UINT32_MAX)};
  default: return whorl__core_key(core, place->priority, place->ticket);
  }
}

uint32_t whorl__core_position(whorl__core_t *core) { return ++core->last_position; }

void whorl__core_queue(whorl__core_t *core, whorl__runnable_t *runnable) { whorl__heap_push(&core->runnables, &runnable->node); }

void whorl__core_unqueue(whorl__core_t *core, whorl__runnable_t *runnable)
{
  if (runnable->node.queued) whorl__heap_remove(&core->runnables, &runnable->node);
}

static whorl__heap_t *heap_of(whorl__core_t *core, const whorl__deadline_t *deadline)
{
  return deadline->is_scope ? &core->scopes_due : &core->others_due;
}

void whorl__core_arm(whorl__core_t *core, whorl__deadline_t *deadline, int64_t when_ns)
{
  whorl__core_disarm(core, deadline);
  if (when_ns == WHORL_FOREVER) return;
  deadline->when_ns = when_ns;
  deadline->order = ++core->last_arming;
  whorl__heap_push(heap_of(core, deadline), &deadline->node);
}

void whorl__core_disarm(whorl__core_t *core, whorl__deadline_t *deadline)
{
  if (deadline->node.queued) whorl__heap_remove(heap_of(core, deadline), &deadline->node);
}

struct whorl__scope *whorl__core_root(whorl__core_t *core) { return &core->root; }

void whorl__core_halt_locked(whorl__core_t *core)
{
  if (!atomic_exchange(&core->halted, true)) whorl__core_call_slots(core);
}

// --- Without

void whorl__core_halt(whorl__core_t *core)
{
  whorl__core_lock(core);
  whorl__core_halt_locked(core);
  whorl__core_unlock(core);
}

void whorl__core_unhalt(whorl__core_t *core)
{
  whorl__core_lock(core);
  atomic_store(&core->halted, false);
  whorl__core_unlock(core);
}

bool whorl__core_is_halted(const whorl__core_t *core) { return atomic_load_explicit(&core->halted, memory_order_acquire); }

bool whorl__core_halts_on_error(const whorl__core_t *core) { return core->halts_on_error; }

size_t whorl__core_live_tasks(whorl__core_t *core)
{
  whorl__core_lock(core);
  size_t count = core->live_tasks;
  whorl__core_unlock(core);
  return count;
}

bool whorl__core_deliver_locked(whorl__core_t *core, whorl__post_t *post)
{
  if (core->closed) return false;
  whorl__list_append(&core->mail, &post->link);
  core->mail_count++;
  return true;
}

void whorl__core_post(whorl__core_t *core, whorl__post_t *post)
{
  WHORL__BUG_IF(post->run == NULL, "a post without a function");
  whorl__core_lock(core);
  bool delivered = whorl__core_deliver_locked(core, post);
  whorl__core_unlock(core);
  if (!delivered) post->run(post, true);
}

int64_t whorl__core_now(whorl__core_t *core)
{
  whorl__worker_t *worker = whorl__worker_current();
  if (worker != NULL && worker->core == core && worker->in_turn) return whorl__turn_now(worker);
  if (core->clock != NULL) return whorl__parker_now(core->clock);
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * WHORL_SECONDS(1) + now.tv_nsec;
}

int64_t whorl__core_derive_clock(int64_t (*read)(void *arg), void *arg)
{
  whorl__worker_t *worker = whorl__worker_current();
  if (worker == NULL || !worker->in_turn) return read(arg); // in a callback of libuv the turn's clock is old
  int64_t since_ns = worker->now - worker->read_at;
  if (worker->read_arg == arg && since_ns < WHORL_MILLISECONDS(1)) return worker->read_value + since_ns;
  worker->read_arg = arg;
  worker->read_at = worker->now;
  return worker->read_value = read(arg);
}

bool whorl__core_is_current(whorl__core_t *core)
{
  const whorl__worker_t *worker = whorl__worker_current();
  if (worker != NULL) return worker->core == core;
  const whorl__task_t *lone = whorl__lone_task();
  return lone != NULL && lone->home->core == core;
}

const char *whorl__core_name(const whorl__core_t *core) { return core->name; }

bool whorl__core_is_driven_elsewhere(whorl__core_t *core) { return atomic_load(&core->drivers) > 0 && !whorl__core_is_current(core); }

bool whorl__core_thread_is_busy(void) { return whorl__worker_current() != NULL; }

struct whorl__outside *whorl__core_outside(void)
{
  whorl__worker_t *worker = whorl__worker_current();
  return worker != NULL ? worker->core->outside : NULL;
}

whorl__core_t *whorl__core_current(void)
{
  const whorl__task_t *task = whorl__task_current();
  return task != NULL && !task->ending ? task->home->core : NULL;
}

void *whorl__core_current_callback(int (*run)(void *arg))
{
  const whorl__task_t *task = whorl__task_current();
  return task != NULL && task->work.run == run ? task->work.arg : NULL;
}

int64_t whorl__core_next_deadline(whorl__core_t *core)
{
  whorl__core_lock(core);
  int64_t deadline = whorl__core_next_deadline_locked(core);
  whorl__core_unlock(core);
  return deadline;
}

void whorl__core_set_busy(whorl__core_t *core, const whorl__busy_options_t *options)
{
  WHORL__BUG_IF(atomic_load(&core->drivers) > 0, "core '%s' gets a limit for busy tasks while it runs", core->name);
  for (unsigned slot = 0; slot < core->slots; slot++) whorl__busy_init(&whorl__core_slot(core, slot)->busy, options);
}

void whorl__core_cancel(whorl__core_t *core) { whorl__scope_cancel(&core->root, "shutdown"); }

whorl__core_counts_t whorl__core_read_counts(whorl__core_t *core)
{
  whorl__core_lock(core);
  whorl__core_counts_t counts = core->counts;
  counts.live_tasks = core->live_tasks;
  for (unsigned slot = 0; slot < core->slots; slot++) {
    const whorl__worker_t *worker = whorl__core_slot(core, slot);
    counts.turns += worker->turns;
    counts.busy_runs += atomic_load_explicit(&worker->busy.count, memory_order_relaxed);
  }
  whorl__core_unlock(core);
  return counts;
}
