// Making and destroying an entity costs the same however many there are. Counted in instructions, so no other program can be in the way. Endpoints are not among them: each change of theirs announces all of a
// participant's, as the wire of ROS 2 asks.
#include "node/fixture.h"
#include "task/steps_testing.h"

enum { FEW = 100, MANY = 10000, SETTLING = 50, REPEATS = 8 };

typedef struct maker {
  const char *name;
  int (*make)(whorl_node_t node, uint64_t *ret_id);
  int (*destroy)(uint64_t id);
} maker_t;

static int ignore_tick(const whorl_timer_info_t *info, void *arg) { return (void)info, (void)arg, WHORL_OK; }
static int ignore_trigger(uint64_t triggers, void *arg) { return (void)triggers, (void)arg, WHORL_OK; }

static int make_timer(whorl_node_t node, uint64_t *ret_id)
{
  whorl_timer_t made;
  WHORL_TRY(whorl_timer_create(node, WHORL_SECONDS(1), ignore_tick, NULL, NULL, &made));
  return *ret_id = made.id, WHORL_OK;
}
static int make_guard(whorl_node_t node, uint64_t *ret_id)
{
  whorl_guard_condition_t made;
  WHORL_TRY(whorl_guard_condition_create(node, ignore_trigger, NULL, NULL, &made));
  return *ret_id = made.id, WHORL_OK;
}

static int destroy_timer(uint64_t id) { return whorl_timer_destroy((whorl_timer_t){id}); }
static int destroy_guard(uint64_t id) { return whorl_guard_condition_destroy((whorl_guard_condition_t){id}); }

static const maker_t makers[] = {
    {"timer", make_timer, destroy_timer},
    {"guard condition", make_guard, destroy_guard},
};

typedef struct work {
  const maker_t *maker;
  whorl_node_t node;
  uint64_t ids[MANY];
  int oldest;
} work_t;

static void make_some(void *arg)
{
  work_t *work = arg;
  uint64_t id;
  for (int i = 0; i < REPEATS; i++)
    if (work->maker->make(work->node, &id) < 0) abort();
}

static void destroy_some(void *arg)
{
  work_t *work = arg;
  for (int i = 0; i < REPEATS; i++)
    if (work->maker->destroy(work->ids[work->oldest++]) < 0) abort();
}

static void make_until(work_t *work, int from, int to)
{
  for (int i = from; i < to; i++) assert_int_equal(work->maker->make(work->node, &work->ids[i]), WHORL_OK);
}

// What only the first of many pays, such as putting thousands of deadlines in order, is theirs together and not counted here.
static long cost_of_destroying(work_t *work)
{
  for (int i = 0; i < SETTLING; i++) assert_int_equal(work->maker->destroy(work->ids[work->oldest++]), WHORL_OK);
  return count_steps(destroy_some, work) / REPEATS;
}

static void PAIN_12_an_entity_among_many_costs_what_one_among_few_costs(void **state)
{
  if (!COUNTS_STEPS) skip();
  fixture_t *fixture = *state;
  work_t *work = calloc(1, sizeof *work);
  for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
    work->maker = &makers[i];
    assert_int_equal(whorl_node_create(fixture->context, "crowded", NULL, &work->node), WHORL_OK);
    work->oldest = 0;
    make_until(work, 0, FEW);
    long few_made = count_steps(make_some, work) / REPEATS, few_gone = cost_of_destroying(work);
    make_until(work, FEW, MANY);
    long many_made = count_steps(make_some, work) / REPEATS, many_gone = cost_of_destroying(work);
    print_message("%s: made in %ld steps among few and %ld among many, destroyed in %ld and %ld\n", makers[i].name, few_made, many_made,
                  few_gone, many_gone);
    assert_true(few_made > 0 && many_made > 0 && many_made < 2 * few_made);
    assert_true(few_gone > 0 && many_gone > 0 && many_gone < 2 * few_gone);
    assert_int_equal(whorl_node_destroy(work->node), WHORL_OK);
  }
  free(work);
}

int main(void)
{
  const struct CMUnitTest tests[] = {NODE_TEST(PAIN_12_an_entity_among_many_costs_what_one_among_few_costs)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
