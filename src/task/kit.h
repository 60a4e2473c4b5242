// Test kit: a core in virtual time with one main task.
#ifndef WHORL_TASK_KIT_H
#define WHORL_TASK_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "task/core.h"
#include "task/scope.h"
#include "whorl/task.h"

#define SECONDS(count) ((int64_t)((count)*1e9))

typedef struct kit {
  whorl__virtual_parker_t parker;
  whorl__core_t *core;
  whorl_task_function_t function;
  int status;
  bool ended;
} kit_t;

static kit_t kit;

static inline int kit_main(void *arg)
{
  kit.status = kit.function(arg);
  kit.ended = true;
  return WHORL_OK;
}

static inline bool kit_done(void *arg)
{
  (void)arg;
  return kit.ended || kit.parker.stuck;
}

static inline void kit_open(void)
{
  memset(&kit, 0, sizeof kit);
  whorl__virtual_parker_init(&kit.parker);
  assert_int_equal(WHORL_OK, whorl__core_create(&(whorl__core_options_t){.parker = &kit.parker.base, .name = "test"}, &kit.core));
}

static inline void kit_close(void)
{
  assert_int_equal(0, whorl__core_read_counts(kit.core).live_tasks);
  whorl__core_destroy(kit.core);
}

// Runs `function` as the main task, from time 0, until it has ended and everything came to rest. Its result; the time is kit.parker.now.
static inline int kit_run(whorl_task_function_t function, void *arg)
{
  kit.function = function;
  kit.ended = false;
  assert_int_equal(WHORL_OK, whorl__scope_spawn(whorl__core_root(kit.core), kit_main, arg, &(whorl_task_options_t){.name = "main"}, NULL, "kit"));
  assert_int_equal(WHORL_OK, whorl__core_run(kit.core, kit_done, NULL));
  if (!kit.ended) fail_msg("the main task waits for something that never comes");
  return kit.status;
}

// The usual test: a world of its own around one function, whose result must be OK.
static inline void kit_test(whorl_task_function_t function)
{
  kit_open();
  assert_int_equal(WHORL_OK, kit_run(function, NULL));
  kit_close();
}

// --- A trace: words joined by blanks, compared as one string.
static char trace[4096];
static inline void trace_clear(void) { trace[0] = '\0'; }
__attribute__((format(printf, 1, 2))) static inline void note(const char *format, ...)
{
  size_t length = strlen(trace);
  if (length > 0 && length + 1 < sizeof trace) trace[length++] = ' ';
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(trace + length, sizeof trace - length, format, arguments);
  va_end(arguments);
}
#define assert_trace(expected) assert_string_equal((expected), trace)

static inline double now_s(void) { return (double)whorl_now_ns() / 1e9; }

#endif
