// Who is there when a context is shut down in the middle of everything (S24), in virtual time and on a real loop: tasks that wait in every way, and one that never begins.
#ifndef WHORL_NODE_SHUTDOWN_FIXTURE_H
#define WHORL_NODE_SHUTDOWN_FIXTURE_H

#include "node/schedule_fixture.h"

static whorl_channel_t channel; // full
static int item, released_items;

static inline bool said(const char *word) { return strstr(trace, word) != NULL; }

static inline int ends(const char *what, int status)
{
  note("%s:%s", what, whorl_status_name(status) + 6);
  return status;
}

static inline void release_item(void *what)
{
  (void)what;
  released_items++;
}

static inline int sleeps_long(void *arg)
{
  (void)arg;
  return whorl_sleep(WHORL_FOREVER);
}

static inline int in_close(void *arg)
{
  whorl_task_group_t group;
  (void)arg;
  step();
  whorl_task_group_open(&group);
  SPAWN_ACTORS(&group, {"child", sleeps_long, NULL});
  return ends("close", close_group(&group, WHORL_OK));
}

static inline int sends_into_a_full_channel(void *arg)
{
  (void)arg;
  step();
  int status = whorl_channel_send(channel, &item);
  if (status < 0) release_item(&item); // still the sender's
  return ends("send", status);
}

static inline int never_begins(void *arg)
{
  (void)arg;
  return ends("NEW", WHORL_OK);
}

// In an order that the schedule draws, with two tasks of the test's own.
static inline int spawn_the_waiting(whorl_node_t node, whorl_task_function_t shielded, whorl_task_function_t with_a_job)
{
  const actor_t tasks[] = {
      {"shielded", shielded, NULL}, {"job", with_a_job, NULL}, {"closer", in_close, NULL}, {"sender", sends_into_a_full_channel, NULL}};
  size_t begin = schedule_chance(4);
  int status = WHORL_OK;
  for (size_t i = 0; i < 4 && status == WHORL_OK; i++) {
    const actor_t *task = &tasks[(begin + i) % 4];
    status = spawn_in_node(node, task->name, task->function, task->arg);
  }
  return status;
}

#endif
