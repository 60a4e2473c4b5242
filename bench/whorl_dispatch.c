// The dispatch of an executor without any message: guard conditions that are triggered, ten at a time, and their callbacks, which do nothing.
// usage: whorl_dispatch <kind> <guard conditions> <calls>
#include <stdio.h>
#include <stdlib.h>

#include <whorl/whorl.h>

#include "stopwatch.h"

enum { LAP = 1000, BURST = 10 };

typedef struct dispatch {
  whorl_executor_t executor;
  whorl_guard_condition_t guards[BURST]; // those that are busy
  uint64_t calls;
} dispatch_t;

static int count(uint64_t triggers, void *arg)
{
  ((dispatch_t *)arg)->calls += triggers;
  return WHORL_OK;
}

static int create(dispatch_t *dispatch, whorl_context_t context, const char *kind_name, uint32_t guards)
{
  whorl_executor_kind_t kind;
  whorl_node_t node;
  WHORL_TRY(whorl_executor_kind_from_name(kind_name, &kind));
  WHORL_TRY(whorl_executor_create(context, kind, NULL, &dispatch->executor));
  WHORL_TRY(whorl_node_create(context, "dispatch", NULL, &node));
  for (uint32_t i = 0; i < guards; i++)
    WHORL_TRY(whorl_guard_condition_create(node, count, dispatch, NULL, i < BURST ? &dispatch->guards[i] : NULL));
  return whorl_executor_add_node(dispatch->executor, node);
}

static int run_lap(dispatch_t *dispatch)
{
  for (int i = 0; i < LAP / BURST; i++) {
    for (int j = 0; j < BURST; j++) WHORL_TRY(whorl_guard_condition_trigger(dispatch->guards[j]));
    WHORL_TRY(whorl_executor_spin_some(dispatch->executor, 0));
  }
  return WHORL_OK;
}

static int run(dispatch_t *dispatch, stopwatch_t *watch)
{
  for (bool more = true; more;) {
    int64_t began_ns = stopwatch_now_ns();
    WHORL_TRY(run_lap(dispatch));
    more = stopwatch_lap(watch, stopwatch_now_ns() - began_ns);
  }
  return WHORL_OK;
}

int main(int argc, char **argv)
{
  whorl_context_t context;
  stopwatch_t watch;
  static dispatch_t dispatch;
  uint32_t guards = argc == 4 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0, calls = argc == 4 ? (uint32_t)strtoul(argv[3], NULL, 10) : 0;
  if (guards < BURST) return 2;
  stopwatch_init(&watch, calls / LAP / 10 + 1, calls / LAP);
  if (whorl_context_create(0, NULL, NULL, &context) < 0) return 1;
  int status = create(&dispatch, context, argv[1], guards);
  if (status == WHORL_OK) status = run(&dispatch, &watch);
  if (status < 0) fprintf(stderr, "whorl_dispatch: %s: %s\n", whorl_status_name(status), whorl_detail());
  if (whorl_context_destroy(context, status) < 0 || dispatch.calls % BURST != 0) return 1;
  stopwatch_print_parts(&watch, LAP);
  return 0;
}
