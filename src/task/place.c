#define _GNU_SOURCE
#include "task/place.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/detail.h"
#include "task/state.h"
#include "whorl/status.h"

enum { SIZE = 160 };

static int this_thread(char *text, size_t size)
{
  char name[16] = "";
  (void)pthread_getname_np(pthread_self(), name, sizeof name);
  return snprintf(text, size, "thread '%s' (%d)", name, (int)gettid());
}

static void describe(char text[static SIZE])
{
  const whorl__worker_t *worker = whorl__worker_current();
  if (worker != NULL && worker->borrower != NULL) {
    snprintf(text, SIZE, "what task '%.64s' runs on its thread's stack may not suspend", worker->borrower->name);
    return;
  }
  int length = this_thread(text, SIZE);
  if (worker == NULL)
    snprintf(text + length, SIZE - (size_t)length, " is a plain one");
  else
    snprintf(text + length, SIZE - (size_t)length, " runs '%.64s', and is outside its tasks", worker->core->name);
}

int whorl__fail_not_in_task(const char *function)
{
  char place[SIZE];
  describe(place);
  return whorl__fail(WHORL_NOT_IN_TASK, "%s works only inside a task: %s", function, place);
}

int whorl__fail_would_deadlock(const char *function)
{
  char place[SIZE];
  describe(place);
  return whorl__fail(WHORL_WOULD_DEADLOCK, "%s would wait for ever: %s, and all else would wait for it; spawn a task", function, place);
}

int whorl__place_check(const char *function)
{
  const whorl__worker_t *worker = whorl__worker_current();
  if (worker == NULL || whorl__core_current() != NULL) return WHORL_OK;
  return worker->borrower != NULL ? whorl__fail_not_in_task(function) : whorl__fail_would_deadlock(function);
}

int whorl__fail_wrong_thread(const char *function, const whorl__core_t *core, const char *format, ...)
{
  char caller[SIZE], object[100], owner[32] = "the thread of a loop";
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(object, sizeof object, format, arguments);
  va_end(arguments);
  this_thread(caller, sizeof caller);
  if (core != NULL) snprintf(owner, sizeof owner, "thread %d", atomic_load_explicit(&core->worker.thread_id, memory_order_relaxed));
  return whorl__fail(WHORL_WRONG_THREAD, "%s: %s belongs to %s, and this is %s", function, object, owner, caller);
}
