// Test kit: a core in virtual time with one main task.
#ifndef WHORL_TASK_KIT_H
#define WHORL_TASK_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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
  assert_int_equal(WHORL_OK,
                   whorl__scope_spawn(whorl__core_root(kit.core), kit_main, arg, &(whorl_task_options_t){.name = "main"}, NULL, "kit"));
  assert_int_equal(WHORL_OK, whorl__core_run(kit.core, kit_done, NULL));
  if (!kit.ended) fail_msg("the main task waits for something that never comes");
  return kit.status;
}

// The usual test: a world of its own around one main task, whose result must be OK.
static inline void kit_test(whorl_task_function_t function)
{
  trace[0] = '\0';
  kit_open();
  assert_int_equal(WHORL_OK, kit_run(function, NULL));
  kit_close();
}
#define TASK_TEST(name)              \
  static int name##_main(void *arg); \
  static void name(void **state)     \
  {                                  \
    (void)state;                     \
    kit_test(name##_main);           \
  }                                  \
  static int name##_main(void *arg __attribute__((unused)))

// Checks inside tasks: cmocka's own would jump from one stack to another.
#define CHECK(condition) kit_check((condition), #condition, __FILE__, __LINE__)
#define CHECK_INT(expected, actual) kit_check_int((expected), (actual), #actual, __FILE__, __LINE__)
#define CHECK_TEXT(expected, actual) kit_check_text((expected), (actual), #actual, __FILE__, __LINE__)
static inline void kit_check(bool good, const char *text, const char *file, int line)
{
  if (good) return;
  fprintf(stderr, "%s:%d: not true: %s\n", file, line, text);
  abort();
}
static inline void kit_check_int(int64_t expected, int64_t actual, const char *text, const char *file, int line)
{
  if (expected == actual) return;
  fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", file, line, text, (long long)actual, (long long)expected);
  abort();
}
static inline void kit_check_text(const char *expected, const char *actual, const char *text, const char *file, int line)
{
  if (strcmp(expected, actual) == 0) return;
  fprintf(stderr, "%s:%d: %s is\n  %s\nnot\n  %s\n", file, line, text, actual, expected);
  abort();
}

// Runs `act` in a child process: its status for waitpid's macros, and what it said on stderr.
static inline int kit_last_words(void (*act)(void), char *said, size_t size)
{
  int pipe_ends[2];
  assert_int_equal(0, pipe(pipe_ends));
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    dup2(pipe_ends[1], STDERR_FILENO);
    signal(SIGABRT, SIG_DFL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    act();
    _exit(0);
  }
  close(pipe_ends[1]);
  size_t length = 0;
  for (ssize_t got; length + 1 < size && (got = read(pipe_ends[0], said + length, size - 1 - length)) > 0;) length += (size_t)got;
  said[length] = '\0';
  close(pipe_ends[0]);
  int status;
  waitpid(child, &status, 0);
  return status;
}

// Does `bug` end the process with a sentence that has `words` in it? In a child process.
static inline void kit_dies(void (*bug)(void), const char *words)
{
  char said[8192];
  int status = kit_last_words(bug, said, sizeof said);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  if (strstr(said, words) == NULL) fail_msg("it said '%s', not '%s'", said, words);
}

static inline double now_s(void) { return (double)whorl_now_ns() / 1e9; }

#endif
