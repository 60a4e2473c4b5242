// The life of a task, from the queue to its last section. (How tasks come to be: spawn.c for groups and standing scopes, turn.c for picked runnables.)
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "base/rare.h"
#include "task/bug.h"
#include "task/spawn.h"
#include "task/state.h"
#include "task/trace.h"
#include "task/turn.h"
#include "whorl/status.h"

static void wait_is_due(whorl__deadline_t *deadline, int64_t now_ns)
{
  (void)now_ns;
  whorl__task_commit(WHORL__CONTAINER(deadline, whorl__task_t, wait_deadline), WHORL_TIMED_OUT);
}

static void init_once(whorl__task_t *task, whorl__worker_t *home, whorl__scope_t *parent, const char *name)
{
  task->home = home;
  whorl__scope_init(&task->scope, home->core, parent, WHORL__SCOPE_TASK, name, NULL);
  task->scope.task = task;
  task->wait_deadline.is_scope = false;
  task->wait_deadline.expire = wait_is_due;
}

void whorl__task_init(whorl__task_t *task, whorl__worker_t *home, whorl__scope_t *parent, const char *name)
{
  if (task->home == home)
    whorl__scope_renew(&task->scope, parent, name);
  else
    init_once(task, home, parent, name);
  task->name = name;
  task->current = &task->scope;
  task->drain = task->silent = task->ending = task->awaited = false;
  task->priority = parent->task != NULL ? parent->task->priority : 0; // of the callback below which it is
  task->status = WHORL_OK;
  task->error = NULL;
  task->saved_errno = 0;
  task->since = home->now;
  task->ready_ns = whorl__tracing() ? whorl__trace_now(home->core) : 0;
  task->runs = 0;
  task->number = ++home->core->last_task;
  atomic_store_explicit(&task->state, WHORL__TASK_NEW, memory_order_relaxed);
  for (; parent != NULL; parent = whorl__scope_standing_above(parent)) parent->live++;
  home->core->live_tasks++;
}

// Before whom it belongs: those of lower priority.
static whorl__link_t *place_in(whorl__list_t *inbox, const whorl__task_t *task)
{
  whorl__link_t *next = &inbox->head;
  while (next->previous != &inbox->head && whorl__key_before(&task->key, &WHORL__CONTAINER(next->previous, whorl__task_t, link)->key))
    next = next->previous;
  return next;
}

static void note_ready(whorl__task_t *task)
{
  whorl__core_t *core = task->home->core;
  task->key = whorl__core_key(core, task->priority, whorl__core_ticket(core));
  if (whorl__tracing()) task->ready_ns = whorl__trace_now(core);
}

void whorl__task_push(whorl__task_t *task)
{
  note_ready(task);
  whorl__link_t *end = &task->home->inbox.head; // where it belongs by its ticket
  whorl__list_insert_before(task->priority == 0 ? end : place_in(&task->home->inbox, task), &task->link);
  if (task->home->place == WHORL__PLACE_IDLE) whorl__slot_call(task->home);
}

// Who is woken for it is settled at the section's end, as for what else any slot may take.
void whorl__task_push_unhomed(whorl__task_t *task)
{
  note_ready(task);
  whorl__list_insert_before(place_in(&task->home->core->unhomed, task), &task->link);
}

bool whorl__task_commit(whorl__task_t *task, int status)
{
  int state = atomic_load_explicit(&task->state, memory_order_relaxed);
  if (state != WHORL__TASK_ARMED && state != WHORL__TASK_SUSPENDED) return false;
  whorl__core_disarm(task->home->core, &task->wait_deadline);
  task->wait_status = status;
  atomic_store_explicit(&task->state, WHORL__TASK_READY, memory_order_relaxed);
  whorl__task_push(task); // before it has left its fiber too: only its home takes it from the inbox, and that is busy running it
  return true;
}

void whorl__task_forget_errors(whorl__task_t *task)
{
  if (task->errors_of == 0) return;
  whorl__errors_free(&task->errors);
  task->errors_of = 0;
  task->error_count = 0;
}

WHORL__RARE static void note_failure(whorl__task_t *task, int status)
{
  task->silent = status == WHORL_CANCELED && whorl__scope_visible(&task->scope); // R21: visible when it returned
  bool listed = atomic_load_explicit(&task->scope.parent->error_count, memory_order_relaxed) < WHORL__ERRORS_KEPT;
  if (!task->silent && listed) task->error = whorl__error_create(status, task->name, whorl_detail());
}

// What must be done without a lock at the end of every task, whether it ran or not.
static void end_outside(whorl__task_t *task, int status)
{
  task->status = status;
  if (status < 0) note_failure(task, status);
  task->ending = true;
  whorl__task_forget_errors(task);
  if (task->id != 0) whorl__task_retire(task);
  if (task->release != NULL) task->release(task->arg);
}

static void run(whorl__task_t *task)
{
  int status = task->work.run != NULL ? task->work.run(task->work.arg) : task->function(task->arg);
  const whorl__scope_t *open = task->current;
  WHORL__BUG_IF(open != &task->scope, "task '%s' returned with the scope opened at %s still open", task->name, open->place);
  end_outside(task, status < 0 ? status : WHORL_OK);
  atomic_store_explicit(&task->state, WHORL__TASK_DONE, memory_order_relaxed);
}

void whorl__task_main(void *argument)
{
  for (whorl__task_t *task = argument; task != NULL; task = whorl__turn_follow(task)) run(task);
}

void whorl__task_never_ran(whorl__task_t *task, int status)
{
  end_outside(task, status);
  atomic_store_explicit(&task->state, WHORL__TASK_DONE, memory_order_relaxed);
}

static void give_back(whorl__task_t *task, whorl__worker_t *worker)
{
  whorl__seat_t *seat = task->seat;
  task->seat = NULL;
  if (task->work.run == NULL) whorl__list_append(&worker->free_tasks, &task->link);
  if (seat == NULL) return;
  if (seat->own_slab != NULL)
    worker->dead_seat = seat;
  else
    whorl__worker_return_seat(worker, seat);
}

void whorl__task_finish(whorl__task_t *task)
{
  whorl__worker_t *worker = task->home;
  whorl__scope_t *parent = task->scope.parent;
  if (task->seat != NULL) worker->seated--;
  if (task->awaited) worker->core->awaited--;
  whorl__scope_unlink(&task->scope);
  if (task->work.run != NULL) {
    if (task->work.finish(task->work.arg, worker->core, task->status)) {
      worker->after = task->work.after;
      worker->after_arg = task->work.arg;
    }
  }
  if (task->silent)
    parent->child_canceled = true;
  else if (task->status < 0 && !whorl__scope_add_error(parent, task->status, task->error))
    worker->trash = task->error;
  give_back(task, worker);
  whorl__scope_task_gone(parent, worker);
}
