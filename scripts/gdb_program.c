// What scripts/gdb_test looks at: tasks that wait for different things, several frames deep, and one that runs into a breakpoint. Ends with 0 when it was left as it was.
#include <unistd.h>

#include <whorl/descriptor.h>
#include <whorl/loop.h>
#include <whorl/status.h>
#include <whorl/task.h>

#define FRAME __attribute__((noinline)) // what a frame holds is changed after its calls: no call is its last

static whorl_event_t arm_is_up;
static int pipe_ends[2], moves;

FRAME static int lift(void)
{
  int status = whorl_event_wait(arm_is_up);
  moves++;
  return status;
}

FRAME static int move(int joints)
{
  int status = joints == 0 ? lift() : move(joints - 1);
  moves++;
  return status;
}

static int left(void *arg)
{
  int status = move(2);
  (void)arg;
  moves++;
  return status;
}

static int right(void *arg)
{
  int status = whorl_sleep(WHORL_SECONDS(3600));
  (void)arg;
  moves++;
  return status;
}

static int reader(void *arg)
{
  int status = whorl_wait_readable(pipe_ends[0]);
  (void)arg;
  moves++;
  return status;
}

FRAME static void all_others_wait(void) { __asm__ volatile("" ::: "memory"); } // the breakpoint

static int observer(void *arg)
{
  for (int i = 0; i < 3; i++) WHORL_TRY(whorl_yield());
  all_others_wait();
  WHORL_TRY(whorl_event_set(arm_is_up));
  whorl_task_group_cancel(arg);
  return WHORL_OK;
}

#define SPAWN(group, function, arg) \
  whorl_task_group_spawn_with_options((group), function, (arg), &(whorl_task_options_t){.name = #function}, NULL, WHORL_PLACE)

static int watch_arms(void *arg)
{
  whorl_task_group_t arms;
  (void)arg;
  whorl_task_group_open_with_options(&arms, &(whorl_task_group_options_t){.name = "arms"}, WHORL_PLACE);
  SPAWN(&arms, left, NULL);
  SPAWN(&arms, right, NULL);
  SPAWN(&arms, reader, NULL);
  SPAWN(&arms, observer, &arms);
  return whorl_task_group_close(&arms, WHORL_OK);
}

int main(void)
{
  whorl_loop_t loop;
  if (pipe(pipe_ends) != 0) return 1;
  if (whorl_event_create(&(whorl_event_options_t){.name = "arm up"}, &arm_is_up) < 0) return 1;
  if (whorl_loop_create(NULL, &loop) < 0) return 1;
  int status = whorl_loop_run(loop, watch_arms, NULL);
  (void)whorl_event_destroy(arm_is_up);
  return whorl_loop_destroy(loop) == WHORL_OK && status == WHORL_OK && moves == 7 ? 0 : 1; // five of the left arm's, one of each other task
}
