// What Cyclone is told for each combination of variables: the table of ROS 2's own behaviour, and our additions.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "transport/cyclone/domain_config.h"
#include "whorl/status.h"

#define DOMAIN(inside) "<CycloneDDS><Domain>" inside "</Domain></CycloneDDS>,"
#define NO_MULTICAST "<General><AllowMulticast>false</AllowMulticast></General>"
#define INDEX "<ParticipantIndex>auto</ParticipantIndex><MaxAutoParticipantIndex>119</MaxAutoParticipantIndex>"
#define PEER(address) "<Peer address=\"" address "\"/>"

typedef struct row {
  const char *range, *peers, *only, *uri;
  bool lacks_multicast;
  const char *text;
  const char *warning; // a part of it; NULL: none
} row_t;

static const row_t rows[] = {
    {.text = DOMAIN("<Discovery>" INDEX "</Discovery>")},
    {.range = "", .only = "", .peers = "", .text = DOMAIN("<Discovery>" INDEX "</Discovery>")},
    {.range = "SUBNET", .text = DOMAIN("<Discovery>" INDEX "</Discovery>")},
    {.range = "SUBNET",
     .peers = "10.0.0.1;;host.local;",
     .text = DOMAIN("<Discovery>" INDEX "<Peers>" PEER("10.0.0.1") PEER("host.local") "</Peers></Discovery>")},
    {.range = "LOCALHOST", .text = DOMAIN(NO_MULTICAST "<Discovery>" INDEX "<Peers>" PEER("127.0.0.1") "</Peers></Discovery>")},
    {.range = "LOCALHOST",
     .peers = "10.0.0.1",
     .text = DOMAIN(NO_MULTICAST "<Discovery>" INDEX "<Peers>" PEER("127.0.0.1") PEER("10.0.0.1") "</Peers></Discovery>")},
    {.range = "OFF",
     .text = DOMAIN(NO_MULTICAST "<Discovery><ParticipantIndex>none</ParticipantIndex><Tag>ros_discovery_off_77</Tag></Discovery>")},
    {.range = "OFF",
     .peers = "10.0.0.1",
     .text = DOMAIN(NO_MULTICAST "<Discovery><ParticipantIndex>none</ParticipantIndex><Tag>ros_discovery_off_77</Tag></Discovery>"),
     .warning = "ROS_STATIC_PEERS is ignored"},
    {.range = "SYSTEM_DEFAULT", .text = ""},
    {.range = "SYSTEM_DEFAULT",
     .peers = "10.0.0.1",
     .uri = "file:///c.xml",
     .text = "file:///c.xml",
     .warning = "ROS_STATIC_PEERS is ignored"},
    {.range = "localhost",
     .text = DOMAIN(NO_MULTICAST "<Discovery>" INDEX "<Peers>" PEER("127.0.0.1") "</Peers></Discovery>"),
     .warning = "'localhost', which is none of"},
    {.only = "1",
     .text = DOMAIN(NO_MULTICAST "<Discovery>" INDEX "<Peers>" PEER("127.0.0.1") "</Peers></Discovery>"),
     .warning = "deprecated, but wins"},
    {.only = "1x",
     .range = "OFF",
     .peers = "10.0.0.1",
     .text = DOMAIN(NO_MULTICAST "<Discovery>" INDEX "<Peers>" PEER("127.0.0.1") "</Peers></Discovery>"),
     .warning = "deprecated, but wins"},
    {.only = "0", .text = DOMAIN("<Discovery>" INDEX "</Discovery>"), .warning = "deprecated and without effect"},
    {.uri = "<X/>", .text = DOMAIN("<Discovery>" INDEX "</Discovery>") "<X/>"},
    {.lacks_multicast = true, .text = DOMAIN("<Discovery>" INDEX "<Peers>" PEER("127.0.0.1") "</Peers></Discovery>")},
    {.lacks_multicast = true,
     .peers = "a\"<&>",
     .text = DOMAIN("<Discovery>" INDEX "<Peers>" PEER("127.0.0.1") PEER("a&quot;&lt;&amp;&gt;") "</Peers></Discovery>")},
    {.lacks_multicast = true,
     .range = "LOCALHOST",
     .text = DOMAIN(NO_MULTICAST "<Discovery>" INDEX "<Peers>" PEER("127.0.0.1") "</Peers></Discovery>")},
    {.lacks_multicast = true, .range = "SYSTEM_DEFAULT", .text = ""},
};

static void the_text_for_every_row(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const row_t *row = &rows[i];
    const whorl__domain_environment_t environment = {.discovery_range = row->range,
                                                     .static_peers = row->peers,
                                                     .localhost_only = row->only,
                                                     .cyclonedds_uri = row->uri,
                                                     .lacks_multicast = row->lacks_multicast,
                                                     .process_id = 77,
                                                     .domain_id = 5};
    whorl__domain_config_t config;
    print_message("row %zu\n", i);
    assert_int_equal(whorl__domain_config_make(&environment, &config), WHORL_OK);
    assert_string_equal(config.text, row->text);
    if (row->warning == NULL)
      assert_string_equal(config.warning, "");
    else
      assert_non_null(strstr(config.warning, row->warning));
    whorl__free(config.text);
  }
}

static void bad_peers_are_refused_with_their_place(void **state)
{
  (void)state;
  char longest[300];
  memset(longest, 'a', sizeof longest);
  longest[256] = '\0';
  whorl__domain_environment_t environment = {.static_peers = longest};
  whorl__domain_config_t config = {.text = NULL};
  assert_int_equal(whorl__domain_config_make(&environment, &config), WHORL_INVALID_ARGUMENT);
  assert_non_null(strstr(whorl_detail(), "has 256 characters, at most 255"));
  assert_null(config.text);

  environment.static_peers = "good;b ad";
  assert_int_equal(whorl__domain_config_make(&environment, &config), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "ROS_STATIC_PEERS: 'b ad' is invalid at 1: blank or control character");

  longest[255] = '\0';
  environment.static_peers = longest;
  assert_int_equal(whorl__domain_config_make(&environment, &config), WHORL_OK);
  whorl__free(config.text);
}

static void several_warnings_stand_one_after_the_other(void **state)
{
  (void)state;
  const whorl__domain_environment_t environment = {.discovery_range = "nonsense", .localhost_only = "no"};
  whorl__domain_config_t config;
  assert_int_equal(whorl__domain_config_make(&environment, &config), WHORL_OK);
  assert_non_null(strstr(config.warning, "taken as LOCALHOST; ROS_LOCALHOST_ONLY is deprecated and without effect"));
  whorl__free(config.text);
}

static void the_highest_index_keeps_the_ports_in_their_domain_and_in_16_bits(void **state)
{
  (void)state;
  for (uint32_t domain = 0; domain <= 232; domain++) {
    int highest = whorl__domain_highest_index(domain);
    long port = 7400 + 250L * domain + 11 + 2 * highest;
    assert_true(port <= 65535);
    assert_true(port < 7400 + 250L * (domain + 1));
    assert_true(highest == 119 || port + 2 > 65535);
  }
  assert_int_equal(whorl__domain_highest_index(0), 119);
  assert_int_equal(whorl__domain_highest_index(232), 62);
  assert_int_equal(whorl__domain_highest_index(233), 0);
}

static void no_memory_leaves_nothing_behind(void **state)
{
  (void)state;
  const whorl__domain_environment_t environment = {.discovery_range = "LOCALHOST", .static_peers = "10.0.0.1", .cyclonedds_uri = "<X/>"};
  int64_t before = whorl__memory_blocks();
  for (uint64_t nth = 1;; nth++) {
    whorl__domain_config_t config = {.text = NULL};
    whorl__memory_fail_at(nth);
    int status = whorl__domain_config_make(&environment, &config);
    whorl__memory_fail_at(0);
    if (status == WHORL_OK) {
      assert_true(nth > 1);
      whorl__free(config.text);
      break;
    }
    assert_int_equal(status, WHORL_NO_MEMORY);
    assert_null(config.text);
    assert_int_equal(whorl__memory_blocks(), before);
  }
  assert_int_equal(whorl__memory_blocks(), before);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_text_for_every_row),
      cmocka_unit_test(bad_peers_are_refused_with_their_place),
      cmocka_unit_test(several_warnings_stand_one_after_the_other),
      cmocka_unit_test(the_highest_index_keeps_the_ports_in_their_domain_and_in_16_bits),
      cmocka_unit_test(no_memory_leaves_nothing_behind),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
