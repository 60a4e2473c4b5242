// S25: A and B wait for each other's event, C for A's; an idle subscription exists. Running until idle says DEADLOCK and names three tasks and two events; the idle subscription alone is no dead-lock.
// Such a schedule is told from outside: nobody of the world could. How it is run otherwise: task/schedule.h.
#include <std_msgs/msg/int32.h>

#include "node/schedule_fixture.h"

static void drive_from_outside(void)
{
  memset(&kit, 0, sizeof kit);
  memset(&world, 0, sizeof world);
  schedule.timeless = true; // nobody beside them sleeps: that would be something to wait for
  if (heard(whorl_simulation_create(schedule.random, &world.simulation)) < 0) return;
  world.context = whorl_simulation_context(world.simulation);
  (void)schedule_main(NULL);
  assert_int_equal(WHORL_OK, whorl_simulation_destroy(world.simulation));
}

typedef struct waiting {
  const char *name;
  int waits_for, then_sets;
} waiting_t;

static whorl_node_t node;
static whorl_timer_t timer;
static whorl_event_t events[2];

static int waits_then_sets(void *arg)
{
  const waiting_t *self = arg;
  step();
  int status = heard(whorl_event_wait(events[self->waits_for]));
  return status < 0 ? status : heard(whorl_event_set(events[self->then_sets]));
}

static const waiting_t those[] = {{"A", 0, 1}, {"B", 1, 0}, {"C", 1, 1}};

static int spawn_three(const whorl_timer_info_t *info, void *arg)
{
  (void)info, (void)arg;
  size_t begin = schedule_chance(3), stride = 1 + schedule_chance(2);
  schedule.bystanders = schedule.random != 0 ? SCHEDULE_BYSTANDERS : 0;
  for (intptr_t i = schedule.bystanders; i > 0; i--) WHORL_TRY(spawn_in_node(node, "bystander", bystander, (void *)i));
  for (size_t i = 0; i < 3; i++) {
    const waiting_t *one = &those[(begin + i * stride) % 3];
    WHORL_TRY(spawn_in_node(node, one->name, waits_then_sets, (void *)one));
  }
  return heard(whorl_timer_destroy(timer));
}

static int ignore(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  return WHORL_OK;
}

static int make_events(void)
{
  static const char *const names[] = {"first", "second"};
  for (int i = 0; i < 2; i++) events[i] = (whorl_event_t){0};
  for (int i = 0; i < 2; i++) WHORL_TRY(whorl_event_create_from("S25", &(whorl_event_options_t){.name = names[i]}, &events[i]));
  return WHORL_OK;
}

static void require_words(void)
{
  static const char *const words[] = {"nothing can move any more, and 3 wait: ", "'A' for event 'first'", "'B' for event 'second'",
                                      "'C' for event 'second'"};
  const char *detail = whorl_detail();
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) REQUIRE(strstr(detail, words[i]) != NULL);
}

static int run_until_idle(void) { return heard(whorl_simulation_run_until_idle(world.simulation, WHORL_FOREVER)); }

static void dead_lock(void)
{
  NEED(whorl_node_create(world.context, "knot", NULL, &node));
  NEED(whorl_subscription_create(node, WHORL_MESSAGE(std_msgs, msg, Int32), "numbers", ignore, NULL, NULL, NULL));
  NEED(run_until_idle());
  NEED(whorl_timer_create(node, SECONDS(1), spawn_three, NULL, NULL, &timer));
  int status = run_until_idle();
  REQUIRE_INT(WHORL_DEADLOCK, status);
  if (status != WHORL_DEADLOCK) return;
  require_words();
  REQUIRE_INT(SECONDS(1), whorl_simulation_now_ns(world.simulation));
  REQUIRE_INT(WHORL_DEADLOCK, run_until_idle()); // it stays one, until somebody from outside helps
  REQUIRE_INT(WHORL_OK, whorl_event_set(events[1]));
  REQUIRE_INT(WHORL_OK, run_until_idle()); // B sets A's, C's was set
}

static void S25_R45_a_dead_lock_names_three_tasks_and_two_events(void)
{
  int status = heard(make_events());
  REQUIRE_INT(WHORL_OK, status);
  if (status == WHORL_OK) dead_lock();
  (void)whorl_node_destroy(node); // its tasks, if they still wait, end with the world
  for (int i = 0; i < 2; i++) (void)whorl_event_destroy(events[i]);
}

int main(void)
{
  schedule_drive = drive_from_outside;
  const struct CMUnitTest tests[] = {SCHEDULE(S25_R45_a_dead_lock_names_three_tasks_and_two_events)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
