// For tests of static executors: up to four topics with a subscription each, every one in a group of its own that is added by hand, so that the test says the order. In virtual time.
#ifndef WHORL_EXECUTOR_STATIC_FIXTURE_H
#define WHORL_EXECUTOR_STATIC_FIXTURE_H

#include "executor/executor_fixture.h"

typedef struct line {
  bench_t *bench;
  char name[2];
  whorl_callback_group_t group;
  whorl_publisher_t publisher;
  whorl_subscription_t subscription;
  whorl_publisher_t forwards_to; // zero: nowhere
  int calls, idle_calls, last;
} line_t;

typedef struct lines {
  bench_t bench;
  line_t line[4];
} lines_t;

static inline int line_call(const void *message, const whorl_message_info_t *info, void *arg)
{
  line_t *line = arg;
  (void)info;
  bench_note(line->bench, line->name);
  line->calls++;
  if (message == NULL) {
    line->idle_calls++;
    return WHORL_OK;
  }
  line->last = ((const std_msgs__msg__Int32 *)message)->data;
  return line->forwards_to.id != 0 ? whorl_publish(line->forwards_to, &(std_msgs__msg__Int32){.data = line->last + 1}) : WHORL_OK;
}

static inline void line_make(lines_t *lines, int which, const whorl_subscription_options_t *options)
{
  const whorl_callback_group_options_t by_hand = {.manual = true};
  whorl_subscription_options_t own = options != NULL ? *options : (whorl_subscription_options_t){0};
  line_t *line = &lines->line[which];
  *line = (line_t){.bench = &lines->bench, .name = {(char)('a' + which), '\0'}};
  assert_int_equal(whorl_callback_group_create(lines->bench.node, WHORL_CALLBACK_GROUP_EXCLUSIVE, &by_hand, &line->group), WHORL_OK);
  own.callback_group = line->group;
  assert_int_equal(whorl_publisher_create(lines->bench.node, INT32, line->name, NULL, &line->publisher), WHORL_OK);
  assert_int_equal(whorl_subscription_create(lines->bench.node, INT32, line->name, line_call, line, &own, &line->subscription), WHORL_OK);
}

static inline void line_add(lines_t *lines, int which)
{
  assert_int_equal(whorl_executor_add_callback_group(lines->bench.executor, lines->line[which].group), WHORL_OK);
}

static inline void lines_make(lines_t *lines, void **state, int count, const whorl_executor_options_t *options)
{
  bench_create(&lines->bench, *state, WHORL_EXECUTOR_STATIC, options);
  for (int i = 0; i < count; i++) line_make(lines, i, NULL);
  for (int i = 0; i < count; i++) line_add(lines, i);
  bench_let_pass(&lines->bench, WHORL_SECONDS(1)); // they find each other
}

static inline void line_publish(lines_t *lines, int which, int value)
{
  assert_int_equal(whorl_publish(lines->line[which].publisher, &(std_msgs__msg__Int32){.data = value}), WHORL_OK);
  bench_let_pass(&lines->bench, WHORL_MILLISECONDS(1));
}

// Of one short spin: what ran.
static inline const char *lines_cycle(lines_t *lines)
{
  lines->bench.trace[0] = '\0';
  assert_true(whorl_executor_spin_some(lines->bench.executor, 0) >= 0);
  return lines->bench.trace;
}

#endif
