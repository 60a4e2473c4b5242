#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/dds_name.h"
#include "whorl/status.h"

static const struct {
  whorl__dds_topic_kind_t kind;
  const char *ros, *dds;
} topics[] = {
    {WHORL__DDS_TOPIC, "/chatter", "rt/chatter"},
    {WHORL__DDS_REQUEST, "/switch", "rq/switchRequest"},
    {WHORL__DDS_REPLY, "/switch", "rr/switchReply"},
    {WHORL__DDS_REQUEST, "/fibonacci/_action/send_goal", "rq/fibonacci/_action/send_goalRequest"},
    {WHORL__DDS_REPLY, "/fibonacci/_action/get_result", "rr/fibonacci/_action/get_resultReply"},
    {WHORL__DDS_TOPIC, "/fibonacci/_action/feedback", "rt/fibonacci/_action/feedback"},
};

static void topics_are_mapped_both_ways(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
    char name[WHORL__DDS_NAME_SIZE];
    assert_int_equal(whorl__dds_topic_name(topics[i].kind, topics[i].ros, false, name, sizeof name), WHORL_OK);
    assert_string_equal(name, topics[i].dds);
    whorl__dds_topic_kind_t kind;
    assert_int_equal(whorl__dds_topic_parse(topics[i].dds, &kind, name, sizeof name), WHORL_OK);
    assert_int_equal(kind, topics[i].kind);
    assert_string_equal(name, topics[i].ros);
  }
}

static void without_conventions_only_the_suffix_stays(void **state)
{
  (void)state;
  char name[WHORL__DDS_NAME_SIZE];
  assert_int_equal(whorl__dds_topic_name(WHORL__DDS_TOPIC, "ros_discovery_info", true, name, sizeof name), WHORL_OK);
  assert_string_equal(name, "ros_discovery_info");
  assert_int_equal(whorl__dds_topic_name(WHORL__DDS_REPLY, "switch", true, name, sizeof name), WHORL_OK);
  assert_string_equal(name, "switchReply");
}

static void other_topics_are_no_ros_names(void **state)
{
  (void)state;
  static const char *const names[] = {"",           "r",         "rt",        "rtchatter",  "rx/chatter", "ros_discovery_info",
                                      "RT/chatter", "rq/switch", "rr/switch", "/rt/chatter"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    char name[WHORL__DDS_NAME_SIZE] = "untouched";
    whorl__dds_topic_kind_t kind;
    assert_int_equal(whorl__dds_topic_parse(names[i], &kind, name, sizeof name), WHORL_NOT_FOUND);
    assert_string_equal(name, "untouched");
  }
}

static void types_are_mapped_both_ways(void **state)
{
  (void)state;
  static const char *const types[][2] = {
      {"std_msgs/msg/String", "std_msgs::msg::dds_::String_"},
      {"std_srvs/srv/SetBool_Request", "std_srvs::srv::dds_::SetBool_Request_"},
      {"example_interfaces/action/Fibonacci_SendGoal_Request", "example_interfaces::action::dds_::Fibonacci_SendGoal_Request_"},
      {"rmw_dds_common/msg/ParticipantEntitiesInfo", "rmw_dds_common::msg::dds_::ParticipantEntitiesInfo_"},
  };
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    char name[128];
    assert_int_equal(whorl__dds_type_name(types[i][0], name, sizeof name), WHORL_OK);
    assert_string_equal(name, types[i][1]);
    assert_int_equal(whorl__dds_type_parse(types[i][1], name, sizeof name), WHORL_OK);
    assert_string_equal(name, types[i][0]);
  }
}

static void rmw_accepts_these_odd_ones_too(void **state)
{
  (void)state;
  char name[64];
  assert_int_equal(whorl__dds_type_parse("dds_::X_", name, sizeof name), WHORL_OK);
  assert_string_equal(name, "X");
  whorl__dds_topic_kind_t kind;
  assert_int_equal(whorl__dds_topic_parse("rq/aReply", &kind, name, sizeof name), WHORL_OK);
  assert_int_equal(kind, WHORL__DDS_REQUEST);
  assert_string_equal(name, "/a");
}

static void other_types_are_no_ros_types(void **state)
{
  (void)state;
  static const char *const types[] = {"", "_", "HelloWorld", "a::b::C_", "std_msgs::msg::dds_::String", "dds_::", "dds_:_"};
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    char name[64];
    assert_int_equal(whorl__dds_type_parse(types[i], name, sizeof name), WHORL_NOT_FOUND);
  }
  char name[64];
  assert_int_equal(whorl__dds_type_name("String", name, sizeof name), WHORL_INVALID_ARGUMENT);
}

static void what_does_not_fit_is_refused(void **state)
{
  (void)state;
  char name[64] = "untouched";
  whorl__dds_topic_kind_t kind;
  assert_int_equal(whorl__dds_topic_name(WHORL__DDS_TOPIC, "/chatter", false, name, 10), WHORL_LIMIT_EXCEEDED);
  assert_int_equal(whorl__dds_topic_parse("rt/chatter", &kind, name, 8), WHORL_LIMIT_EXCEEDED);
  assert_int_equal(whorl__dds_type_name("std_msgs/msg/String", name, 28), WHORL_LIMIT_EXCEEDED);
  assert_int_equal(whorl__dds_type_parse("std_msgs::msg::dds_::String_", name, 19), WHORL_LIMIT_EXCEEDED);
  assert_string_equal(name, "untouched");
  assert_int_equal(whorl__dds_type_name("std_msgs/msg/String", name, 29), WHORL_OK);
  assert_int_equal(whorl__dds_type_parse("std_msgs::msg::dds_::String_", name, 20), WHORL_OK);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(topics_are_mapped_both_ways),    cmocka_unit_test(without_conventions_only_the_suffix_stays),
      cmocka_unit_test(other_topics_are_no_ros_names),  cmocka_unit_test(types_are_mapped_both_ways),
      cmocka_unit_test(rmw_accepts_these_odd_ones_too), cmocka_unit_test(other_types_are_no_ros_types),
      cmocka_unit_test(what_does_not_fit_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
