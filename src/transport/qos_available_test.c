#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "transport/transport.h"
#include "whorl/status.h"
#include "whorl/time.h"

// A participant that knows the endpoints of a table.
static const whorl__remote_endpoint_t *known;
static size_t known_count;
static int visits;

static int visit_known(whorl__participant_t *participant, void (*visit)(void *arg, const whorl__remote_endpoint_t *endpoint), void *arg)
{
  (void)participant;
  visits++;
  for (size_t i = 0; i < known_count; i++) visit(arg, &known[i]);
  return WHORL_OK;
}

static const whorl__transport_ops_t ops = {.name = "test", .discovery_visit = visit_known};
static whorl__participant_t participant = {.ops = &ops};

#define STRONG \
  .reliability = WHORL_RELIABILITY_RELIABLE, .durability = WHORL_DURABILITY_TRANSIENT_LOCAL, .liveliness = WHORL_LIVELINESS_MANUAL_BY_TOPIC
#define WEAK .reliability = WHORL_RELIABILITY_BEST_EFFORT, .durability = WHORL_DURABILITY_VOLATILE, .liveliness = WHORL_LIVELINESS_AUTOMATIC

static const whorl__remote_endpoint_t table[] = {
    {.is_writer = true, .dds_topic = "rt/strong", .qos = {STRONG, .deadline_ns = 100, .liveliness_lease_ns = 50}},
    {.is_writer = true, .dds_topic = "rt/strong", .qos = {STRONG, .deadline_ns = 300, .liveliness_lease_ns = 20}},
    {.is_writer = true, .dds_topic = "rt/mixed", .qos = {STRONG, .deadline_ns = 100, .liveliness_lease_ns = 50}},
    {.is_writer = true, .dds_topic = "rt/mixed", .qos = {WEAK, .deadline_ns = WHORL_FOREVER, .liveliness_lease_ns = WHORL_FOREVER}},
    {.is_writer = false, .dds_topic = "rt/strong", .qos = {WEAK}},
    {.is_writer = false, .dds_topic = "rt/watched", .qos = {WEAK, .deadline_ns = WHORL_FOREVER, .liveliness_lease_ns = WHORL_FOREVER}},
    {.is_writer = false, .dds_topic = "rt/watched", .qos = {STRONG, .deadline_ns = 70, .liveliness_lease_ns = 90}},
    {.is_writer = false, .dds_topic = "strong", .qos = {STRONG, .deadline_ns = 5}},
};

static int know(void **state)
{
  (void)state;
  known = table;
  known_count = sizeof table / sizeof table[0];
  visits = 0;
  return 0;
}

static void resolves(const char *topic, bool is_writer, whorl_qos_t expected)
{
  whorl_qos_t resolved;
  assert_int_equal(whorl__qos_resolve_at(&participant, topic, is_writer, &WHORL_QOS_BEST_AVAILABLE, &resolved), WHORL_OK);
  assert_int_equal(resolved.history, WHORL_HISTORY_KEEP_LAST);
  assert_int_equal(resolved.depth, 10);
  assert_int_equal(resolved.reliability, expected.reliability);
  assert_int_equal(resolved.durability, expected.durability);
  assert_int_equal(resolved.liveliness, expected.liveliness);
  assert_int_equal(resolved.deadline_ns, expected.deadline_ns);
  assert_int_equal(resolved.liveliness_lease_ns, expected.liveliness_lease_ns);
}

static void a_reader_takes_what_all_writers_offer(void **state)
{
  (void)state;
  resolves("/strong", false, (whorl_qos_t){STRONG, .deadline_ns = 300, .liveliness_lease_ns = 50});
  resolves("/mixed", false, (whorl_qos_t){WEAK, .deadline_ns = WHORL_FOREVER, .liveliness_lease_ns = WHORL_FOREVER});
}

static void a_reader_alone_asks_for_the_strongest(void **state)
{
  (void)state;
  resolves("/nobody", false, (whorl_qos_t){STRONG, .deadline_ns = WHORL_FOREVER, .liveliness_lease_ns = WHORL_FOREVER});
}

static void a_writer_offers_what_some_reader_wants(void **state)
{
  (void)state;
  whorl_qos_t alone = {STRONG, .deadline_ns = WHORL_FOREVER, .liveliness_lease_ns = WHORL_FOREVER};
  alone.liveliness = WHORL_LIVELINESS_AUTOMATIC;
  resolves("/nobody", true, alone);
  resolves("/watched", true, (whorl_qos_t){STRONG, .deadline_ns = 70, .liveliness_lease_ns = 90});
}

static void what_is_given_stays_as_it_is(void **state)
{
  (void)state;
  whorl_qos_t wanted = {.depth = 3, .reliability = WHORL_RELIABILITY_BEST_AVAILABLE, .deadline_ns = 42}, resolved;
  assert_int_equal(whorl__qos_resolve_at(&participant, "/mixed", false, &wanted, &resolved), WHORL_OK);
  assert_int_equal(resolved.depth, 3);
  assert_int_equal(resolved.reliability, WHORL_RELIABILITY_BEST_EFFORT);
  assert_int_equal(resolved.durability, WHORL_DURABILITY_VOLATILE);
  assert_int_equal(resolved.deadline_ns, 42);
}

static void an_ordinary_profile_asks_nobody(void **state)
{
  (void)state;
  whorl_qos_t resolved;
  assert_int_equal(whorl__qos_resolve_at(&participant, "/mixed", false, &WHORL_QOS_SENSOR_DATA, &resolved), WHORL_OK);
  assert_int_equal(visits, 0);
  whorl_qos_t wrong = {.deadline_ns = -1};
  assert_int_equal(whorl__qos_resolve_at(&participant, "/mixed", false, &wrong, &resolved), WHORL_INVALID_QOS);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(a_reader_takes_what_all_writers_offer, know),
      cmocka_unit_test_setup(a_reader_alone_asks_for_the_strongest, know),
      cmocka_unit_test_setup(a_writer_offers_what_some_reader_wants, know),
      cmocka_unit_test_setup(what_is_given_stays_as_it_is, know),
      cmocka_unit_test_setup(an_ordinary_profile_asks_nobody, know),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
