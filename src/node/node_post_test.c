// Posts that end what another loop drives: they must not wait, since two loops' posts could wait for each other's callbacks for ever.
#include <pthread.h>

#include "node/fixture.h"

typedef struct posted {
  fixture_t *fixture;
  whorl_loop_t driver, poster;
  whorl_event_t done, go; // one for each loop
  whorl_timer_t timer;
  int (*destroy)(struct posted *posted);
  int destroyed, ended, driven;
} posted_t;

static void destroy_and_let_go(void *arg)
{
  posted_t *posted = arg;
  posted->destroyed = posted->destroy(posted);
  whorl_event_set(posted->go);
  whorl_event_set(posted->done);
}

// Asks the other loop to end it, and stays until that has happened.
static int ask_for_the_end(const whorl_timer_info_t *info, void *arg)
{
  posted_t *posted = arg;
  whorl_shield_t shield;
  (void)info;
  WHORL_TRY(whorl_loop_post(posted->poster, destroy_and_let_go, posted, NULL));
  whorl_shield_open(&shield, WHORL_SECONDS(30));
  int status = whorl_event_wait(posted->go);
  posted->ended++;
  return whorl_shield_close(&shield, status);
}

static int run_the_node(void *arg) { return whorl_node_run(((posted_t *)arg)->fixture->node); }
static int wait_until_done(void *arg) { return whorl_event_wait(((posted_t *)arg)->done); }

static void *drive(void *arg)
{
  posted_t *posted = arg;
  posted->driven = whorl_loop_run(posted->driver, run_the_node, posted);
  return NULL;
}

static void expect_no_wait(fixture_t *fixture, int (*destroy)(posted_t *posted))
{
  posted_t posted = {.fixture = fixture, .destroy = destroy};
  pthread_t thread;
  assert_int_equal(whorl_loop_create(NULL, &posted.driver), WHORL_OK);
  assert_int_equal(whorl_loop_create(NULL, &posted.poster), WHORL_OK);
  assert_int_equal(whorl_event_create(NULL, &posted.done), WHORL_OK);
  assert_int_equal(whorl_event_create(NULL, &posted.go), WHORL_OK);
  assert_int_equal(whorl_timer_create(fixture->node, 0, ask_for_the_end, &posted, NULL, &posted.timer), WHORL_OK);
  assert_int_equal(pthread_create(&thread, NULL, drive, &posted), 0);
  assert_int_equal(whorl_loop_run(posted.poster, wait_until_done, &posted), WHORL_OK);
  assert_int_equal(posted.destroyed, WHORL_OK);
  (void)whorl_node_destroy(fixture->node);
  pthread_join(thread, NULL);
  assert_int_equal(posted.driven, WHORL_OK);
  assert_int_equal(posted.ended, 1);
  whorl_event_destroy(posted.go);
  whorl_event_destroy(posted.done);
  assert_int_equal(whorl_loop_destroy(posted.poster), WHORL_OK);
  assert_int_equal(whorl_loop_destroy(posted.driver), WHORL_OK);
}

static int destroy_timer(posted_t *posted) { return whorl_timer_destroy(posted->timer); }
static int destroy_node(posted_t *posted) { return whorl_node_destroy(posted->fixture->node); }

static void a_post_does_not_wait_for_the_callback_of_an_entity(void **state) { expect_no_wait(*state, destroy_timer); }
static void a_post_does_not_wait_for_the_callbacks_of_a_node(void **state) { expect_no_wait(*state, destroy_node); }

int main(void)
{
  const struct CMUnitTest tests[] = {
      NODE_TEST(a_post_does_not_wait_for_the_callback_of_an_entity),
      NODE_TEST(a_post_does_not_wait_for_the_callbacks_of_a_node),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
