// For tests of what something costs: the instructions that it takes, counted one by one, in a child process that its parent steps through. Unlike a time that number is the same on a busy machine.
#ifndef WHORL_TASK_STEPS_TESTING_H
#define WHORL_TASK_STEPS_TESTING_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "task/sanitizer.h"

// Under ThreadSanitizer everything takes thirty times as many, and these tests have one thread only, of which it has nothing to say: they skip themselves.
#ifdef WHORL__TSAN
enum { COUNTS_STEPS = false };
#else
enum { COUNTS_STEPS = true };
#endif
#ifdef WHORL__ASAN
enum { COUNTS_CHECKS = true }; // AddressSanitizer's, among the steps
#else
enum { COUNTS_CHECKS = false };
#endif

// Between two stops of the child. Nothing it does is seen here; -1: it did not get as far as its second stop.
static inline long count_steps(void (*run)(void *arg), void *arg)
{
  long steps = 0;
  int status;
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    syscall(SYS_kill, syscall(SYS_getpid), SIGSTOP); // as a sanitizer's own functions take long to raise it
    run(arg);
    syscall(SYS_kill, syscall(SYS_getpid), SIGSTOP);
    syscall(SYS_exit_group, 0); // no handlers of the parent's
  }
  waitpid(child, &status, 0);
  bool stopped = WIFSTOPPED(status);
  for (int signal = SIGTRAP; stopped && signal == SIGTRAP; steps++) {
    ptrace(PTRACE_SINGLESTEP, child, NULL, NULL);
    waitpid(child, &status, 0);
    stopped = WIFSTOPPED(status);
    signal = stopped ? WSTOPSIG(status) : 0;
  }
  bool whole = stopped && WSTOPSIG(status) == SIGSTOP;
  if (stopped) {
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
  }
  return whole ? steps : -1;
}

#endif
