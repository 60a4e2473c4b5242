// The end of a callback group, while an entity that was in it is still open on the wire.
#include <sched.h>
#include <semaphore.h>

#include <std_msgs/msg/string.h>

#include "node/reaper.h"
#include "node/town_fixture.h"

typedef struct side { // of the town: a context whose endpoints are closed by a thread of its own, as outside simulations
  whorl__reaper_job_t job;
  whorl_context_t context;
  whorl_node_t node;
  whorl_publisher_t publisher;
  whorl_subscription_t gone, stays;
  whorl_callback_group_t group;
  sem_t released;
} side_t;

static side_t side; // of the running test

static void hold(whorl__reaper_job_t *job) { sem_wait(&WHORL__CONTAINER(job, side_t, job)->released); }

static int on_text(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  return WHORL_OK;
}

static void open_side(void)
{
  whorl__participant_t *participant;
  whorl__reaper_t *reaper;
  side = (side_t){.job.run = hold};
  sem_init(&side.released, 0, 0);
  assert_int_equal(whorl__reaper_create(&reaper), WHORL_OK);
  whorl__reaper_add(reaper, &side.job);
  assert_int_equal(whorl__sim_participant_open(town.network, &(whorl__participant_options_t){.enclave = "/"}, &participant), WHORL_OK);
  assert_int_equal(whorl__context_open(participant, &town.clock.base, reaper, &side.context), WHORL_OK);
  assert_int_equal(whorl_node_create(side.context, "listener", NULL, &side.node), WHORL_OK);
}

static void connect_side(void)
{
  const whorl_message_type_t text = WHORL_MESSAGE(std_msgs, msg, String);
  assert_int_equal(whorl_callback_group_create(side.node, WHORL_CALLBACK_GROUP_EXCLUSIVE, NULL, &side.group), WHORL_OK);
  assert_int_equal(whorl_subscription_create(side.node, text, "text", on_text, NULL,
                                             &(whorl_subscription_options_t){.callback_group = side.group}, &side.gone),
                   WHORL_OK);
  assert_int_equal(
      whorl_subscription_create(side.node, text, "text", NULL, NULL, &(whorl_subscription_options_t){.by_hand = true}, &side.stays),
      WHORL_OK);
  assert_int_equal(whorl_publisher_create(town.server, text, "text", NULL, &side.publisher), WHORL_OK);
  while (whorl_publisher_matched_count(side.publisher) < 2) sched_yield();
}

// On a loop's thread: the endpoint is closed later, by the reaper.
static int destroy_both(void *arg)
{
  (void)arg;
  WHORL_TRY(whorl_subscription_destroy(side.gone));
  return whorl_callback_group_destroy(side.group); // it is empty
}

static void say(const char *words)
{
  std_msgs__msg__String message = {.data = {.data = (char *)words, .size = strlen(words), .capacity = strlen(words) + 1}};
  const void *heard;
  assert_int_equal(whorl_publish(side.publisher, &message), WHORL_OK);
  while (whorl_subscription_take(side.stays, &heard, NULL) == WHORL_WOULD_BLOCK) sched_yield();
  whorl_message_release(heard);
}

static void what_comes_for_an_entity_that_is_being_closed_finds_its_destroyed_group(void **state)
{
  (void)state;
  open_side();
  connect_side();
  assert_int_equal(whorl_loop_run(town.loop, destroy_both, NULL), WHORL_OK);
  say("one"); // to both that are open on the wire
  say("two"); // when this has come, so has the first, everywhere
  sem_post(&side.released);
  assert_int_equal(whorl_context_destroy(side.context, WHORL_OK), WHORL_OK);
  sem_destroy(&side.released);
}

int main(void)
{
  const struct CMUnitTest tests[] = {TOWN_TEST(what_comes_for_an_entity_that_is_being_closed_finds_its_destroyed_group)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
