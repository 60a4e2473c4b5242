// A spin that has nothing to wait for makes no system call: one would cost as much as ten callbacks. The kernel watches: in a child process that may do no more than end.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "executor/executor_fixture.h"

enum { WARM_UP = 20, MEASURED = 100 };

static whorl_guard_condition_t guard;

static int count_triggers(uint64_t triggers, void *arg)
{
  ((bench_t *)arg)->calls[0] += (int)triggers;
  return WHORL_OK;
}

static int count_tick(const whorl_timer_info_t *info, void *arg)
{
  (void)info;
  ((bench_t *)arg)->calls[1]++;
  return WHORL_OK;
}

// From here on any system call but the one that ends the process is its death.
static bool forbid_system_calls(void)
{
  struct sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  struct sock_fprog filter = {.len = sizeof steps / sizeof steps[0], .filter = steps};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

static int spin(bench_t *bench)
{
  int status = whorl_guard_condition_trigger(guard);
  if (status == WHORL_OK) status = whorl_executor_spin_some(bench->executor, 0);
  return status >= 0 ? whorl_executor_spin_once(bench->executor, 0) : status;
}

static void spin_without_system_calls(bench_t *bench)
{
  bool good = true;
  for (int i = 0; i < WARM_UP; i++) good = good && spin(bench) >= 0;
  good = good && forbid_system_calls();
  for (int i = 0; i < MEASURED; i++) good = good && spin(bench) >= 0;
  syscall(SYS_exit_group, good && bench->calls[0] == WARM_UP + MEASURED && bench->calls[1] > MEASURED ? 0 : 1);
}

static int status_of_child(void (*act)(bench_t *bench), bench_t *bench)
{
  int status;
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) act(bench);
  waitpid(child, &status, 0);
  return status;
}

EXECUTOR_TEST(a_warm_spin_makes_no_system_call)
{
  assert_int_equal(whorl_guard_condition_create(bench->node, count_triggers, bench, NULL, &guard), WHORL_OK);
  assert_int_equal(whorl_timer_create(bench->node, 0, count_tick, bench, NULL, NULL), WHORL_OK); // ready in every turn
  bench_add_node(bench);
  int status = status_of_child(spin_without_system_calls, bench);
  if (WIFSIGNALED(status)) fail_msg("a spin made a system call");
  assert_int_equal(WEXITSTATUS(status), 0);
}

static void call_the_system(bench_t *bench)
{
  (void)bench;
  if (forbid_system_calls()) syscall(SYS_gettid);
  syscall(SYS_exit_group, 0);
}

EXECUTOR_TEST(the_kernel_sees_a_system_call) { assert_true(WIFSIGNALED(status_of_child(call_the_system, bench))); }

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(a_warm_spin_makes_no_system_call),
      NODE_TEST(the_kernel_sees_a_system_call),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
