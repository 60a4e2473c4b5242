// Fibers: stackful coroutines on Boost.Context's fcontext. A fiber runs function after function and is reused between them; it never changes its thread.
//
// The scheduler resumes a fiber and gets the thread back when that fiber, or one that the thread was passed to meanwhile, suspends or its function returns. The switch does not touch errno, the detail buffer or anything else of Whorl's: that is the
// task kernel's work. ASan, TSan and Valgrind are told of every switch.
#ifndef WHORL_TASK_FIBER_H
#define WHORL_TASK_FIBER_H

#include "task/exception.h"
#include "task/stack.h"

typedef struct whorl__fiber {
  void *context;          // where to continue it
  void *resumer;          // while it runs: where the scheduler continues
  void (*run)(void *arg); // the function of this life; NULL: end for good
  void *arg;
  char *bottom; // of its stack, for the sanitizers and for stack checks
  size_t size;
  unsigned control_word; // of the resumer
  unsigned valgrind_id;
  whorl__exceptions_t exceptions;        // its own, while it does not run
  whorl__exceptions_t *of_thread;        // where those of the running one are; NULL: no C++
  bool running_function;                 // resumed at least once since whorl__fiber_set and not returned
  void *fake_stack, *resumer_fake_stack; // ASan
  const void *resumer_bottom;
  size_t resumer_size;
  void *tsan, *tsan_resumer;
} whorl__fiber_t;

// Makes a fiber on the stack. The struct lives at the stack's top, as the first member of `room` bytes that are the caller's. Cannot fail.
whorl__fiber_t *whorl__fiber_create(whorl__stack_t stack, size_t room);
// Ends an idle fiber. Its stack may be unmapped afterwards.
void whorl__fiber_destroy(whorl__fiber_t *fiber);
// Sets what the next resume runs, on the thread with these exceptions (exception.h). The fiber must be idle.
void whorl__fiber_set(whorl__fiber_t *fiber, whorl__exceptions_t *of_thread, void (*run)(void *arg), void *arg);
// From the scheduler: runs the fiber until a fiber suspends or its function has returned: this one, or the last one that the thread was passed to. False: returned, that fiber is idle.
bool whorl__fiber_resume(whorl__fiber_t *fiber);
// On the fiber itself: gives the thread back to the scheduler.
void whorl__fiber_suspend(whorl__fiber_t *fiber);
// On the fiber `from` itself: suspends it and continues `to`, which is suspended inside its function, without the scheduler in between.
void whorl__fiber_pass(whorl__fiber_t *from, whorl__fiber_t *to);
// How many bytes of the stack were ever used at most, as far as can be told: from the lowest byte that is not zero. Of a pooled fiber that is the deepest of all the tasks that it has run.
size_t whorl__fiber_high_water(const whorl__fiber_t *fiber);
// Is the address on this fiber's stack?
static inline bool whorl__fiber_owns(const whorl__fiber_t *fiber, const void *address)
{
  return (const char *)address >= fiber->bottom && (const char *)address < fiber->bottom + fiber->size;
}

#endif
