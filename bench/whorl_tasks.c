// What tasks on a loop cost. Counterpart of bare_fibers.c and bare_timers.c.
// `switch`: two tasks let each other run; `switch_unwatched`, `switch_precise`: the same where no run's length is watched (docs/tasks.md R34),
// and with a limit that needs the precise clock instead of the usual one. `spawn`: tasks of a group are spawned, run and end, sixteen at a time. `zero_sleep`: a task sleeps for 0 ns.
// `sleeps`: so many tasks sleep at once, 100 to 199 ms, the second such round is measured. `suspended`: memory of so many tasks that wait for an event.
// usage: whorl_tasks switch|switch_unwatched|switch_precise|spawn|zero_sleep|sleeps|suspended <count>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <whorl/loop.h>

#include "resident.h"
#include "stopwatch.h"

enum { PER_LAP = 1000, AT_A_TIME = 16, LEAST_MS = 100, SPREAD_MS = 100 };

typedef struct bench {
  uint32_t count;
  uint32_t parts; // of a lap
  uint32_t begun;
  bool over;
  whorl_event_t event;
  stopwatch_t watch;
} bench_t;

static void init_watch(bench_t *bench, uint32_t parts)
{
  bench->parts = parts;
  stopwatch_init(&bench->watch, bench->count / parts / 10 + 1, bench->count / parts);
}

// --- switch

static int yield_until_over(void *arg)
{
  const bench_t *bench = arg;
  while (!bench->over) WHORL_TRY(whorl_yield());
  return WHORL_OK;
}

static int yield_and_measure(void *arg)
{
  bench_t *bench = arg;
  int64_t began_ns;
  do {
    began_ns = stopwatch_now_ns();
    for (int i = 0; i < PER_LAP / 2; i++) WHORL_TRY(whorl_yield()); // the other task makes as many
  } while (stopwatch_lap(&bench->watch, stopwatch_now_ns() - began_ns));
  bench->over = true;
  return WHORL_OK;
}

static int run_switches(bench_t *bench)
{
  whorl_task_group_t group;
  init_watch(bench, PER_LAP);
  whorl_task_group_open(&group);
  whorl_task_group_spawn(&group, yield_and_measure, bench);
  whorl_task_group_spawn(&group, yield_until_over, bench);
  return whorl_task_group_close(&group, WHORL_OK);
}

// --- spawn

static int begin_and_end(void *arg)
{
  ((bench_t *)arg)->begun++;
  return WHORL_OK;
}

static int spawn_some(bench_t *bench)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  for (int i = 0; i < AT_A_TIME; i++) whorl_task_group_spawn(&group, begin_and_end, bench);
  return whorl_task_group_close(&group, WHORL_OK);
}

static int run_spawns(bench_t *bench)
{
  int64_t began_ns;
  init_watch(bench, 64 * AT_A_TIME);
  do {
    began_ns = stopwatch_now_ns();
    for (int i = 0; i < 64; i++) WHORL_TRY(spawn_some(bench));
  } while (stopwatch_lap(&bench->watch, stopwatch_now_ns() - began_ns));
  return bench->begun == bench->watch.laps * bench->parts ? WHORL_OK : WHORL_WRONG_STATE;
}

// --- sleeps

static int run_zero_sleeps(bench_t *bench)
{
  int64_t began_ns;
  init_watch(bench, PER_LAP);
  do {
    began_ns = stopwatch_now_ns();
    for (int i = 0; i < PER_LAP; i++) WHORL_TRY(whorl_sleep(0));
  } while (stopwatch_lap(&bench->watch, stopwatch_now_ns() - began_ns));
  return WHORL_OK;
}

static int sleep_once(void *arg)
{
  bench_t *bench = arg;
  return whorl_sleep(WHORL_MILLISECONDS(LEAST_MS + bench->begun++ % SPREAD_MS));
}

static int run_sleeps(bench_t *bench)
{
  bench->parts = bench->count;
  stopwatch_init(&bench->watch, 1, 1);
  do {
    whorl_task_group_t group;
    whorl_task_group_open(&group);
    for (uint32_t i = 0; i < bench->count; i++) whorl_task_group_spawn(&group, sleep_once, bench);
    WHORL_TRY(whorl_task_group_close(&group, WHORL_OK));
  } while (stopwatch_lap(&bench->watch, 0));
  return WHORL_OK;
}

// --- suspended

static int wait_for_event(void *arg)
{
  bench_t *bench = arg;
  bench->begun++;
  return whorl_event_wait(bench->event);
}

static int run_suspended(bench_t *bench)
{
  whorl_task_group_t group;
  int64_t before_bytes = resident_bytes();
  WHORL_TRY(whorl_event_create(NULL, &bench->event));
  whorl_task_group_open(&group);
  for (uint32_t i = 0; i < bench->count; i++) whorl_task_group_spawn(&group, wait_for_event, bench);
  int status = whorl_yield();
  while (bench->begun < bench->count && status == WHORL_OK) status = whorl_yield();
  if (status == WHORL_OK) resident_print(before_bytes, bench->count);
  whorl_event_set(bench->event);
  return whorl_task_group_close(&group, status);
}

typedef struct work {
  const char *name;
  int (*run)(bench_t *bench);
  int64_t busy_limit_ns;
} work_t;
static const work_t works[] = {{"switch", run_switches, 0},
                               {"switch_unwatched", run_switches, WHORL_FOREVER},
                               {"switch_precise", run_switches, WHORL_MILLISECONDS(1)},
                               {"spawn", run_spawns, 0},
                               {"zero_sleep", run_zero_sleeps, 0},
                               {"sleeps", run_sleeps, 0},
                               {"suspended", run_suspended, 0}};

typedef struct chosen {
  bench_t bench;
  const work_t *work;
} chosen_t;

static int run(void *arg)
{
  chosen_t *chosen = arg;
  return chosen->work->run(&chosen->bench);
}

static void ignore(const char *task, int64_t length_ns, void *arg) { (void)task, (void)length_ns, (void)arg; }

int main(int argc, char **argv)
{
  if (argc != 3) return 2;
  chosen_t chosen = {.bench.count = (uint32_t)strtoul(argv[2], NULL, 10)};
  for (size_t i = 0; i < sizeof works / sizeof *works; i++)
    if (strcmp(argv[1], works[i].name) == 0) chosen.work = &works[i];
  if (chosen.work == NULL) return 2;
  whorl_loop_t loop;
  const whorl_loop_options_t options = {.unguarded_stacks = true, // where the kernel has no light guards, 100,000 cannot have one
                                        .busy_limit_ns = chosen.work->busy_limit_ns,
                                        .on_busy = ignore};
  if (whorl_loop_create(&options, &loop) < 0 || whorl_loop_run(loop, run, &chosen) < 0) {
    fprintf(stderr, "whorl_tasks: %s\n", whorl_detail());
    return 1;
  }
  whorl_loop_destroy(loop);
  if (chosen.bench.watch.lap_ns != NULL) stopwatch_print_parts(&chosen.bench.watch, chosen.bench.parts);
  return 0;
}
