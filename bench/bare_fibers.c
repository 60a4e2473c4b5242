// The least that stackful tasks can cost: Boost.Context's jumps and stacks, without a scheduler. Counterpart of whorl_tasks.c.
// `switch` enters a fiber that leaves again: two jumps, as many as a task makes that lets another one run.
// `spawn` makes a context on a stack that was used before, enters it and lets it end.
// `suspended` enters so many fibers, each on a stack of 64 KiB of its own, and leaves them suspended.
// usage: bare_fibers switch|spawn|suspended <count>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "resident.h"
#include "stopwatch.h"

enum { STACK_SIZE = 64 * 1024, PER_LAP = 1000 };

typedef struct {
  void *context;
  void *data;
} transfer_t;
extern void *make_fcontext(void *stack_top, size_t size, void (*function)(transfer_t));
extern transfer_t jump_fcontext(void *to, void *data);

static char *map_stacks(size_t count)
{
  char *memory = mmap(NULL, count * STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) abort();
  madvise(memory, count * STACK_SIZE, MADV_NOHUGEPAGE);
  return memory;
}

static void *make(char *stack, void (*function)(transfer_t)) { return make_fcontext(stack + STACK_SIZE, STACK_SIZE, function); }

static void leave_for_ever(transfer_t transfer)
{
  for (;;) transfer = jump_fcontext(transfer.context, transfer.data);
}

static void count_and_end(transfer_t transfer)
{
  ++*(uint64_t *)transfer.data;
  jump_fcontext(transfer.context, NULL);
}

static void switch_once(char *stack, void **fiber)
{
  (void)stack;
  *fiber = jump_fcontext(*fiber, NULL).context;
}

static uint64_t ended;

static void spawn_once(char *stack, void **fiber)
{
  (void)fiber;
  jump_fcontext(make(stack, count_and_end), &ended);
}

static int measure(void (*once)(char *stack, void **fiber), uint32_t count)
{
  stopwatch_t watch;
  char *stack = map_stacks(1);
  void *fiber = make(stack, leave_for_ever);
  stopwatch_init(&watch, count / PER_LAP / 10 + 1, count / PER_LAP);
  int64_t began_ns;
  do {
    began_ns = stopwatch_now_ns();
    for (int i = 0; i < PER_LAP; i++) once(stack, &fiber);
  } while (stopwatch_lap(&watch, stopwatch_now_ns() - began_ns));
  stopwatch_print_parts(&watch, PER_LAP);
  return 0;
}

static int suspend_all(uint32_t count)
{
  char *stacks = map_stacks(count);
  int64_t before_bytes = resident_bytes();
  for (size_t i = 0; i < count; i++) jump_fcontext(make(stacks + i * STACK_SIZE, leave_for_ever), NULL);
  resident_print(before_bytes, count);
  return 0;
}

int main(int argc, char **argv)
{
  if (argc != 3) return 2;
  uint32_t count = (uint32_t)strtoul(argv[2], NULL, 10);
  if (strcmp(argv[1], "switch") == 0) return measure(switch_once, count);
  if (strcmp(argv[1], "spawn") == 0) return measure(spawn_once, count);
  return strcmp(argv[1], "suspended") == 0 ? suspend_all(count) : 2;
}
