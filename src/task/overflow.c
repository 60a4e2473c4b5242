// Naming the task that overflowed its stack (docs/tasks.md R40): a handler for SIGSEGV and SIGBUS that knows the guard pages.
//
// It runs on an alternate stack, as the task's is used up; every thread that runs tasks gets one while it does. Async-signal-safe: it reads what the interrupted thread itself has written, and calls write, sigaction and raise.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/detail.h"
#include "task/last_words.h"
#include "task/state.h"
#include "whorl/status.h"

enum { SIGNAL_STACK_SIZE = 64 * 1024 }; // the handler needs little, one that it passes a signal on to may need more

static atomic_bool wanted;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // of installing
static struct sigaction previous_segv, previous_bus;     // written before our handler can run
static size_t guard_size;

static void report(const whorl__task_t *task)
{
  whorl__last_words_t words;
  whorl__last_words_begin(&words, task);
  whorl__last_words_say(&words, " has overflowed its stack of ");
  whorl__last_words_say_number(&words, whorl__seat_stack_size(task->seat));
  whorl__last_words_say(&words, " bytes\n");
  whorl__last_words_write(&words);
}

// --- The handler

static const whorl__task_t *overflowed(const siginfo_t *info)
{
  const whorl__worker_t *worker = whorl__worker_current();
  const whorl__task_t *task = worker != NULL && info->si_code > 0 ? worker->running : NULL; // sent by a process: no fault
  if (task == NULL || task->seat == NULL) return NULL;
  uintptr_t bottom = (uintptr_t)task->seat->fiber.bottom, address = (uintptr_t)info->si_addr;
  return address < bottom && address >= bottom - guard_size ? task : NULL;
}

static void pass_on(int number, siginfo_t *info, void *context, const struct sigaction *previous)
{
  if ((previous->sa_flags & SA_SIGINFO) != 0) {
    previous->sa_sigaction(number, info, context);
  } else if (previous->sa_handler == SIG_DFL || (previous->sa_handler == SIG_IGN && info->si_code > 0)) {
    sigaction(number, &(struct sigaction){.sa_handler = SIG_DFL}, NULL); // a fault happens again when this returns,
    if (info->si_code <= 0) raise(number);                               // what was sent does not
  } else if (previous->sa_handler != SIG_IGN) {
    previous->sa_handler(number);
  }
}

static void on_fault(int number, siginfo_t *info, void *context)
{
  int kept_errno = errno;
  const struct sigaction *previous = number == SIGBUS ? &previous_bus : &previous_segv;
  const whorl__task_t *task = overflowed(info);
  if (task != NULL) {
    report(task);
    sigaction(number, previous, NULL); // the fault happens again, and is dealt with as without us
  } else {
    pass_on(number, info, context, previous);
  }
  errno = kept_errno;
}

// --- Alternate stacks

void whorl__overflow_arm(whorl__worker_t *worker)
{
  stack_t present, own;
  whorl__stack_t stack;
  if (!atomic_load_explicit(&wanted, memory_order_acquire)) return;
  if (sigaltstack(NULL, &present) != 0 || (present.ss_flags & SS_DISABLE) == 0) return; // the thread has one already
  if (worker->signal_stack == NULL) {
    if (whorl__stack_slab_create(whorl__stack_size(SIGNAL_STACK_SIZE), 1, &worker->signal_stack) < 0) return; // it goes without
    (void)whorl__stack_slab_take(worker->signal_stack, true, &stack);
  }
  own = (stack_t){.ss_sp = worker->signal_stack->memory + guard_size, .ss_size = worker->signal_stack->stride - guard_size};
  worker->signal_stack_armed = sigaltstack(&own, NULL) == 0;
}

void whorl__overflow_disarm(whorl__worker_t *worker)
{
  if (!worker->signal_stack_armed) return;
  worker->signal_stack_armed = false;
  sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
}

// --- Asking for it

static int install(int number, struct sigaction *previous)
{
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  if (sigaction(number, NULL, previous) != 0 || sigaction(number, &action, NULL) != 0)
    return whorl__fail(WHORL_IO_ERROR, "no handler can be set for signal %d: %s", number, strerror(errno));
  return WHORL_OK;
}

int whorl_report_stack_overflow(void)
{
  pthread_mutex_lock(&lock);
  int status = WHORL_OK;
  if (!atomic_load(&wanted)) {
    guard_size = (size_t)sysconf(_SC_PAGESIZE);
    status = install(SIGSEGV, &previous_segv);
    if (status == WHORL_OK) status = install(SIGBUS, &previous_bus);
    atomic_store(&wanted, status == WHORL_OK);
  }
  pthread_mutex_unlock(&lock);
  whorl__worker_t *worker = whorl__worker_current();
  if (status == WHORL_OK && worker != NULL && !worker->signal_stack_armed) whorl__overflow_arm(worker);
  return status;
}
