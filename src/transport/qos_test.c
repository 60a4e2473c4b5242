#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/json_rows.h"
#include "transport/transport.h"
#include "whorl/qos.h"
#include "whorl/status.h"
#include "whorl/time.h"

// One side of a row; what it does not mention is as in the default profile.
static whorl_qos_t parse_side(const char *row, const char *side)
{
  const char *at = json_value(row, side);
  assert_non_null(at);
  char text[256], word[64];
  snprintf(text, sizeof text, "%.*s", (int)(strchr(at, '}') - at), at);
  whorl_qos_t qos = WHORL_QOS_DEFAULT;
  if (json_text(text, "reliability", word, sizeof word)) {
    qos.reliability = !strcmp(word, "reliable")      ? WHORL_RELIABILITY_RELIABLE
                      : !strcmp(word, "best_effort") ? WHORL_RELIABILITY_BEST_EFFORT
                                                     : WHORL_RELIABILITY_DEFAULT;
  }
  if (json_text(text, "durability", word, sizeof word)) {
    qos.durability = !strcmp(word, "volatile")          ? WHORL_DURABILITY_VOLATILE
                     : !strcmp(word, "transient_local") ? WHORL_DURABILITY_TRANSIENT_LOCAL
                                                        : WHORL_DURABILITY_DEFAULT;
  }
  if (json_text(text, "liveliness", word, sizeof word)) {
    qos.liveliness = !strcmp(word, "automatic")         ? WHORL_LIVELINESS_AUTOMATIC
                     : !strcmp(word, "manual_by_topic") ? WHORL_LIVELINESS_MANUAL_BY_TOPIC
                                                        : WHORL_LIVELINESS_DEFAULT;
  }
  qos.deadline_ns = WHORL_SECONDS(json_number(text, "deadline_s", 0));
  qos.liveliness_lease_ns = WHORL_SECONDS(json_number(text, "liveliness_lease_s", 0));
  return qos;
}

static void pairs_match_as_recorded(void **state)
{
  (void)state;
  static const char *const results[] = {"ok", "warning", "error"};
  FILE *file = json_rows_open(__FILE__, "qos_compat.json");
  assert_non_null(file);
  char row[1024], expected[16], reason[256];
  int rows = 0;
  while (fgets(row, sizeof row, file) != NULL) {
    if (json_value(row, "pub") == NULL) continue;
    whorl_qos_t offered = parse_side(row, "pub"), requested = parse_side(row, "sub");
    assert_true(json_text(row, "result", expected, sizeof expected));
    print_message("%s", row);
    whorl_qos_compatibility_t result = whorl_qos_check_compatible(&offered, &requested, reason, sizeof reason);
    assert_string_equal(results[result], expected);
    assert_int_equal(reason[0] != '\0', result != WHORL_QOS_OK);
    assert_int_equal(whorl_qos_check_compatible(&offered, &requested, NULL, 0), result);
    rows++;
  }
  fclose(file);
  assert_int_equal(rows, 36);
}

static void objections_are_told_in_words(void **state)
{
  (void)state;
  whorl_qos_t offered = WHORL_QOS_SENSOR_DATA, requested = WHORL_QOS_ROSOUT;
  char reason[200];
  assert_int_equal(whorl_qos_check_compatible(&offered, &requested, reason, sizeof reason), WHORL_QOS_ERROR);
  assert_string_equal(reason, "the publisher is best effort, the subscription wants reliable; "
                              "the publisher is volatile, the subscription wants transient local");
  char small[12];
  assert_int_equal(whorl_qos_check_compatible(&offered, &requested, small, sizeof small), WHORL_QOS_ERROR);
  assert_string_equal(small, "the publish");
}

static void an_error_outweighs_a_warning(void **state)
{
  (void)state;
  whorl_qos_t offered = {.durability = WHORL_DURABILITY_VOLATILE}, requested = WHORL_QOS_ROSOUT; // reliability is open, durability is not
  char reason[200];
  assert_int_equal(whorl_qos_check_compatible(&offered, &requested, reason, sizeof reason), WHORL_QOS_ERROR);
  assert_string_equal(reason, "the publisher is volatile, the subscription wants transient local");
}

static void resolves_to(whorl_qos_t wanted, whorl_qos_t expected)
{
  whorl_qos_t resolved;
  assert_int_equal(whorl__qos_resolve(&wanted, &resolved), WHORL_OK);
  assert_int_equal(resolved.history, expected.history);
  assert_int_equal(resolved.depth, expected.depth);
  assert_int_equal(resolved.reliability, expected.reliability);
  assert_int_equal(resolved.durability, expected.durability);
  assert_int_equal(resolved.liveliness, expected.liveliness);
  assert_int_equal(resolved.deadline_ns, expected.deadline_ns ? expected.deadline_ns : WHORL_FOREVER);
  assert_int_equal(resolved.lifespan_ns, expected.lifespan_ns ? expected.lifespan_ns : WHORL_FOREVER);
  assert_int_equal(resolved.liveliness_lease_ns, expected.liveliness_lease_ns ? expected.liveliness_lease_ns : WHORL_FOREVER);
  assert_int_equal(resolved.avoid_ros_namespace_conventions, expected.avoid_ros_namespace_conventions);
}

static void profiles_resolve_as_rmw_has_them(void **state)
{
  (void)state;
  resolves_to((whorl_qos_t){0}, WHORL_QOS_DEFAULT);
  resolves_to(WHORL_QOS_DEFAULT, WHORL_QOS_DEFAULT);
  resolves_to(WHORL_QOS_SENSOR_DATA, WHORL_QOS_SENSOR_DATA);
  resolves_to(WHORL_QOS_ROSOUT, WHORL_QOS_ROSOUT);
  whorl_qos_t system = WHORL_QOS_DEFAULT;
  system.depth = 1;
  resolves_to(WHORL_QOS_SYSTEM_DEFAULT, system);
  resolves_to((whorl_qos_t){.history = WHORL_HISTORY_KEEP_LAST}, system);
  whorl_qos_t five = WHORL_QOS_DEFAULT;
  five.depth = 5;
  resolves_to((whorl_qos_t){.depth = 5}, five);
  whorl_qos_t all = WHORL_QOS_DEFAULT;
  all.history = WHORL_HISTORY_KEEP_ALL;
  whorl_qos_t expected = all;
  expected.depth = 0;
  resolves_to(all, expected);
}

static void the_profiles_are_those_of_ros(void **state)
{
  (void)state;
  assert_int_equal(WHORL_QOS_PARAMETERS.depth, 1000);
  assert_int_equal(WHORL_QOS_PARAMETER_EVENTS.depth, 1000);
  assert_int_equal(WHORL_QOS_SERVICES.depth, 10);
  assert_int_equal(WHORL_QOS_CLOCK.depth, 1);
  assert_int_equal(WHORL_QOS_CLOCK.reliability, WHORL_RELIABILITY_BEST_EFFORT);
  assert_int_equal(WHORL_QOS_ROSOUT.durability, WHORL_DURABILITY_TRANSIENT_LOCAL);
  assert_int_equal(WHORL_QOS_ROSOUT.lifespan_ns, WHORL_SECONDS(10));
}

static void bad_profiles_are_named(void **state)
{
  (void)state;
  static const struct {
    whorl_qos_t qos;
    const char *sentence;
  } rows[] = {
      {{.history = (whorl_history_t)3}, "QoS history has the unknown value 3"},
      {{.reliability = (whorl_reliability_t)-1}, "QoS reliability has the unknown value -1"},
      {{.durability = (whorl_durability_t)9}, "QoS durability has the unknown value 9"},
      {{.liveliness = (whorl_liveliness_t)4}, "QoS liveliness has the unknown value 4"},
      {{.deadline_ns = -1}, "QoS deadline is negative: -1 ns"},
      {{.lifespan_ns = INT64_MIN}, "QoS lifespan is negative: -9223372036854775808 ns"},
      {{.liveliness_lease_ns = -5}, "QoS liveliness lease is negative: -5 ns"},
      {{.depth = (size_t)INT32_MAX + 1}, "QoS depth 2147483648 is larger than 2147483647"},
      {{.lifespan_ns = WHORL_QOS_DURATION_BEST_AVAILABLE}, "QoS lifespan cannot be 'best available'"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    whorl_qos_t resolved = {.depth = 77};
    assert_int_equal(whorl__qos_resolve(&rows[i].qos, &resolved), WHORL_INVALID_QOS);
    assert_string_equal(whorl_detail(), rows[i].sentence);
    assert_int_equal(resolved.depth, 77);
  }
  whorl_qos_t resolved;
  assert_int_equal(whorl__qos_resolve(NULL, &resolved), WHORL_INVALID_ARGUMENT);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pairs_match_as_recorded),       cmocka_unit_test(objections_are_told_in_words),
      cmocka_unit_test(an_error_outweighs_a_warning),  cmocka_unit_test(profiles_resolve_as_rmw_has_them),
      cmocka_unit_test(the_profiles_are_those_of_ros), cmocka_unit_test(bad_profiles_are_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
