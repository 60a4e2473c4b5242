// Periodic timers of a node on a loop. Counterpart of bare_timerfd.c.
// Fails unless every period has its call or is told as missed.
// usage: whorl_timer <timers> <calls per second of each> <calls>
#include <stdio.h>
#include <stdlib.h>

#include <whorl/whorl.h>

#include "lateness.h"

typedef struct periodic {
  struct program *program;
  int64_t due_ns; // 0: not called yet
} periodic_t;

typedef struct program {
  int timers;
  int64_t period_ns;
  periodic_t *all;
  whorl_event_t done;
  lateness_t lateness;
} program_t;

static int on_time(const whorl_timer_info_t *info, void *arg)
{
  periodic_t *timer = arg;
  program_t *program = timer->program;
  if (timer->due_ns != 0 && info->expected_ns != timer->due_ns) {
    fprintf(stderr, "whorl_timer: a call for %lld came where %lld is due\n", (long long)info->expected_ns, (long long)timer->due_ns);
    return WHORL_WRONG_STATE;
  }
  timer->due_ns = info->expected_ns + (int64_t)(info->missed + 1) * program->period_ns;
  return lateness_note(&program->lateness, info->expected_ns, info->missed) ? WHORL_OK : whorl_event_set(program->done);
}

static int app(whorl_context_t context, void *arg)
{
  program_t *program = arg;
  whorl_node_t node;
  WHORL_TRY(whorl_event_create(NULL, &program->done));
  WHORL_TRY(whorl_node_create(context, "timers", NULL, &node));
  WHORL_TRY(whorl_node_open(node));
  int status = WHORL_OK;
  for (int i = 0; i < program->timers && status == WHORL_OK; i++) {
    program->all[i].program = program;
    status = whorl_timer_create(node, program->period_ns, on_time, &program->all[i], NULL, NULL);
  }
  if (status == WHORL_OK) status = whorl_event_wait(program->done);
  return whorl_node_close(node, status);
}

int main(int argc, char **argv)
{
  if (argc != 4) return 2;
  program_t program = {.timers = atoi(argv[1]), .period_ns = (int64_t)(1e9 / strtod(argv[2], NULL))};
  program.all = calloc((size_t)program.timers, sizeof *program.all);
  if (program.all == NULL) return 1;
  lateness_init(&program.lateness, (uint32_t)atoi(argv[3]));
  int code = whorl_main(1, argv, app, &program);
  if (code == 0) lateness_print(&program.lateness);
  free(program.all);
  return code;
}
