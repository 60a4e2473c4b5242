// Functions posted to a loop by another thread. Counterpart of bare_post.c.
// usage: whorl_post <posts>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <whorl/loop.h>

#include "stopwatch.h"

typedef struct bench {
  whorl_loop_t loop;
  whorl_event_t all_done;
  uint32_t count, done;
  stopwatch_t watch;
} bench_t;

static void on_post(void *arg)
{
  bench_t *bench = arg;
  if (++bench->done == bench->count) whorl_event_set(bench->all_done);
}

static void *post_all(void *arg)
{
  bench_t *bench = arg;
  for (uint32_t i = 0; i < bench->count; i++)
    if (whorl_loop_post(bench->loop, on_post, bench, NULL) < 0) abort();
  return NULL;
}

static int run_round(bench_t *bench)
{
  pthread_t thread;
  bench->done = 0;
  WHORL_TRY(whorl_event_reset(bench->all_done));
  if (pthread_create(&thread, NULL, post_all, bench) != 0) return WHORL_NO_MEMORY;
  int status = whorl_event_wait(bench->all_done);
  pthread_join(thread, NULL); // it has nothing left to do
  return status;
}

static int run(void *arg)
{
  bench_t *bench = arg;
  WHORL_TRY(whorl_event_create(NULL, &bench->all_done));
  do WHORL_TRY(run_round(bench));
  while (stopwatch_lap(&bench->watch, 0));
  return whorl_event_destroy(bench->all_done);
}

int main(int argc, char **argv)
{
  if (argc != 2) return 2;
  bench_t bench = {.count = (uint32_t)strtoul(argv[1], NULL, 10)};
  stopwatch_init(&bench.watch, 1, 1);
  if (whorl_loop_create(NULL, &bench.loop) < 0 || whorl_loop_run(bench.loop, run, &bench) < 0) {
    fprintf(stderr, "whorl_post: %s\n", whorl_detail());
    return 1;
  }
  whorl_loop_destroy(bench.loop);
  stopwatch_print_parts(&bench.watch, bench.count);
  return 0;
}
