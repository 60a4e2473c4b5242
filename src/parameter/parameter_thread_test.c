// Two plain threads that set a node's parameter at once: its events tell the values in the order in which they were set.
#include "node/town_fixture.h"

enum { SETS = 490, ALL = 2 * SETS }; // all fit into the history

static whorl_subscription_t watch;
static int64_t applied[ALL]; // in order; by the callback, which runs for one change at a time
static size_t applied_count;
static int64_t told[ALL];
static sem_t all_told;
static size_t told_count;

static void note_applied(const whorl_parameter_t *parameters, size_t count, void *arg)
{
  (void)count, (void)arg;
  applied[applied_count++] = parameters[0].value.integer;
}

static int note_told(const whorl_parameter_event_t *event, void *arg)
{
  (void)arg;
  told[told_count++] = event->changes[0].value.integer;
  if (told_count == ALL) sem_post(&all_told);
  return WHORL_OK;
}

static void *set_many(void *arg)
{
  int64_t first = *(int64_t *)arg;
  for (int64_t i = 0; i < SETS; i++)
    if (whorl_parameter_set(town.node, "a", whorl_parameter_integer(first + i)) < 0) abort();
  return arg;
}

static int run_node(void *arg)
{
  (void)arg;
  return whorl_node_run(town.node);
}

static void *run_loop(void *arg)
{
  town.loop_status = whorl_loop_run(town.loop, run_node, arg);
  return arg;
}

static void events_come_in_the_order_of_the_changes(void **state)
{
  int64_t firsts[] = {1000, 2000};
  const char *const names[] = {"a"};
  const whorl_parameter_watch_options_t options = {.parameters = names, .parameter_count = 1};
  (void)state;
  assert_int_equal(sem_init(&all_told, 0, 0), 0);
  assert_int_equal(whorl_parameter_declare(town.node, "a", whorl_parameter_integer(0), NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_parameter_after_set(town.node, note_applied, NULL, NULL), WHORL_OK);
  assert_int_equal(whorl_parameter_watch(town.node, note_told, NULL, &options, &watch), WHORL_OK);
  pthread_t loop = town_start(run_loop, NULL), one = town_start(set_many, &firsts[0]), other = town_start(set_many, &firsts[1]);
  pthread_join(one, NULL);
  pthread_join(other, NULL);
  sem_wait(&all_told);
  assert_int_equal(applied_count, ALL);
  assert_memory_equal(told, applied, sizeof told);
  (void)whorl_node_destroy(town.node);
  pthread_join(loop, NULL);
  assert_int_equal(town.loop_status, WHORL_OK);
  sem_destroy(&all_told);
}

int main(void)
{
  const struct CMUnitTest tests[] = {TOWN_TEST(events_come_in_the_order_of_the_changes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
