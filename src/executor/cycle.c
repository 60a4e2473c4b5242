// Cycles of the static kind: what is ready when one begins runs, each entity once, in a fixed order; whether one begins is its trigger's to say.
//
// The core asks at the start of a turn that has something new to start, on the spinning thread and without a lock. What becomes ready from then on belongs to a later cycle, as its key says. So the picture that the
// trigger gets, the inputs that are kept and the callbacks that run are of the same moment.
#include "base/detail.h"
#include "base/memory.h"
#include "base/time_after.h"
#include "dispatch/record.h"
#include "executor/executor.h"

struct whorl__cycles {
  whorl__executor_t *executor;
  whorl__deadline_t next; // cycles by time
  int64_t period_ns;      // 0: none
  bool period_due;        // written with the core's lock
  bool refused;           // since the last one: what is queued came at different times, and stands in that order
  // Filled anew for each question: so many as the executor has room for.
  size_t count, ready;
  bool chosen_ready; // one of the trigger's group
  whorl_executor_member_t *members;
  uint64_t *orders; // of the members
  whorl__record_t **records;
};

static void period_passed(whorl__deadline_t *deadline, int64_t now_ns)
{
  whorl__cycles_t *self = WHORL__CONTAINER(deadline, whorl__cycles_t, next);
  (void)now_ns;
  self->period_due = true;
  whorl__core_make_cycle_due_locked(self->executor->seat.core);
}

int whorl__cycles_create(whorl__executor_t *executor, whorl__cycles_t **ret_cycles)
{
  size_t capacity = executor->options.capacity;
  bool fits = capacity <= SIZE_MAX / sizeof(whorl_executor_member_t);
  whorl__cycles_t *self = whorl__alloc(sizeof *self);
  if (self != NULL && fits) {
    self->members = whorl__alloc(capacity * sizeof *self->members);
    self->orders = whorl__alloc(capacity * sizeof *self->orders);
    self->records = whorl__alloc(capacity * sizeof *self->records);
  }
  if (self == NULL || self->members == NULL || self->orders == NULL || self->records == NULL) {
    if (self != NULL) whorl__cycles_destroy(self);
    return whorl__fail(WHORL_NO_MEMORY, "no memory for an executor of %zu entities", capacity);
  }
  self->executor = executor;
  self->next.expire = period_passed;
  *ret_cycles = self;
  return WHORL_OK;
}

void whorl__cycles_destroy(whorl__cycles_t *self)
{
  whorl__free(self->members);
  whorl__free(self->orders);
  whorl__free(self->records);
  whorl__free(self);
}

// --- Looking at all records. Tree lock held, so none of them can go; the core's lock too.

typedef void (*look_t)(whorl__cycles_t *self, const whorl__group_t *group, whorl__record_t *record);

typedef struct looking {
  whorl__cycles_t *self;
  look_t look;
} looking_t;

static void look_at_group(whorl__group_t *group, void *arg)
{
  const looking_t *looking = arg;
  const whorl__list_t *records = &group->mailbox.records;
  for (whorl__link_t *link = whorl__list_first(records); link != NULL; link = whorl__list_next(records, link))
    looking->look(looking->self, group, WHORL__CONTAINER(link, whorl__record_t, link));
}

static void look_at_all(whorl__cycles_t *self, look_t look)
{
  whorl__executor_visit_groups(self->executor, look_at_group, &(looking_t){self, look});
}

// --- May it begin?

static uint64_t order_of(const whorl__group_t *group, const whorl__record_t *record)
{
  return (uint64_t)group->mailbox.position << 32 | (record->registration & UINT32_MAX);
}

// Into its place; as a rule that is the last one.
static void list(whorl__cycles_t *self, uint64_t order, whorl_executor_member_t member)
{
  size_t at = self->count++;
  for (; at > 0 && self->orders[at - 1] > order; at--) {
    self->orders[at] = self->orders[at - 1];
    self->members[at] = self->members[at - 1];
  }
  self->orders[at] = order;
  self->members[at] = member;
}

static void look_for_trigger(whorl__cycles_t *self, const whorl__group_t *group, whorl__record_t *record)
{
  if (!record->live || record->standard || record->ops->only_tells || self->count == self->executor->options.capacity) return;
  bool ready = whorl__record_ready_in_cycle(record, self->executor->seat.core);
  if (ready) self->ready++;
  if (ready && group->id == self->executor->options.trigger_group.id) self->chosen_ready = true;
  list(self, order_of(group, record), (whorl_executor_member_t){.group = {group->id}, .name = record->name, .ready = ready});
}

static void look_at_members(whorl__cycles_t *self)
{
  whorl__context_t *context = self->executor->context;
  self->count = self->ready = 0;
  self->chosen_ready = false;
  pthread_mutex_lock(&context->lock);
  whorl__core_lock(self->executor->seat.core);
  look_at_all(self, look_for_trigger);
  whorl__core_unlock(self->executor->seat.core);
  pthread_mutex_unlock(&context->lock);
}

static bool something_is_ready(whorl__core_t *core)
{
  whorl__core_lock(core);
  bool ready = whorl__core_has_in_cycle(core);
  whorl__core_unlock(core);
  return ready;
}

static bool trigger_allows(whorl__cycles_t *self)
{
  const whorl_executor_options_t *options = &self->executor->options;
  if (options->trigger == WHORL_TRIGGER_ALWAYS) return true;
  if (options->trigger == WHORL_TRIGGER_ANY) return something_is_ready(self->executor->seat.core);
  look_at_members(self);
  if (options->trigger == WHORL_TRIGGER_ALL) return self->count > 0 && self->ready == self->count;
  if (options->trigger == WHORL_TRIGGER_ONE) return self->chosen_ready;
  return options->trigger_function(self->members, self->count, options->trigger_arg);
}

// --- Its beginning

static void join(whorl__cycles_t *self, const whorl__group_t *group, whorl__record_t *record)
{
  whorl__core_t *core = self->executor->seat.core;
  (void)group;
  if (record->every_cycle || (self->refused && whorl__record_in_cycle(record, core))) whorl__record_join_cycle(record, core);
  if (self->executor->options.keep_inputs && record->ops->keep != NULL && whorl__record_in_cycle(record, core) &&
      self->count < self->executor->options.capacity)
    self->records[self->count++] = record;
}

static void gather(whorl__cycles_t *self)
{
  whorl__context_t *context = self->executor->context;
  self->count = 0;
  pthread_mutex_lock(&context->lock);
  whorl__core_lock(self->executor->seat.core);
  bool needed = self->refused || self->executor->options.keep_inputs || whorl__core_every_cycle(self->executor->seat.core) > 0;
  if (needed) look_at_all(self, join);
  whorl__core_unlock(self->executor->seat.core);
  for (size_t i = 0; i < self->count; i++) self->records[i]->ops->keep(self->records[i]);
  pthread_mutex_unlock(&context->lock);
}

// --- By time

static void arm(whorl__cycles_t *self, int64_t when_ns)
{
  whorl__core_lock(self->executor->seat.core);
  self->period_due = false;
  whorl__core_arm(self->executor->seat.core, &self->next, when_ns);
  whorl__core_unlock(self->executor->seat.core);
}

static void arm_pause(whorl__cycles_t *self)
{
  int64_t most_ns = self->executor->options.cycle_ns != 0 ? self->executor->options.cycle_ns : WHORL_SECONDS(1);
  arm(self, whorl__time_after(whorl__core_now(self->executor->seat.core), most_ns));
}

void whorl__cycles_begin(whorl__cycles_t *self, int64_t period_ns)
{
  self->period_ns = period_ns;
  if (period_ns > 0)
    arm(self, whorl__time_after(whorl__core_now(self->executor->seat.core), period_ns));
  else if (self->executor->options.trigger == WHORL_TRIGGER_ALWAYS)
    arm_pause(self);
}

void whorl__cycles_end(whorl__cycles_t *self)
{
  whorl__core_lock(self->executor->seat.core);
  whorl__core_disarm(self->executor->seat.core, &self->next);
  whorl__core_unlock(self->executor->seat.core);
  self->period_ns = 0;
}

void whorl__cycles_make_due(whorl__cycles_t *self)
{
  whorl__core_lock(self->executor->seat.core);
  whorl__core_make_cycle_due_locked(self->executor->seat.core);
  whorl__core_unlock(self->executor->seat.core);
}

// A late period's cycle begins now, and the next one when it would have anyway.
static bool time_allows(whorl__cycles_t *self)
{
  if (self->period_ns == 0) {
    if (self->next.node.queued || self->period_due) arm_pause(self);
    return true;
  }
  if (!self->period_due) return false;
  arm(self, whorl__time_after(self->next.when_ns, self->period_ns));
  return true;
}

bool whorl__cycles_ask(void *arg)
{
  whorl__cycles_t *self = arg;
  bool allowed = time_allows(self) && trigger_allows(self);
  if (allowed) gather(self);
  self->refused = !allowed;
  return allowed;
}
