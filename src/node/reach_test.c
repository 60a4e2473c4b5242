// Who is taken for reachable, over a network without delays.
#include "node/reach.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <std_msgs/msg/int64.h>

#include "transport/sim/sim.h"
#include "whorl/message.h"
#include "whorl/status.h"

static whorl__sim_network_t *network; // of the running test
static whorl__participant_t *here, *there;

static int setup(void **state)
{
  (void)state;
  const whorl__participant_options_t options = {.domain_id = 0};
  assert_int_equal(whorl__sim_network_create(&(whorl__sim_options_t){.seed = 1}, &network), WHORL_OK);
  assert_int_equal(whorl__sim_participant_open(network, &options, &here), WHORL_OK);
  assert_int_equal(whorl__sim_participant_open(network, &options, &there), WHORL_OK);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  here->ops->participant_close(here);
  there->ops->participant_close(there);
  whorl__sim_network_destroy(network);
  return 0;
}

static whorl__endpoint_options_t options_of(whorl__dds_topic_kind_t kind, const char *user_data)
{
  whorl__endpoint_options_t options = {.kind = kind, .topic = "/add", .user_data = user_data};
  assert_int_equal(whorl__type_get(WHORL_MESSAGE(std_msgs, msg, Int64), &options.type), WHORL_OK);
  assert_int_equal(whorl__qos_resolve(&WHORL_QOS_SERVICES, &options.qos), WHORL_OK);
  return options;
}

static whorl__writer_t *writer(whorl__participant_t *participant, whorl__dds_topic_kind_t kind, const char *user_data)
{
  whorl__endpoint_options_t options = options_of(kind, user_data);
  whorl__writer_t *opened = NULL;
  assert_int_equal(participant->ops->writer_open(participant, &options, &opened), WHORL_OK);
  return opened;
}

static whorl__reader_t *reader(whorl__participant_t *participant, whorl__dds_topic_kind_t kind, const char *user_data)
{
  whorl__endpoint_options_t options = options_of(kind, user_data);
  whorl__reader_t *opened = NULL;
  assert_int_equal(participant->ops->reader_open(participant, &options, &opened), WHORL_OK);
  return opened;
}

static void close_writer(whorl__writer_t *opened) { opened->participant->ops->writer_close(opened); }
static void close_reader(whorl__reader_t *opened) { opened->participant->ops->reader_close(opened); }

static void a_server_is_there_when_both_its_endpoints_are(void **state)
{
  (void)state;
  whorl__writer_t *requests = writer(here, WHORL__DDS_REQUEST, "clientid=1;");
  whorl__reader_t *replies = reader(here, WHORL__DDS_REPLY, "clientid=1;");
  assert_int_equal(whorl__reach_server(requests, replies), 0);
  whorl__reader_t *server_reader = reader(there, WHORL__DDS_REQUEST, "serviceid=a;");
  assert_int_equal(whorl__reach_server(requests, replies), 0);
  whorl__writer_t *other_writer = writer(there, WHORL__DDS_REPLY, "serviceid=b;"); // another server's, half discovered
  assert_int_equal(whorl__reach_server(requests, replies), 0);
  whorl__writer_t *server_writer = writer(there, WHORL__DDS_REPLY, "serviceid=a;");
  assert_int_equal(whorl__reach_server(requests, replies), 1);
  close_reader(server_reader);
  assert_int_equal(whorl__reach_server(requests, replies), 0);
  close_writer(server_writer);
  close_writer(other_writer);
  close_writer(requests);
  close_reader(replies);
}

static void where_no_reader_says_whose_it_is_any_pair_will_do(void **state)
{
  (void)state;
  whorl__writer_t *requests = writer(here, WHORL__DDS_REQUEST, NULL);
  whorl__reader_t *replies = reader(here, WHORL__DDS_REPLY, NULL);
  whorl__reader_t *server_reader = reader(there, WHORL__DDS_REQUEST, NULL);
  assert_int_equal(whorl__reach_server(requests, replies), 0);
  whorl__writer_t *server_writer = writer(there, WHORL__DDS_REPLY, NULL);
  assert_int_equal(whorl__reach_server(requests, replies), 1);
  close_reader(server_reader);
  close_writer(server_writer);
  close_writer(requests);
  close_reader(replies);
}

static void a_client_is_coming_until_its_own_reader_is_matched_and_gone_with_its_writer(void **state)
{
  (void)state;
  whorl__reader_t *requests = reader(here, WHORL__DDS_REQUEST, "serviceid=a;");
  whorl__writer_t *replies = writer(here, WHORL__DDS_REPLY, "serviceid=a;");
  whorl__writer_t *client_writer = writer(there, WHORL__DDS_REQUEST, "clientid=1;");
  uint8_t gid[16], reply_reader[16];
  memcpy(gid, client_writer->gid, sizeof gid);
  assert_int_equal(whorl__reach_client(requests, replies, gid, reply_reader), WHORL__CLIENT_COMING);
  whorl__reader_t *other_reader = reader(there, WHORL__DDS_REPLY, "clientid=2;");
  assert_int_equal(whorl__reach_client(requests, replies, gid, reply_reader), WHORL__CLIENT_COMING);
  whorl__reader_t *client_reader = reader(there, WHORL__DDS_REPLY, "clientid=1;");
  assert_int_equal(whorl__reach_client(requests, replies, gid, reply_reader), WHORL__CLIENT_READY);
  assert_memory_equal(reply_reader, client_reader->gid, 16);
  close_writer(client_writer);
  assert_int_equal(whorl__reach_client(requests, replies, gid, reply_reader), WHORL__CLIENT_GONE);
  close_reader(client_reader);
  close_reader(other_reader);
  close_reader(requests);
  close_writer(replies);
}

static void a_client_that_does_not_say_who_it_is_is_answered_at_once(void **state)
{
  (void)state;
  whorl__reader_t *requests = reader(here, WHORL__DDS_REQUEST, "serviceid=a;");
  whorl__writer_t *replies = writer(here, WHORL__DDS_REPLY, "serviceid=a;");
  whorl__writer_t *client_writer = writer(there, WHORL__DDS_REQUEST, NULL);
  uint8_t reply_reader[16];
  assert_int_equal(whorl__reach_client(requests, replies, client_writer->gid, reply_reader), WHORL__CLIENT_READY);
  assert_memory_equal(reply_reader, (uint8_t[16]){0}, 16);
  close_writer(client_writer);
  close_reader(requests);
  close_writer(replies);
}

#define REACH_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
      REACH_TEST(a_server_is_there_when_both_its_endpoints_are),
      REACH_TEST(where_no_reader_says_whose_it_is_any_pair_will_do),
      REACH_TEST(a_client_is_coming_until_its_own_reader_is_matched_and_gone_with_its_writer),
      REACH_TEST(a_client_that_does_not_say_who_it_is_is_answered_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
