// Periodic timers of a node on a loop, or under an events executor. Counterpart of bare_timerfd.c.
// Fails unless every period has its call or is told as missed.
// usage: whorl_timer <timers> <calls per second of each> <calls> [no_head_start | executor]
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
  whorl_context_t context;
  whorl_event_t done; // on a loop
  whorl_executor_t executor;
  bool on_loop;
  lateness_t lateness;
} program_t;

static int end(program_t *program) { return program->on_loop ? whorl_event_set(program->done) : whorl_executor_cancel(program->executor); }

static int on_time(const whorl_timer_info_t *info, void *arg)
{
  periodic_t *timer = arg;
  program_t *program = timer->program;
  if (timer->due_ns != 0 && info->expected_ns != timer->due_ns) {
    fprintf(stderr, "whorl_timer: a call for %lld came where %lld is due\n", (long long)info->expected_ns, (long long)timer->due_ns);
    return WHORL_WRONG_STATE;
  }
  timer->due_ns = info->expected_ns + (int64_t)(info->missed + 1) * program->period_ns;
  return lateness_note(&program->lateness, info->expected_ns, info->missed) ? WHORL_OK : end(program);
}

static int make_timers(program_t *program, whorl_node_t *ret_node)
{
  WHORL_TRY(whorl_node_create(program->context, "timers", NULL, ret_node));
  for (int i = 0; i < program->timers; i++) {
    program->all[i].program = program;
    WHORL_TRY(whorl_timer_create(*ret_node, program->period_ns, on_time, &program->all[i], NULL, NULL));
  }
  return WHORL_OK;
}

static int in_loop(void *arg)
{
  program_t *program = arg;
  whorl_node_t node;
  WHORL_TRY(whorl_event_create(NULL, &program->done));
  WHORL_TRY(make_timers(program, &node));
  WHORL_TRY(whorl_node_open(node));
  return whorl_node_close(node, whorl_event_wait(program->done));
}

static int run_loop(program_t *program, bool no_head_start)
{
  whorl_loop_t loop;
  program->on_loop = true;
  WHORL_TRY(whorl_loop_create(&(whorl_loop_options_t){.no_head_start = no_head_start}, &loop));
  WHORL_TRY(whorl_loop_run(loop, in_loop, program));
  return whorl_loop_destroy(loop);
}

static int spin(program_t *program)
{
  whorl_node_t node;
  WHORL_TRY(whorl_executor_create(program->context, WHORL_EXECUTOR_EVENTS, NULL, &program->executor));
  WHORL_TRY(make_timers(program, &node));
  WHORL_TRY(whorl_executor_add_node(program->executor, node));
  return whorl_executor_spin(program->executor);
}

int main(int argc, char **argv)
{
  if (argc < 4) return 2;
  const char *how = argc > 4 ? argv[4] : "";
  program_t program = {.timers = atoi(argv[1]), .period_ns = (int64_t)(1e9 / strtod(argv[2], NULL))};
  program.all = calloc((size_t)program.timers, sizeof *program.all);
  if (program.all == NULL || whorl_context_create(1, argv, NULL, &program.context) < 0) return 1;
  lateness_init(&program.lateness, (uint32_t)atoi(argv[3]));
  int status = strcmp(how, "executor") == 0 ? spin(&program) : run_loop(&program, strcmp(how, "no_head_start") == 0);
  if (status < 0) fprintf(stderr, "whorl_timer: %s: %s\n", whorl_status_name(status), whorl_detail());
  if (status == WHORL_OK) lateness_print(&program.lateness);
  if (whorl_context_destroy(program.context, WHORL_OK) < 0) status = WHORL_BUSY;
  free(program.all);
  return status == WHORL_OK ? 0 : 1;
}
