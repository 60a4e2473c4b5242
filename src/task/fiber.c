#include "task/fiber.h"

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "task/bug.h"
#include "task/sanitizer.h"

#if defined(__x86_64__)
#ifdef __AVX512F__
#define CHANGED_BY_CALLS_TOO                                                                                                               \
  , "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", \
      "xmm31", "k1", "k2", "k3", "k4", "k5", "k6", "k7"
#else
#define CHANGED_BY_CALLS_TOO
#endif
#define CHANGED_BY_CALLS                                                                                                           \
  "rcx", "r8", "r9", "r10", "r11", "cc", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", \
      "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15" CHANGED_BY_CALLS_TOO
#endif

// Boost.Context's C interface (libboost_context.a); its headers are C++ only.
typedef struct {
  void *context;
  void *data;
} transfer_t;
extern void *make_fcontext(void *stack_top, size_t size, void (*function)(transfer_t));
extern transfer_t jump_fcontext(void *to, void *data);

// A CPU foresees where functions return to by the calls that it has seen. On x86-64 jump_fcontext leaves with a jump: each call of it is one without a return, after which every return up to the user's
// code would be foreseen as another one's. So it is jumped to as well, with the address to come back to pushed by hand, for which the stack below must be free: the build says -mno-red-zone.
static inline __attribute__((always_inline)) transfer_t jump(void *to, void *data)
{
#if defined(__x86_64__)
  transfer_t transfer;
  __asm__ volatile("leaq 1f(%%rip), %%rax\n\tpushq %%rax\n\tjmpq *%[jump]\n1:"
                   : "=&a"(transfer.context), "=&d"(transfer.data), "+D"(to), "+S"(data)
                   : [jump] "r"(jump_fcontext)
                   : CHANGED_BY_CALLS);
  return transfer;
#else
  return jump_fcontext(to, data); // leaves with a return
#endif
}

// --- Switching with the sanitizers told. `enter` is the scheduler's side, `leave` the fiber's, `pass` goes from one fiber to another. The first thing after any switch is to finish it.
// All inlined: ThreadSanitizer counts calls and returns per fiber, and a call that returns on another one would confuse it.
#define SWITCH static inline __attribute__((always_inline)) void

SWITCH start_enter(whorl__fiber_t *fiber)
{
#ifdef WHORL__ASAN
  __sanitizer_start_switch_fiber(&fiber->resumer_fake_stack, fiber->bottom, fiber->size);
#endif
#ifdef WHORL__TSAN
  fiber->tsan_resumer = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(fiber->tsan, 0);
#endif
  (void)fiber;
}

SWITCH start_leave(whorl__fiber_t *fiber, bool forever)
{
#ifdef WHORL__ASAN
  __sanitizer_start_switch_fiber(forever ? NULL : &fiber->fake_stack, fiber->resumer_bottom, fiber->resumer_size);
#endif
#ifdef WHORL__TSAN
  __tsan_switch_to_fiber(fiber->tsan_resumer, 0);
#endif
  (void)fiber;
  (void)forever;
}

SWITCH start_pass(whorl__fiber_t *from, whorl__fiber_t *to)
{
#ifdef WHORL__ASAN
  to->resumer_fake_stack = from->resumer_fake_stack;
  to->resumer_bottom = from->resumer_bottom;
  to->resumer_size = from->resumer_size;
  __sanitizer_start_switch_fiber(&from->fake_stack, to->bottom, to->size);
#endif
#ifdef WHORL__TSAN
  to->tsan_resumer = from->tsan_resumer;
  __tsan_switch_to_fiber(to->tsan, 0);
#endif
  (void)from;
  (void)to;
}

// Now on the fiber. `from`: who passed the thread, or the fiber itself when the scheduler did.
SWITCH finish_enter(whorl__fiber_t *fiber, whorl__fiber_t *from, void *context)
{
#ifdef WHORL__ASAN
  bool passed = from != fiber;
  __sanitizer_finish_switch_fiber(fiber->fake_stack, passed ? NULL : &fiber->resumer_bottom, passed ? NULL : &fiber->resumer_size);
#endif
  if (from != fiber)
    from->context = context; // and `resumer` was set by who passed
  else
    fiber->resumer = context;
}

SWITCH finish_leave(whorl__fiber_t *fiber, void *context) // back on the scheduler's stack
{
#ifdef WHORL__ASAN
  __sanitizer_finish_switch_fiber(fiber->resumer_fake_stack, NULL, NULL);
#endif
  fiber->context = context;
}

// --- MXCSR. fcontext saves and loads it at each switch, and a load that changes it costs 100 ns. A function that computed leaves sticky exception flags behind, which would make each later use of its
// fiber pay; so an idle fiber takes over its resumer's word. (A task that suspends keeps its own flags, and pays.)

static unsigned control_word(void)
{
#if defined(__x86_64__)
  return _mm_getcsr();
#else
  return 0;
#endif
}

static void restore_control_word(unsigned word)
{
#if defined(__x86_64__)
  if (_mm_getcsr() != word) _mm_setcsr(word);
#else
  (void)word;
#endif
}

static inline void swap_exceptions(whorl__exceptions_t *present, whorl__exceptions_t *leaves, const whorl__exceptions_t *comes)
{
  *leaves = *present;
  *present = *comes;
}

// Each jump tells who makes it, so that the other side knows whose context it was given; the scheduler names the fiber that it resumes.

SWITCH leave(whorl__fiber_t *fiber)
{
  start_leave(fiber, false);
  transfer_t transfer = jump(fiber->resumer, fiber);
  finish_enter(fiber, transfer.data, transfer.context);
}

static void fiber_main(transfer_t transfer)
{
  whorl__fiber_t *fiber = transfer.data;
  finish_enter(fiber, fiber, transfer.context);
  while (fiber->run != NULL) {
    fiber->running_function = true;
    fiber->run(fiber->arg);
    fiber->running_function = false;
    restore_control_word(fiber->control_word);
    leave(fiber);
  }
  start_leave(fiber, true);
  (void)jump(fiber->resumer, fiber);
  __builtin_unreachable();
}

whorl__fiber_t *whorl__fiber_create(whorl__stack_t stack, size_t room)
{
  size_t reserved = (room + 63) / 64 * 64;
  char *top = stack.bottom + stack.size - reserved;
  whorl__fiber_t *fiber = (whorl__fiber_t *)(void *)top;
  memset(fiber, 0, room);
  fiber->bottom = stack.bottom;
  fiber->size = stack.size - reserved;
  fiber->context = make_fcontext(top, fiber->size, fiber_main);
  fiber->valgrind_id = VALGRIND_STACK_REGISTER(stack.bottom, top);
#ifdef WHORL__TSAN
  fiber->tsan = __tsan_create_fiber(0);
#endif
  return fiber;
}

void whorl__fiber_set(whorl__fiber_t *fiber, whorl__exceptions_t *of_thread, void (*run)(void *arg), void *arg)
{
  fiber->of_thread = of_thread;
  fiber->run = run;
  fiber->arg = arg;
  fiber->running_function = true;
}

bool whorl__fiber_resume(whorl__fiber_t *fiber)
{
  whorl__exceptions_t *present = fiber->of_thread, own;
  if (present != NULL) swap_exceptions(present, &own, &fiber->exceptions);
  fiber->control_word = control_word();
  start_enter(fiber);
  transfer_t transfer = jump(fiber->context, fiber);
  whorl__fiber_t *last = transfer.data;
  finish_leave(last, transfer.context);
  if (present != NULL) swap_exceptions(present, &last->exceptions, &own);
  return last->running_function;
}

void whorl__fiber_suspend(whorl__fiber_t *fiber) { leave(fiber); }

void whorl__fiber_pass(whorl__fiber_t *from, whorl__fiber_t *to)
{
  if (from->of_thread != NULL) swap_exceptions(from->of_thread, &from->exceptions, &to->exceptions);
  to->resumer = from->resumer;
  to->control_word = from->control_word;
  start_pass(from, to);
  transfer_t transfer = jump(to->context, from);
  finish_enter(from, transfer.data, transfer.context);
}

#undef SWITCH

// ASan keeps a fake stack per fiber, which only a switch that says "for the last time" gives back: so the fiber is run to its end.
void whorl__fiber_destroy(whorl__fiber_t *fiber)
{
  WHORL__BUG_IF(fiber->running_function, "a fiber is destroyed while its function is suspended");
#ifdef WHORL__ASAN
  fiber->run = NULL;
  fiber->of_thread = NULL; // it may have gone
  whorl__fiber_resume(fiber);
#endif
#ifdef WHORL__TSAN
  __tsan_destroy_fiber(fiber->tsan);
#endif
  VALGRIND_STACK_DEREGISTER(fiber->valgrind_id);
}
