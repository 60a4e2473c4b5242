// A worker's fibers: made in slabs, kept idle in a list that only the home thread touches.
#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "base/detail.h"
#include "task/bug.h"
#include "task/state.h"
#include "task/trace.h"
#include "whorl/status.h"
#include "whorl/task.h"

enum { FIRST_SLAB = 4, LARGER_SLAB = 32 };

whorl__worker_t *whorl__worker_current(void) { return whorl__local()->worker; }

whorl__task_t *whorl__task_current(void)
{
  whorl__worker_t *worker = whorl__local()->worker;
  return worker != NULL ? worker->running : NULL;
}

whorl__task_t *whorl__task_on_thread(void)
{
  whorl__worker_t *worker = whorl__local()->worker;
  if (worker == NULL) return NULL;
  return worker->running != NULL ? worker->running : worker->borrower;
}

static whorl__seat_t *make_seat(whorl__stack_t stack)
{
  whorl__seat_t *seat = (whorl__seat_t *)(void *)whorl__fiber_create(stack, sizeof(whorl__seat_t));
  whorl__list_init(&seat->callback.errors);
  return seat;
}

static int grow(whorl__worker_t *worker)
{
  whorl__stack_slab_t *slab;
  int status = whorl__stack_slab_create(worker->stack_size, worker->slabs == NULL ? FIRST_SLAB : LARGER_SLAB, &slab);
  if (status < 0) return status;
  slab->next = worker->slabs;
  worker->slabs = slab;
  return WHORL_OK;
}

static int add_seat(whorl__worker_t *worker)
{
  whorl__stack_t stack;
  int status = worker->slabs != NULL ? whorl__stack_slab_take(worker->slabs, worker->unguarded, &stack) : WHORL_WOULD_BLOCK;
  if (status == WHORL_WOULD_BLOCK) {
    status = grow(worker);
    if (status == WHORL_OK) status = whorl__stack_slab_take(worker->slabs, worker->unguarded, &stack);
  }
  worker->starved = status < 0;
  if (status < 0) return status;
  whorl__list_append(&worker->seats, &make_seat(stack)->link);
  worker->idle_seats++;
  return WHORL_OK;
}

int whorl__worker_reserve(whorl__worker_t *worker) { return worker->idle_seats > 0 ? WHORL_OK : add_seat(worker); }

int whorl__core_reserve(whorl__core_t *core, size_t callbacks)
{
  whorl__worker_t *worker = &core->worker;
  while (worker->idle_seats + worker->seated < callbacks) WHORL_TRY(add_seat(worker));
  return WHORL_OK;
}

whorl__seat_t *whorl__worker_take_seat(whorl__worker_t *worker)
{
  whorl__link_t *link = whorl__list_pop(&worker->seats);
  if (link == NULL) return NULL;
  worker->idle_seats--;
  return WHORL__CONTAINER(link, whorl__seat_t, link);
}

// To the front: the fiber that ran last has the warmest stack.
void whorl__worker_return_seat(whorl__worker_t *worker, whorl__seat_t *seat)
{
  whorl__link_t *head = &worker->seats.head;
  seat->link = (whorl__link_t){.next = head->next, .previous = head};
  head->next->previous = &seat->link;
  head->next = &seat->link;
  worker->idle_seats++;
  worker->starved = false;
}

size_t whorl__seat_stack_size(const whorl__seat_t *seat)
{
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const char *top = (const char *)(seat + 1);
  return ((size_t)(top - seat->fiber.bottom) + page - 1) / page * page;
}

int whorl__worker_own_seat(whorl__worker_t *worker, size_t stack_size, whorl__seat_t **ret_seat)
{
  whorl__stack_slab_t *slab;
  whorl__stack_t stack;
  int status = whorl__stack_slab_create(whorl__stack_size(stack_size), 1, &slab);
  if (status < 0) return status;
  status = whorl__stack_slab_take(slab, worker->unguarded, &stack);
  if (status < 0) {
    whorl__stack_slab_destroy(slab);
    return status;
  }
  *ret_seat = make_seat(stack);
  (*ret_seat)->own_slab = slab;
  return WHORL_OK;
}

void whorl__worker_free_own_seat(whorl__seat_t *seat)
{
  whorl__stack_slab_t *slab = seat->own_slab;
  whorl__fiber_destroy(&seat->fiber);
  whorl__stack_slab_destroy(slab);
}

void whorl__worker_fini(whorl__worker_t *worker)
{
  for (whorl__seat_t *seat; (seat = whorl__worker_take_seat(worker)) != NULL;) whorl__fiber_destroy(&seat->fiber);
  if (worker->signal_stack != NULL) whorl__stack_slab_destroy(worker->signal_stack);
  while (worker->slabs != NULL) {
    whorl__stack_slab_t *slab = worker->slabs;
    worker->slabs = slab->next;
    whorl__stack_slab_destroy(slab);
  }
}

// errno and the detail belong to the task (R38): they are swapped here, around the switch.
void whorl__worker_begin(whorl__worker_t *worker, whorl__task_t *task)
{
  task->at_once = 0;
  if (worker->core->yields) sched_yield();
  worker->running = task;
  whorl__busy_begin(&worker->busy);
  if (whorl__tracing()) whorl__trace_run_began(worker, task);
  errno = task->saved_errno;
}

void whorl__worker_end(whorl__worker_t *worker, whorl__task_t *task)
{
  whorl__busy_end(&worker->busy, task->name, worker->turns);
  if (whorl__tracing()) whorl__trace_run_ended(worker, task);
}

// The fiber gave the thread back for this only. What runs here is outside any task; errno and the detail stay the task's.
static void lend_stack(whorl__worker_t *worker)
{
  whorl__task_t *task = worker->borrower;
  worker->running = NULL;
  worker->lent_result = worker->lent_function(worker->lent_arg);
  worker->borrower = NULL;
  worker->running = task;
  whorl__fiber_resume(&task->seat->fiber);
}

int whorl_call_on_thread_stack(int (*function)(void *arg), void *arg)
{
  if (function == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_call_on_thread_stack: the function is NULL");
  whorl__task_t *task = whorl__task_current();
  if (task == NULL) return function(arg);
  whorl__worker_t *worker = task->home;
  worker->lent_function = function;
  worker->lent_arg = arg;
  worker->borrower = task;
  whorl__fiber_suspend(&task->seat->fiber); // the thread's own stack lies where the scheduler is
  return worker->lent_result;
}

whorl__task_t *whorl__worker_run(whorl__worker_t *worker, whorl__task_t *task)
{
  whorl__local_t *local = worker->local;
  int outer_errno = errno;
  worker->outer_detail = local->detail;
  local->detail = &task->seat->detail;
  whorl__worker_begin(worker, task);
  whorl__fiber_resume(&task->seat->fiber);
  while (worker->borrower != NULL) lend_stack(worker);
  whorl__task_t *ran = worker->running;
  if (ran != NULL) {
    ran->saved_errno = errno;
    whorl__worker_end(worker, ran);
  }
  errno = outer_errno;
  worker->running = NULL;
  local->detail = worker->outer_detail;
  return ran;
}
