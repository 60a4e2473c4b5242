// strict_qos of services and clients: what does not fit on either topic of a service is an error, of the creation or of the node, in a simulated world of two processes.
#include <stdio.h>

#include <whorl/log.h>

#include "node/service_fixture.h"

static const whorl_qos_t loose = {.depth = 10, .reliability = WHORL_RELIABILITY_BEST_EFFORT};
static const whorl_qos_t tight = {.depth = 10, .reliability = WHORL_RELIABILITY_RELIABLE};

// What the tested node of each test, `pair->server`, is strict about: '/far/other', of another context.
static whorl_node_t other;

static struct {
  int lines;
  char message[512];
} logged; // by the tested node

static void hear(const whorl_log_entry_t *entry, void *arg)
{
  (void)arg;
  if (strcmp(entry->logger, "server") != 0) return;
  logged.lines++;
  snprintf(logged.message, sizeof logged.message, "%s", entry->message);
}

static int setup(void **state)
{
  pair_setup(state);
  pair_t *pair = *state;
  whorl_context_t context;
  memset(&logged, 0, sizeof logged);
  whorl_log_set_sink(hear, NULL);
  assert_int_equal(whorl_simulation_create_context(pair->world, &context), WHORL_OK);
  assert_int_equal(whorl_node_create(context, "other", &(whorl_node_options_t){.node_namespace = "/far"}, &other), WHORL_OK);
  return 0;
}

static int teardown(void **state)
{
  int status = pair_teardown(state);
  whorl_log_set_sink(NULL, NULL);
  return status;
}

static int serve(whorl_node_t node, pair_t *pair, const whorl_service_options_t *options)
{
  return whorl_service_create(node, ADD, "/add", options->by_hand ? NULL : on_add, pair, options, &pair->service);
}

static int serve_with(whorl_node_t node, pair_t *pair, const whorl_qos_t *qos, bool strict)
{
  return serve(node, pair, &(whorl_service_options_t){.qos = qos, .strict_qos = strict});
}

static int connect_with(whorl_node_t node, pair_t *pair, const whorl_qos_t *qos, bool strict)
{
  return whorl_client_create(node, ADD, "/add", &(whorl_client_options_t){.qos = qos, .strict_qos = strict}, &pair->client);
}

typedef int (*create_t)(whorl_node_t node, pair_t *pair, const whorl_qos_t *qos, bool strict);

typedef struct misfit {
  create_t tested, others; // serve_with, connect_with
  const whorl_qos_t *tested_qos, *others_qos;
  const char *sentence;
} misfit_t;

#define RELIABILITY "RELIABILITY_QOS_POLICY offered best effort, requested reliable"

// Each side, and each of the two topics.
static const misfit_t misfits[] = {
    {serve_with, connect_with, &loose, &tight,
     "a client of node '/far/other' on service '/add' requests incompatible QoS, no answers go to it: " RELIABILITY},
    {serve_with, connect_with, &tight, &loose,
     "a client of node '/far/other' on service '/add' offers incompatible QoS, no requests come from it: " RELIABILITY},
    {connect_with, serve_with, &loose, &tight,
     "a server of node '/far/other' on service '/add' requests incompatible QoS, no requests go to it: " RELIABILITY},
    {connect_with, serve_with, &tight, &loose,
     "a server of node '/far/other' on service '/add' offers incompatible QoS, no answers come from it: " RELIABILITY},
};
enum { MISFITS = sizeof misfits / sizeof *misfits };

// --- what is there already

static void expect_not_made(pair_t *pair, const misfit_t *misfit)
{
  size_t services = 99, clients = 99;
  assert_int_equal(misfit->others(other, pair, misfit->others_qos, false), WHORL_OK);
  assert_int_equal(whorl_simulation_run_for(pair->world, MS(1)), WHORL_OK);
  assert_int_equal(misfit->tested(pair->server, pair, misfit->tested_qos, true), WHORL_INCOMPATIBLE_QOS);
  assert_string_equal(whorl_detail(), misfit->sentence);
  assert_int_equal(whorl_node_count_services(other, "/add", &services), WHORL_OK);
  assert_int_equal(whorl_node_count_clients(other, "/add", &clients), WHORL_OK);
  assert_int_equal(services + clients, 1);
  assert_int_equal(misfit->tested(pair->server, pair, misfit->others_qos, true), WHORL_OK);
  assert_int_equal(misfit->tested(pair->server, pair, misfit->tested_qos, false), WHORL_OK); // nobody is strict about this one
}

static void ASK_15_a_service_or_client_that_does_not_fit_what_is_there_is_not_made(void **state)
{
  for (size_t i = 0; i < MISFITS; i++) {
    if (i > 0) setup(state);
    expect_not_made(*state, &misfits[i]);
    if (i + 1 < MISFITS) teardown(state);
  }
}

static void ends_of_the_same_node_have_to_fit_too(void **state)
{
  pair_t *pair = *state;
  assert_int_equal(serve_with(pair->server, pair, &tight, false), WHORL_OK);
  assert_int_equal(connect_with(pair->server, pair, &loose, true), WHORL_INCOMPATIBLE_QOS);
}

static void one_that_is_taken_by_hand_is_not_made_either(void **state)
{
  pair_t *pair = *state;
  assert_int_equal(connect_with(other, pair, &tight, false), WHORL_OK);
  assert_int_equal(whorl_simulation_run_for(pair->world, MS(1)), WHORL_OK);
  assert_int_equal(serve(pair->server, pair, &(whorl_service_options_t){.qos = &loose, .strict_qos = true, .by_hand = true}),
                   WHORL_INCOMPATIBLE_QOS);
}

static void a_topic_of_that_name_is_something_else(void **state)
{
  pair_t *pair = *state;
  whorl_subscription_t subscription;
  const whorl_subscription_options_t options = {.qos = &tight, .by_hand = true};
  assert_int_equal(whorl_subscription_create(other, INT32, "/add", NULL, NULL, &options, &subscription), WHORL_OK);
  assert_int_equal(whorl_simulation_run_for(pair->world, MS(1)), WHORL_OK);
  assert_int_equal(serve_with(pair->server, pair, &loose, true), WHORL_OK);
}

// --- what comes later

static const misfit_t *coming;

static int wait_for_other(void *arg)
{
  pair_t *pair = arg;
  WHORL_TRY(whorl_node_open(pair->server));
  int status = whorl_sleep(MS(1)); // the contexts know of each other's nodes
  if (status == WHORL_OK) status = coming->others(other, pair, coming->others_qos, false);
  if (status == WHORL_OK) status = whorl_event_wait(pair->event);
  return whorl_node_close(pair->server, status);
}

static void expect_end(pair_t *pair, const misfit_t *misfit)
{
  coming = misfit;
  assert_int_equal(misfit->tested(pair->server, pair, misfit->tested_qos, true), WHORL_OK);
  assert_int_equal(whorl_simulation_run(pair->world, wait_for_other, pair), WHORL_INCOMPATIBLE_QOS);
  assert_non_null(strstr(whorl_detail(), misfit->sentence));
}

static void ASK_15_who_comes_later_and_does_not_fit_a_service_or_client_ends_the_node(void **state)
{
  for (size_t i = 0; i < MISFITS; i++) {
    if (i > 0) setup(state);
    expect_end(*state, &misfits[i]);
    if (i + 1 < MISFITS) teardown(state);
  }
}

static void a_node_that_is_not_driven_hears_of_it_once_it_is(void **state)
{
  pair_t *pair = *state;
  assert_int_equal(connect_with(pair->server, pair, &loose, true), WHORL_OK);
  assert_int_equal(serve_with(other, pair, &tight, false), WHORL_OK);
  assert_int_equal(whorl_simulation_run_for(pair->world, MS(1)), WHORL_INCOMPATIBLE_QOS); // which drives it
}

static int meet(void *arg)
{
  pair_t *pair = arg;
  WHORL_TRY(whorl_node_open(pair->server));
  int status = whorl_sleep(MS(1));
  if (status == WHORL_OK) status = serve_with(other, pair, &loose, false);
  if (status == WHORL_OK) status = connect_with(other, pair, &loose, false);
  if (status == WHORL_OK) status = whorl_sleep(MS(10));
  return whorl_node_close(pair->server, status);
}

static void one_that_is_not_strict_logs_who_comes_later(void **state)
{
  pair_t *pair = *state;
  assert_int_equal(connect_with(pair->server, pair, NULL, false), WHORL_OK);
  assert_int_equal(whorl_simulation_run(pair->world, meet, pair), WHORL_OK);
  assert_int_equal(logged.lines, 1);
  assert_string_equal(logged.message, misfits[3].sentence);
}

static void one_that_is_taken_by_hand_logs_who_comes_later(void **state)
{
  pair_t *pair = *state;
  assert_int_equal(serve(pair->server, pair, &(whorl_service_options_t){.strict_qos = true, .by_hand = true}), WHORL_OK);
  assert_int_equal(whorl_simulation_run(pair->world, meet, pair), WHORL_OK);
  assert_int_equal(logged.lines, 1);
  assert_string_equal(logged.message, misfits[1].sentence);
}

static int call_and_end(pair_t *pair)
{
  int64_t sum = 0;
  WHORL_TRY(add(pair->client, 20, 22, &sum));
  assert_int_equal(sum, 42);
  WHORL_TRY(whorl_client_destroy(pair->client)); // which has a record
  return whorl_service_destroy(pair->service);
}

static void what_fits_is_no_error(void **state)
{
  pair_t *pair = *state;
  assert_int_equal(serve_with(pair->server, pair, NULL, true), WHORL_OK);
  assert_int_equal(connect_with(pair->client_node, pair, NULL, true), WHORL_OK);
  assert_int_equal(pair_with(pair, call_and_end), WHORL_OK);
  assert_int_equal(logged.lines, 0);
}

// --- by the node's option

static void ASK_15_the_option_of_a_node_is_that_of_its_services_and_clients(void **state)
{
  pair_t *pair = *state;
  whorl_node_t strict;
  const whorl_node_options_t options = {.strict_qos = true};
  assert_int_equal(whorl_node_create(whorl_simulation_context(pair->world), "strict", &options, &strict), WHORL_OK);
  assert_int_equal(serve_with(other, pair, &tight, false), WHORL_OK);
  assert_int_equal(connect_with(other, pair, &tight, false), WHORL_OK);
  assert_int_equal(whorl_simulation_run_for(pair->world, MS(1)), WHORL_OK);
  assert_int_equal(serve_with(strict, pair, &loose, false), WHORL_INCOMPATIBLE_QOS);
  assert_int_equal(connect_with(strict, pair, &loose, false), WHORL_INCOMPATIBLE_QOS);
  assert_int_equal(connect_with(strict, pair, &tight, false), WHORL_OK);
}

#define STRICT_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      STRICT_TEST(ASK_15_a_service_or_client_that_does_not_fit_what_is_there_is_not_made),
      STRICT_TEST(ends_of_the_same_node_have_to_fit_too),
      STRICT_TEST(one_that_is_taken_by_hand_is_not_made_either),
      STRICT_TEST(a_topic_of_that_name_is_something_else),
      STRICT_TEST(ASK_15_who_comes_later_and_does_not_fit_a_service_or_client_ends_the_node),
      STRICT_TEST(a_node_that_is_not_driven_hears_of_it_once_it_is),
      STRICT_TEST(one_that_is_not_strict_logs_who_comes_later),
      STRICT_TEST(one_that_is_taken_by_hand_logs_who_comes_later),
      STRICT_TEST(what_fits_is_no_error),
      STRICT_TEST(ASK_15_the_option_of_a_node_is_that_of_its_services_and_clients),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
