#define _GNU_SOURCE
#include "executor/executor.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"

static whorl__handle_table_t executors = WHORL__HANDLE_TABLE("executor");

int whorl__executor_pin(whorl_executor_t handle, whorl__executor_t **ret_executor)
{
  return whorl__handle_pin(&executors, handle.id, (void **)ret_executor);
}
void whorl__executor_unpin(whorl__executor_t *executor) { whorl__handle_unpin(&executors, executor->seat.id); }

// --- Kinds

static const struct {
  const char *name;
  whorl__order_t order;
} kinds[] = {
    [WHORL_EXECUTOR_SINGLE_THREADED] = {"single_threaded", WHORL__ORDER_ROUNDS},
    [WHORL_EXECUTOR_EVENTS] = {"events", WHORL__ORDER_ARRIVAL},
    [WHORL_EXECUTOR_MULTI_THREADED] = {"multi_threaded", WHORL__ORDER_ARRIVAL},
    [WHORL_EXECUTOR_STATIC] = {"static", WHORL__ORDER_STATIC},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

int whorl_executor_kind_from_name(const char *name, whorl_executor_kind_t *ret_kind)
{
  if (name == NULL || ret_kind == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_executor_kind_from_name: a pointer is NULL");
  for (int i = 0; i < KINDS; i++) {
    if (strcmp(name, kinds[i].name) != 0) continue;
    *ret_kind = (whorl_executor_kind_t)i;
    return WHORL_OK;
  }
  return whorl__fail(WHORL_INVALID_ARGUMENT, "'%.60s' is no kind of executor; there are single_threaded, events, multi_threaded and static",
                     name);
}

// --- Life

static void context_shut_down(whorl__shutdown_hook_t *hook)
{
  whorl__executor_t *self = WHORL__CONTAINER(hook, whorl__executor_t, hook);
  int64_t grace_ns = self->context->grace_ns;
  atomic_store(&self->shut_down, true);
  if (grace_ns > 0) whorl__scope_cut_shields(whorl__core_root(self->seat.core), grace_ns);
  whorl__core_halt(self->seat.core);
}

static int destroy_by_id(uint64_t id) { return whorl_executor_destroy((whorl_executor_t){id}); }

// As many as CPUs may be used, and two at least: else a callback that blocks would keep the only one.
static unsigned threads_of_the_machine(void)
{
  cpu_set_t cpus;
  int count = sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? CPU_COUNT(&cpus) : 0;
  return count < 2 ? 2 : count > WHORL__CREW_MOST ? WHORL__CREW_MOST : (unsigned)count;
}

static unsigned threads_of(const whorl__executor_t *self, whorl_executor_kind_t kind)
{
  if (kind != WHORL_EXECUTOR_MULTI_THREADED || self->context->is_simulated) return 1;
  return self->options.threads != 0 ? self->options.threads : threads_of_the_machine();
}

static int make_core(whorl__executor_t *self, whorl__order_t order, unsigned threads)
{
  if (threads > 1) WHORL_TRY(whorl__crew_create(threads, &self->options, &self->lock, &self->crew));
  whorl__futex_parker_init(&self->own_parker);
  self->parker = self->context->parker != NULL ? self->context->parker : &self->own_parker.base;
  if (self->crew != NULL) self->parker = whorl__crew_parkers(self->crew)[0];
  WHORL_TRY(whorl__core_create(
      &(whorl__core_options_t){
          .parker = self->parker,
          .workers = threads,
          .parkers = self->crew != NULL ? whorl__crew_parkers(self->crew) : NULL,
          .name = self->name,
          .stack_size = self->options.stack_size,
          .unguarded_stacks = self->options.unguarded_stacks,
          .busy = {.limit_ns = self->options.overrun_ns, .hook = self->options.on_overrun, .arg = self->options.on_overrun_arg},
          .yields = self->options.yield_before_run,
          .no_head_start = self->options.no_head_start,
          .order = order,
          .halts_on_error = true,
          .cycle = self->cycles != NULL ? whorl__cycles_ask : NULL,
          .cycle_arg = self->cycles},
      &self->seat.core));
  if (self->crew != NULL) whorl__crew_set_core(self->crew, self->seat.core);
  return WHORL_OK;
}

static void free_executor(whorl__executor_t *self)
{
  if (self->crew != NULL) whorl__crew_join(self->crew);
  if (self->seat.core != NULL) whorl__core_destroy(self->seat.core);
  if (self->crew != NULL) whorl__crew_destroy(self->crew);
  if (self->cycles != NULL) whorl__cycles_destroy(self->cycles);
  pthread_mutex_destroy(&self->lock);
  pthread_cond_destroy(&self->rested);
  whorl__free(self);
}

// Tree lock held: the context counts it from here on.
static int join_context(whorl__executor_t *self)
{
  if (atomic_load(&self->context->shut_down)) return whorl__fail(WHORL_SHUTDOWN, "the context was shut down");
  WHORL_TRY(whorl__handle_create(&executors, self, &self->seat.id));
  whorl__list_append(&self->context->executors, &self->seat.link);
  whorl__list_append(&self->context->on_shutdown, &self->hook.link);
  return WHORL_OK;
}

static int create(whorl__context_t *context, whorl_executor_kind_t kind, const whorl_executor_options_t *options, uint64_t *ret_id)
{
  whorl__executor_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for an executor");
  self->context = context;
  if (options != NULL) self->options = *options;
  snprintf(self->name, sizeof self->name, "%s", self->options.name != NULL ? self->options.name : "executor");
  self->options.name = self->seat.name = self->name;
  self->seat.capacity = self->options.capacity;
  pthread_mutex_init(&self->lock, NULL);
  pthread_cond_init(&self->rested, NULL);
  self->hook.run = context_shut_down;
  self->seat.destroy = destroy_by_id;
  int status = kind == WHORL_EXECUTOR_STATIC ? whorl__cycles_create(self, &self->cycles) : WHORL_OK;
  if (status == WHORL_OK) status = make_core(self, kinds[kind].order, threads_of(self, kind));
  self->options.thread_settings = NULL; // they have been copied
  if (status == WHORL_OK) {
    pthread_mutex_lock(&context->lock);
    status = join_context(self);
    if (status == WHORL_OK) *ret_id = self->seat.id;
    pthread_mutex_unlock(&context->lock);
  }
  if (status < 0) free_executor(self);
  return status;
}

static int check_static(const whorl_executor_options_t *options)
{
  if (options == NULL || options->capacity == 0)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "a static executor needs to know for how many entities: options.capacity is 0");
  if ((unsigned)options->trigger > WHORL_TRIGGER_USER)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "an executor's trigger %d is none", (int)options->trigger);
  if (options->trigger == WHORL_TRIGGER_ONE && options->trigger_group.id == 0)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "the trigger ONE needs a group: options.trigger_group is none");
  if (options->trigger == WHORL_TRIGGER_USER && options->trigger_function == NULL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "the trigger USER needs a function: options.trigger_function is NULL");
  if (options->cycle_ns < 0)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "an executor's cycle_ns of %" PRId64 " is negative", options->cycle_ns);
  return WHORL_OK;
}

static int check_options(whorl_executor_kind_t kind, const whorl_executor_options_t *options)
{
  if ((unsigned)kind >= KINDS) return whorl__fail(WHORL_INVALID_ARGUMENT, "an executor of kind %d is none", (int)kind);
  if (options != NULL && options->threads > WHORL__CREW_MOST)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "an executor of %u threads: at most %d are possible", options->threads,
                       (int)WHORL__CREW_MOST);
  if (options != NULL && options->overrun_ns < 0)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "an executor's overrun_ns of %" PRId64 " is negative", options->overrun_ns);
  if (options != NULL && options->thread_settings == NULL && options->thread_settings_count > 0)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "settings of %zu threads: options.thread_settings is NULL", options->thread_settings_count);
  if (kind == WHORL_EXECUTOR_STATIC) return check_static(options);
  if (options != NULL && (options->trigger != WHORL_TRIGGER_ANY || options->keep_inputs))
    return whorl__fail(WHORL_INVALID_ARGUMENT, "an executor of kind %s has no cycles: trigger and keep_inputs are the static one's",
                       kinds[kind].name);
  return WHORL_OK;
}

uint64_t whorl_executor_overruns(whorl_executor_t handle)
{
  whorl__executor_t *self;
  if (whorl__executor_pin(handle, &self) < 0) return 0;
  uint64_t count = whorl__core_read_counts(self->seat.core).busy_runs;
  whorl__executor_unpin(self);
  return count;
}

int whorl_executor_create(whorl_context_t context_handle, whorl_executor_kind_t kind, const whorl_executor_options_t *options,
                          whorl_executor_t *ret_executor)
{
  whorl__context_t *context;
  if (ret_executor == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_executor_create: ret_executor is NULL");
  WHORL_TRY(check_options(kind, options));
  WHORL_TRY(whorl__context_pin(context_handle, &context));
  int status = create(context, kind, options, &ret_executor->id);
  whorl__context_unpin(context);
  return status;
}

// --- End

// Tree lock held: nodes and groups are free for others.
static void give_up_members(whorl__executor_t *self)
{
  whorl__context_t *context = self->context;
  for (whorl__link_t *link = whorl__list_first(&context->nodes); link != NULL; link = whorl__list_next(&context->nodes, link)) {
    whorl__node_t *node = WHORL__CONTAINER(link, whorl__node_t, link);
    if (node->executor == &self->seat) node->executor = NULL;
    for (whorl__link_t *at = whorl__list_first(&node->groups); at != NULL; at = whorl__list_next(&node->groups, at)) {
      whorl__group_t *group = WHORL__CONTAINER(at, whorl__group_t, link);
      if (group->executor == &self->seat) whorl__group_leave(group);
    }
  }
}

// Takes the right to spin, for good.
static int stop_spinning(whorl__executor_t *self)
{
  whorl__executor_cancel(self);
  pthread_mutex_lock(&self->lock);
  while (atomic_load(&self->spinning)) pthread_cond_wait(&self->rested, &self->lock);
  pthread_mutex_unlock(&self->lock);
  int status = whorl__executor_enter(self, "whorl_executor_destroy");
  if (status < 0) return status;
  whorl__executor_drain(self);
  (void)whorl__core_take_error(self->seat.core, NULL, NULL); // of callbacks that were cancelled; nobody is left to be told
  return WHORL_OK;
}

// The handle is pinned.
static int end(whorl__executor_t *self)
{
  whorl__context_t *context = self->context;
  if (whorl__core_thread_is_busy())
    return whorl__fail(WHORL_BUSY, "whorl_executor_destroy: executor '%s' cannot be destroyed from inside a callback or a loop",
                       self->name);
  if (atomic_exchange(&self->destroying, true)) return whorl__fail(WHORL_DESTROYED, "executor '%s' is being destroyed", self->name);
  int stopped = stop_spinning(self);
  if (stopped < 0) {
    atomic_store(&self->destroying, false);
    return stopped;
  }
  int status = whorl__handle_retire(&executors, self->seat.id, 1);
  whorl__core_end(self->seat.core);
  pthread_mutex_lock(&context->lock);
  give_up_members(self);
  whorl__list_remove(&self->seat.link);
  if (whorl__link_listed(&self->hook.link)) whorl__list_remove(&self->hook.link);
  pthread_mutex_unlock(&context->lock);
  free_executor(self);
  return status;
}

int whorl_executor_destroy(whorl_executor_t handle)
{
  whorl__executor_t *self;
  WHORL_TRY(whorl__executor_pin(handle, &self));
  int status = end(self);
  if (status < 0) whorl__executor_unpin(self);
  return status;
}
