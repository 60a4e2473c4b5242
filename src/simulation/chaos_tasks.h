// Test support: a chaos spawns tasks into nodes and groups, cancels them at random, and has them hand items to each other.
#ifndef WHORL_SIMULATION_CHAOS_TASKS_H
#define WHORL_SIMULATION_CHAOS_TASKS_H

#include "simulation/chaos_entities.h"

static void count_item(void *item) { ((chaos_t *)item)->ended_items++; }

static void send_or_receive(chaos_t *chaos)
{
  static const allowed_t outcomes = {{WHORL_CLOSED, WHORL_DESTROYED, WHORL_TIMED_OUT, WHORL_CANCELED, WHORL_INVALID_HANDLE}};
  bool sends = chance(chaos, 2);
  void *item = sends ? chaos : NULL;
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, some_time(chaos, 500));
  int status = sends ? whorl_channel_send(chaos->channel, item) : whorl_channel_receive(chaos->channel, &item);
  status = whorl_timeout_close(&timeout, status);
  if (sends && status == WHORL_OK) chaos->made_items++;
  if (!sends) assert_true((item != NULL) == (status == WHORL_OK));
  if (!sends && status == WHORL_OK) count_item(item);
  expect(chaos, "send or receive", status, &outcomes);
}

static void replace_channel(chaos_t *chaos)
{
  const whorl_channel_options_t options = {.release = count_item};
  if (chance(chaos, 2)) expect(chaos, "close channel", whorl_channel_close(chaos->channel), &GONE);
  whorl_channel_t old = chaos->channel;
  expect(chaos, "make channel", whorl_channel_create(draw(chaos, 4), &options, &chaos->channel), &(allowed_t){{0}});
  expect(chaos, "end channel", whorl_channel_destroy(old), &GONE);
}

static int spawned_task(void *arg)
{
  chaos_t *chaos = arg;
  for (unsigned i = draw(chaos, 4); i > 0; i--) {
    chaos->operate(chaos, DEEPEST);
    WHORL_TRY(rest(chaos));
  }
  return WHORL_OK;
}

static void count_release(void *arg) { ((chaos_t *)arg)->released++; }

static const whorl_task_options_t spawned_options = {.release = count_release};

static void spawn_into_a_node(chaos_t *chaos)
{
  static const allowed_t outcomes = {{WHORL_WRONG_STATE, WHORL_CANCELED, WHORL_DESTROYED, WHORL_INVALID_HANDLE}};
  whorl_task_t *place = chance(chaos, 2) ? &chaos->tasks[draw(chaos, TASKS)] : NULL;
  chaos->spawned++;
  int status = whorl_node_spawn_with_options(draw_node(chaos), spawned_task, chaos, &spawned_options, place, "chaos");
  bool known = status == WHORL_CANCELED; // of the node's scope, not the caller's
  if (known)
    write_down(chaos, 4, status);
  else
    expect(chaos, "spawn", status, &outcomes);
}

static void cancel_a_task(chaos_t *chaos) { expect(chaos, "cancel task", whorl_task_cancel(chaos->tasks[draw(chaos, TASKS)]), &GONE); }

static void spawn_into_group(chaos_t *chaos, whorl_task_group_t *group)
{
  whorl_task_t *place = &chaos->tasks[draw(chaos, TASKS)];
  chaos->spawned++;
  int status = whorl_task_group_spawn_with_options(group, spawned_task, chaos, &spawned_options, place, "child");
  bool known = status == WHORL_OK || status == WHORL_CANCELED || (chaos->scarce && status == WHORL_NO_MEMORY);
  if (!known) fail_msg("spawn into a group: %s", whorl_detail());
}

// Sometimes in a timeout or a shield, whose closes say no CANCELED that is not visible outside.
static void work_in_a_group(chaos_t *chaos, unsigned depth)
{
  static const allowed_t outcomes = {{WHORL_CANCELED, WHORL_TIMED_OUT}};
  whorl_timeout_t timeout;
  whorl_shield_t shield;
  whorl_task_group_t group;
  bool shielded = chance(chaos, 4);
  int64_t limit = some_time(chaos, 3000);
  if (shielded)
    whorl_shield_open(&shield, limit);
  else
    whorl_timeout_open(&timeout, limit);
  whorl_task_group_open(&group);
  for (unsigned i = 1 + draw(chaos, 3); i > 0; i--) spawn_into_group(chaos, &group);
  int status = WHORL_OK;
  for (unsigned i = draw(chaos, 4); i > 0 && status == WHORL_OK; i--) {
    if (chance(chaos, 2)) cancel_a_task(chaos); // perhaps one of these
    chaos->operate(chaos, depth + 1);
    status = rest(chaos);
  }
  if (chance(chaos, 4)) whorl_task_group_cancel(&group);
  status = whorl_task_group_close(&group, status);
  status = shielded ? whorl_shield_close(&shield, status) : whorl_timeout_close(&timeout, status);
  expect(chaos, "close group", status, &outcomes);
}

static void stay_in_a_node(chaos_t *chaos, unsigned depth)
{
  static const allowed_t not_now = {{WHORL_ALREADY_DRIVEN, WHORL_DESTROYED, WHORL_INVALID_HANDLE, WHORL_SHUTDOWN}};
  static const allowed_t outcomes = {{WHORL_IO_ERROR, WHORL_CANCELED}};
  whorl_node_t node = draw_node(chaos);
  if (expect(chaos, "open node", whorl_node_open(node), &not_now) < 0) return;
  int status = WHORL_OK;
  for (unsigned i = 2 + draw(chaos, 100); i > 0 && status == WHORL_OK && chaos->operations < chaos->limit; i--) {
    chaos->operate(chaos, depth + 1);
    status = rest(chaos);
  }
  expect(chaos, "close node", whorl_node_close(node, status), &outcomes);
}

static void use_tasks(chaos_t *chaos, unsigned depth)
{
  unsigned what = draw(chaos, 100);
  if (what < 35)
    send_or_receive(chaos);
  else if (what < 60)
    spawn_into_a_node(chaos);
  else if (what < 75)
    cancel_a_task(chaos);
  else if (what < 76)
    replace_channel(chaos);
  else if (depth < DEEPEST)
    work_in_a_group(chaos, depth);
}

#endif
