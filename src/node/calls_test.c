// Open calls, answered by hand: what becomes of an answer that comes between the end of a call and the turn of its task, as a transport's thread may bring it.
#include "node/calls.h"

#include "task/kit.h"
#include "whorl/status.h"

enum { CLIENT = 7, NUMBER = 3 };

typedef struct world {
  whorl__calls_t *calls;
  whorl__sample_t answer;
  int references; // of the answer
  int status;     // of the call
  whorl__sample_t *taken;
} world_t;
static world_t world;

static void ref(whorl__sample_t *sample)
{
  (void)sample;
  world.references++;
}

static void unref(whorl__sample_t *sample)
{
  (void)sample;
  world.references--;
}

static const whorl__sample_ops_t counting = {ref, unref};

static int open_world(void **state)
{
  (void)state;
  world = (world_t){.calls = whorl__calls_create(), .references = 1};
  if (world.calls == NULL) return WHORL_NO_MEMORY;
  whorl__calls_set_client(world.calls, CLIENT, "/switch");
  world.answer = (whorl__sample_t){.ops = &counting, .has_header = true, .header = {.client = CLIENT, .number = NUMBER}};
  return WHORL_OK;
}

static int close_world(void **state)
{
  (void)state;
  whorl__calls_close(world.calls);
  whorl__calls_release(world.calls);
  return WHORL_OK;
}

static int waits_for_the_answer(void *arg)
{
  whorl__call_t call = {0};
  (void)arg;
  CHECK_INT(WHORL_OK, whorl__calls_open(world.calls, &call, NUMBER));
  world.status = whorl__calls_wait(world.calls, &call, &world.taken);
  return world.status;
}

static int spawns_a_call(whorl_task_group_t *group)
{
  whorl_task_group_spawn(group, waits_for_the_answer, NULL);
  return whorl_yield(); // now it waits
}

TASK_TEST(ACLI_01_an_answer_is_handed_over_with_one_reference)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  CHECK_INT(WHORL_OK, spawns_a_call(&group));
  whorl__calls_answer(world.calls, &world.answer);
  whorl__calls_answer(world.calls, &world.answer); // a second one is late
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  CHECK_INT(WHORL_OK, world.status);
  CHECK(world.taken == &world.answer);
  CHECK_INT(2, world.references);
  whorl_client_counts_t counts = whorl__calls_read_counts(world.calls);
  CHECK_INT(1, (int)counts.answers);
  CHECK_INT(1, (int)counts.late);
  CHECK_INT(0, (int)counts.open);
  return WHORL_OK;
}

TASK_TEST(ASRC_05_a_call_that_is_cancelled_first_takes_no_answer_and_no_reference)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  CHECK_INT(WHORL_OK, spawns_a_call(&group));
  whorl_task_group_cancel(&group);
  whorl__calls_answer(world.calls, &world.answer); // its task has not had its turn yet
  (void)whorl_task_group_close(&group, WHORL_OK);
  CHECK_INT(WHORL_CANCELED, world.status);
  CHECK(world.taken == NULL);
  CHECK_INT(1, world.references);
  whorl_client_counts_t counts = whorl__calls_read_counts(world.calls);
  CHECK_INT(0, (int)counts.answers);
  CHECK_INT(1, (int)counts.late);
  CHECK_INT(0, (int)counts.open);
  return WHORL_OK;
}

TASK_TEST(R5_an_answer_that_came_first_is_delivered_though_the_call_is_cancelled_then)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  CHECK_INT(WHORL_OK, spawns_a_call(&group));
  whorl__calls_answer(world.calls, &world.answer);
  whorl_task_group_cancel(&group);
  (void)whorl_task_group_close(&group, WHORL_OK);
  CHECK_INT(WHORL_OK, world.status);
  CHECK_INT(2, world.references);
  return WHORL_OK;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(ACLI_01_an_answer_is_handed_over_with_one_reference, open_world, close_world),
      cmocka_unit_test_setup_teardown(ASRC_05_a_call_that_is_cancelled_first_takes_no_answer_and_no_reference, open_world, close_world),
      cmocka_unit_test_setup_teardown(R5_an_answer_that_came_first_is_delivered_though_the_call_is_cancelled_then, open_world, close_world),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
