// The libuv loop that a simulated world has for blocking work only (docs/tasks.md R37): made with the first job, and not left behind.
#include <sys/resource.h>
#include <unistd.h>

#include "base/memory.h"
#include "task/kit.h" // CHECK
#include "whorl/whorl.h"

static int gives_seven(void *arg) { return arg == NULL ? 7 : WHORL_IO_ERROR; }

static int works_without_descriptors(void *arg)
{
  struct rlimit limit, none;
  CHECK_INT(0, getrlimit(RLIMIT_NOFILE, &limit));
  none = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
  for (int allowed = 0; allowed < 3; allowed++) {
    none.rlim_cur = (rlim_t)(*(int *)arg + allowed);
    CHECK_INT(0, setrlimit(RLIMIT_NOFILE, &none));
    int status = whorl_work(gives_seven, NULL);
    CHECK_INT(0, setrlimit(RLIMIT_NOFILE, &limit));
    CHECK_INT(WHORL_IO_ERROR, status);
    CHECK(strstr(whorl_detail(), "event loop") != NULL);
  }
  CHECK_INT(7, whorl_work(gives_seven, NULL));
  return WHORL_OK;
}

static void R37_where_there_is_no_descriptor_left_work_is_refused_and_possible_later(void **state)
{
  whorl_simulation_t world;
  (void)state;
  assert_int_equal(WHORL_OK, whorl_simulation_create(7, &world));
  int next = dup(0); // the lowest one that is free
  assert_true(next >= 0);
  close(next);
  assert_int_equal(WHORL_OK, whorl_simulation_run(world, works_without_descriptors, &next));
  assert_int_equal(WHORL_OK, whorl_simulation_destroy(world));
}

static int counts_descriptors(void)
{
  int count = 0;
  for (int fd = 0; fd < 256; fd++) {
    int copy = dup(fd);
    if (copy < 0) continue;
    close(copy);
    count++;
  }
  return count;
}

static int does_nothing(void *arg) { return arg == NULL ? WHORL_OK : WHORL_IO_ERROR; }
static int works_once(void *arg) { return whorl_work(does_nothing, arg); }

static void R37_no_libuv_before_the_first_job_and_none_after_the_world(void **state)
{
  (void)state;
  whorl_simulation_t own;
  int64_t blocks = whorl__memory_blocks();
  int before = counts_descriptors();
  assert_int_equal(WHORL_OK, whorl_simulation_create(3, &own));
  assert_int_equal(WHORL_OK, whorl_simulation_run(own, does_nothing, NULL));
  assert_int_equal(before, counts_descriptors());
  assert_int_equal(WHORL_OK, whorl_simulation_run(own, works_once, NULL));
  assert_true(counts_descriptors() > before);
  assert_int_equal(WHORL_OK, whorl_simulation_run(own, works_once, NULL)); // the same one
  assert_int_equal(WHORL_OK, whorl_simulation_destroy(own));
  assert_int_equal(before, counts_descriptors());
  assert_int_equal(blocks, whorl__memory_blocks());
}

// A process's first libuv loop brings two descriptors that stay, and wants more to spare than others: that is not what is asked here (loop/first_loop_test.c).
static int make_the_first_loop(void **state)
{
  whorl_simulation_t world;
  (void)state;
  return whorl_simulation_create(1, &world) < 0 || whorl_simulation_run(world, works_once, NULL) < 0 || whorl_simulation_destroy(world) < 0;
}

int main(void)
{
  alarm(300); // against hanging
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R37_where_there_is_no_descriptor_left_work_is_refused_and_possible_later),
      cmocka_unit_test(R37_no_libuv_before_the_first_job_and_none_after_the_world),
  };
  return cmocka_run_group_tests(tests, make_the_first_loop, NULL);
}
