// Nasty schedules of descriptors and blocking work, by number, on a real loop with pipes and a pool of one thread. How they are run: task/schedule.h. No time decides anything here.
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>

#include "task/schedule.h"
#include "whorl/descriptor.h"
#include "whorl/loop.h"
#include "whorl/work.h"

// --- The driver: a loop for each run

static void drive_by_a_loop(void)
{
  whorl_loop_t loop;
  memset(&kit, 0, sizeof kit);
  schedule.timeless = true;
  if (heard(whorl_loop_create(NULL, &loop)) < 0) return;
  int status = heard(whorl_loop_run(loop, schedule_as_task, NULL));
  if (status != WHORL_NO_MEMORY || !schedule.failing) assert_int_equal(WHORL_OK, status);
  assert_int_equal(WHORL_OK, whorl_loop_destroy(loop));
  if (schedule.began && !schedule.ended) fail_msg("the schedule hangs");
}

// --- S17: a task waits for a descriptor; another says that it closes it, closes it and opens a pipe that gets the number; a third waits for that. The first is told CLOSED, the third
// wakes only for the new pipe.

static int number, old_far, new_far;

static int waits_readable(void *arg)
{
  (void)arg;
  step();
  int status = heard(whorl_wait_readable(number));
  note("%s:%s", whorl_task_name(), whorl_status_name(status) + 6);
  return status == WHORL_CLOSED ? WHORL_OK : status;
}

static void make_pipe(int *ret_near, int *ret_far)
{
  int ends[2];
  CHECK_INT(0, pipe(ends));
  for (int i = 0; i < 2; i++) CHECK_INT(0, fcntl(ends[i], F_SETFL, O_NONBLOCK));
  *ret_near = ends[0];
  *ret_far = ends[1];
}

static void let_them_run(void)
{
  for (int i = 0; i < 8; i++) (void)whorl_yield(); // an actor yields at most three times before it waits
}

static void close_and_use_the_number_again(void)
{
  int near;
  CHECK_INT(1, write(old_far, "x", 1)); // it would wake, were it not closed in this very turn
  REQUIRE_INT(WHORL_OK, whorl_fd_closing(number));
  close(number);
  make_pipe(&near, &new_far);
  if (near == number) return; // as a rule: the lowest number is taken
  CHECK_INT(number, dup2(near, number));
  close(near);
}

static void S17_R29_a_number_that_is_used_again(void)
{
  whorl_task_group_t group;
  make_pipe(&number, &old_far);
  whorl_task_group_open(&group);
  SPAWN_ACTORS(&group, {"old", waits_readable, NULL});
  let_them_run();
  close_and_use_the_number_again();
  SPAWN_ACTORS(&group, {"new", waits_readable, NULL});
  let_them_run();
  REQUIRE_TRACE("old:CLOSED");
  step();
  CHECK_INT(1, write(new_far, "x", 1)); // only the new pipe counts
  REQUIRE_INT(WHORL_OK, close_group(&group, WHORL_OK));
  REQUIRE_TRACE("old:CLOSED new:OK");
  close(old_far);
  close(new_far);
  close(number);
}

// --- S18: a limit fires with one job running and one queued. The running one's own status is returned, at its end; the queued one never runs: CANCELED.

static atomic_int begun;

static int runs_until_cancelled(void *arg)
{
  (void)arg;
  atomic_fetch_add(&begun, 1);
  while (!whorl_work_canceled()) sched_yield();
  return 17;
}

static int has_it_done(void *arg)
{
  step();
  int status = heard(whorl_work(runs_until_cancelled, NULL));
  *(int *)arg = status;
  return status < 0 ? status : WHORL_OK;
}

static void S18_R30_one_runs_and_one_is_queued_when_the_limit_fires(void)
{
  int running = 0, queued = 0;
  whorl_task_group_t group;
  whorl_timeout_t timeout;
  atomic_store(&begun, 0);
  whorl_timeout_open(&timeout, WHORL_FOREVER);
  whorl_task_group_open(&group);
  SPAWN_ACTORS(&group, {"running", has_it_done, &running});
  while (atomic_load(&begun) == 0 && whorl_yield() == WHORL_OK) {}
  SPAWN_ACTORS(&group, {"queued", has_it_done, &queued}); // would never end by itself, should it run
  let_them_run();
  REQUIRE_INT(WHORL_OK, whorl_timeout_set_deadline(&timeout, whorl_now_ns() + WHORL_MICROSECONDS(100)));
  REQUIRE_INT(WHORL_TIMED_OUT, whorl_timeout_close(&timeout, close_group(&group, WHORL_OK)));
  REQUIRE_INT(17, running);
  REQUIRE_INT(WHORL_CANCELED, queued);
  REQUIRE_INT(1, atomic_load(&begun));
}

int main(void)
{
  setenv("UV_THREADPOOL_SIZE", "1", 1);
  schedule_drive = drive_by_a_loop;
  const struct CMUnitTest tests[] = {
      SCHEDULE(S17_R29_a_number_that_is_used_again),
      SCHEDULE(S18_R30_one_runs_and_one_is_queued_when_the_limit_fires),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
