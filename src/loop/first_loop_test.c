// The first loop of a process where descriptors are short: refused with a sentence, and never the end of the process. Each try is a process of its own.
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "task/kit.h" // CHECK
#include "whorl/loop.h"
#include "whorl/simulation.h"
#include "whorl/work.h"

enum { MADE, REFUSED, OTHERWISE, MOST = 12 };

static int make_a_loop(void)
{
  whorl_loop_t loop;
  int status = whorl_loop_create(NULL, &loop);
  if (status == WHORL_OK) return whorl_loop_destroy(loop) == WHORL_OK ? MADE : OTHERWISE;
  return status == WHORL_IO_ERROR && whorl_detail()[0] != '\0' ? REFUSED : OTHERWISE;
}

static int gives_seven(void *arg) { return arg == NULL ? 7 : 8; }
static int works_once(void *arg) { return whorl_work(gives_seven, arg); }

static int make_a_worlds_loop(void)
{
  whorl_simulation_t world;
  if (whorl_simulation_create(1, &world) < 0) return OTHERWISE;
  int status = whorl_simulation_run(world, works_once, NULL);
  if (whorl_simulation_destroy(world) < 0) return OTHERWISE;
  return status == 7 || status == WHORL_OK ? MADE : status == WHORL_IO_ERROR ? REFUSED : OTHERWISE;
}

// In a process that may open so many more.
static int outcome_with(int more, int (*make)(void))
{
  int result, next = dup(0);
  close(next);
  pid_t child = fork();
  if (child == 0) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) _exit(OTHERWISE);
    limit.rlim_cur = (rlim_t)(next + more);
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0) _exit(OTHERWISE);
    _exit(make());
  }
  assert_true(child > 0);
  assert_int_equal(child, waitpid(child, &result, 0));
  assert_true(WIFEXITED(result)); // not aborted
  return WEXITSTATUS(result);
}

static void refused_until_there_is_enough(int (*make)(void))
{
  int more = 0;
  while (more < MOST && outcome_with(more, make) == REFUSED) more++;
  assert_in_range(more, 3, MOST - 1);
  for (; more < MOST; more++) assert_int_equal(MADE, outcome_with(more, make));
}

static void a_process_without_descriptors_is_told(void **state)
{
  (void)state;
  refused_until_there_is_enough(make_a_loop);
}

static void and_so_is_a_world_that_has_blocking_work(void **state)
{
  (void)state;
  refused_until_there_is_enough(make_a_worlds_loop);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_process_without_descriptors_is_told),
      cmocka_unit_test(and_so_is_a_world_that_has_blocking_work),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
