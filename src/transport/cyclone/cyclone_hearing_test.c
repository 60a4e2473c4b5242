// A reader that is matched and does not hear its writer: what the writer knows of that, and a server whose client is like that while it asks a hundred times. Nothing is lost.
//
// Such a reader is made by making its domain deaf before it is opened: it is announced, and gets nothing.
#include <example_interfaces/srv/add_two_ints.h>
#include <std_msgs/msg/u_int64.h>

#include "message/contents.h"
#include "transport/cyclone/cyclone.h"
#include "transport/cyclone/cyclone_testing.h"
#include "whorl/whorl.h"

typedef std_msgs__msg__UInt64 number_t;
typedef example_interfaces__srv__AddTwoInts_Request add_request_t;
typedef example_interfaces__srv__AddTwoInts_Response add_response_t;
#define ADD WHORL_SERVICE(example_interfaces, srv, AddTwoInts)

enum { BURST = 100, CLIENT = 7 };

static whorl__participant_t *near, *far;
static testing_bell_t bell = TESTING_BELL;

static void make_far_deaf(bool deaf)
{
  assert_int_equal(dds_domain_set_deafmute(((whorl__cyclone_participant_t *)far)->entity, deaf, false, DDS_INFINITY), DDS_RETCODE_OK);
}

static whorl__endpoint_options_t options_of(const whorl__type_t *type, whorl__dds_topic_kind_t kind, const char *topic, size_t depth)
{
  return (whorl__endpoint_options_t){.type = type,
                                     .kind = kind,
                                     .topic = topic,
                                     .qos = {.history = WHORL_HISTORY_KEEP_LAST,
                                             .depth = depth,
                                             .reliability = WHORL_RELIABILITY_RELIABLE,
                                             .durability = WHORL_DURABILITY_VOLATILE,
                                             .liveliness = WHORL_LIVELINESS_AUTOMATIC},
                                     .ready = testing_ring,
                                     .event = testing_ring_for_event,
                                     .arg = &bell};
}

static bool has_a_reader(void *writer) { return whorl__cyclone_writer_matched(writer) == 1; }
static bool has_a_writer(void *reader) { return whorl__cyclone_reader_matched(reader) == 1; }

// So that each hears what the other announces from now on.
static void get_acquainted(void)
{
  whorl__endpoint_options_t options = options_of(TESTING_TYPE(std_msgs, msg, UInt64), WHORL__DDS_TOPIC, "/acquainted", 10);
  whorl__writer_t *writer = testing_writer(near, &options);
  whorl__reader_t *reader = testing_reader(far, &options);
  TESTING_WAIT(&bell, has_a_reader, writer);
  TESTING_WAIT(&bell, has_a_writer, reader);
  far->ops->reader_close(reader);
  near->ops->writer_close(writer);
}

static int open_participants(void **state)
{
  (void)state;
  near = testing_open(testing_domain());
  far = testing_open(testing_far_domain());
  get_acquainted();
  return 0;
}

static int close_participants(void **state)
{
  (void)state;
  near->ops->participant_close(near);
  far->ops->participant_close(far);
  return 0;
}

// --- what a writer knows

static void a_reader_is_in_touch_when_it_has_acknowledged(void **state)
{
  (void)state;
  whorl__hearing_t hearing;
  whorl__endpoint_options_t options = options_of(TESTING_TYPE(std_msgs, msg, UInt64), WHORL__DDS_TOPIC, "/heard", 10);
  whorl__writer_t *writer = testing_writer(near, &options);
  make_far_deaf(true);
  whorl__reader_t *reader = testing_reader(far, &options);
  TESTING_WAIT(&bell, has_a_reader, writer);
  for (uint64_t i = 1; i <= 3; i++) assert_int_equal(near->ops->write_copy(writer, &(number_t){.data = i}), WHORL_OK);
  near->ops->writer_hearing(writer, reader->gid, &hearing);
  assert_false(hearing.in_touch);
  assert_int_equal(hearing.written, 3);
  assert_int_equal(hearing.acknowledged, 0);
  make_far_deaf(false);
  assert_int_equal(near->ops->writer_wait_acknowledged(writer, WHORL_SECONDS(TESTING_LIMIT_SECONDS)), WHORL_OK);
  near->ops->writer_hearing(writer, reader->gid, &hearing);
  assert_true(hearing.in_touch);
  assert_int_equal(hearing.acknowledged, 3);
  far->ops->reader_close(reader);
  near->ops->writer_close(writer);
}

static void whoever_need_not_be_heard_is_in_touch_from_the_beginning(void **state)
{
  (void)state;
  whorl__hearing_t hearing;
  whorl__endpoint_options_t options = options_of(TESTING_TYPE(std_msgs, msg, UInt64), WHORL__DDS_TOPIC, "/heard_here", 10);
  whorl__writer_t *writer = testing_writer(near, &options);
  whorl__reader_t *here = testing_reader(near, &options);
  options.qos.reliability = WHORL_RELIABILITY_BEST_EFFORT;
  near->ops->writer_hearing(writer, here->gid, &hearing);
  assert_true(hearing.in_touch);
  near->ops->reader_close(here);
  make_far_deaf(true);
  whorl__reader_t *best_effort = testing_reader(far, &options);
  TESTING_WAIT(&bell, has_a_reader, writer);
  near->ops->writer_hearing(writer, best_effort->gid, &hearing);
  assert_true(hearing.in_touch);
  make_far_deaf(false);
  far->ops->reader_close(best_effort);
  near->ops->writer_hearing(writer, (const uint8_t[16]){1}, &hearing); // nobody's
  assert_true(hearing.in_touch);
  near->ops->writer_close(writer);
}

// --- a server

typedef struct server {
  whorl_context_t context;
  whorl_loop_t loop;
  whorl_node_t node;
  whorl_service_t service;
  pthread_t thread;
  atomic_int handled;
  int status;
} server_t;

static int on_add(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  const add_request_t *numbers = request;
  server_t *server = arg;
  (void)call;
  ((add_response_t *)response)->sum = numbers->a + numbers->b;
  atomic_fetch_add(&server->handled, 1);
  testing_ring(&bell);
  return WHORL_OK;
}

static int run_node(void *arg) { return whorl_node_run(((server_t *)arg)->node); }

static void *run_server(void *arg)
{
  server_t *server = arg;
  server->status = whorl_loop_run(server->loop, run_node, server);
  return NULL;
}

static void start_server(server_t *server)
{
  *server = (server_t){0};
  const whorl_context_options_t options = {.domain_id_given = true, .domain_id = testing_domain()};
  assert_int_equal(whorl_context_create(0, NULL, &options, &server->context), WHORL_OK);
  assert_int_equal(whorl_node_create(server->context, "server", NULL, &server->node), WHORL_OK);
  assert_int_equal(whorl_service_create(server->node, ADD, "add", on_add, server, NULL, &server->service), WHORL_OK);
  assert_int_equal(whorl_loop_create(NULL, &server->loop), WHORL_OK);
  pthread_create(&server->thread, NULL, run_server, server);
}

static void end_server(server_t *server)
{
  assert_int_equal(whorl_node_destroy(server->node), WHORL_OK);
  pthread_join(server->thread, NULL);
  assert_int_equal(server->status, WHORL_OK);
  assert_int_equal(whorl_loop_destroy(server->loop), WHORL_OK);
  assert_int_equal(whorl_context_destroy(server->context, WHORL_OK), WHORL_OK);
}

typedef struct client { // its endpoints, opened when the test says so
  whorl__writer_t *writer;
  whorl__reader_t *reader;
  const whorl__type_t *request, *response;
} client_t;

static void open_request_writer(client_t *client)
{
  assert_int_equal(whorl__service_type_get(ADD, &client->request, &client->response), WHORL_OK);
  whorl__endpoint_options_t options = options_of(client->request, WHORL__DDS_REQUEST, "/add", 1000);
  options.user_data = "clientid=late;";
  client->writer = testing_writer(far, &options);
  TESTING_WAIT(&bell, has_a_reader, client->writer);
}

static void open_reply_reader(client_t *client)
{
  whorl__endpoint_options_t options = options_of(client->response, WHORL__DDS_REPLY, "/add", 1000);
  options.user_data = "clientid=late;";
  client->reader = testing_reader(far, &options);
}

static void ask(const client_t *client, int number)
{
  const whorl__service_header_t header = {.client = CLIENT, .number = number};
  whorl__message_t *message = whorl__message_new_default(client->request);
  ((add_request_t *)(void *)message->native)->a = number;
  assert_int_equal(far->ops->write_service(client->writer, &header, message), WHORL_OK);
}

static void expect(const client_t *client, int number)
{
  const void *native;
  TESTING_WAIT(&bell, testing_has_message, client->reader);
  whorl__sample_t *sample = testing_take(client->reader, &native);
  assert_int_equal(sample->header.number, number);
  assert_int_equal(((const add_response_t *)native)->sum, number);
  whorl__sample_unref(sample);
}

static void close_client(const client_t *client)
{
  far->ops->writer_close(client->writer);
  far->ops->reader_close(client->reader);
}

static bool handled_one(void *server) { return atomic_load(&((server_t *)server)->handled) == 1; }
static bool handled_all(void *server) { return atomic_load(&((server_t *)server)->handled) == BURST; }

// Its requests are heard: the first one has arrived before it goes deaf.
static void ask_while_deaf(server_t *server, client_t *client)
{
  start_server(server);
  open_request_writer(client);
  ask(client, 1);
  TESTING_WAIT(&bell, handled_one, server);
  make_far_deaf(true);
  open_reply_reader(client);
  for (int i = 2; i <= BURST; i++) ask(client, i);
  TESTING_WAIT(&bell, handled_all, server);
}

static void a_client_that_does_not_hear_yet_gets_all_answers_in_order(void **state)
{
  (void)state;
  server_t server;
  client_t client;
  ask_while_deaf(&server, &client);
  make_far_deaf(false);
  for (int i = 1; i <= BURST; i++) expect(&client, i);
  assert_true(testing_is_empty(client.reader));
  ask(&client, BURST + 1); // an answer is counted when it has been written, perhaps after it has come: those before this one are by now
  expect(&client, BURST + 1);
  whorl_service_counts_t counts;
  assert_int_equal(whorl_service_read_counts(server.service, &counts), WHORL_OK);
  assert_in_range(counts.answers, BURST, BURST + 1);
  assert_int_equal(counts.unreachable, 0);
  close_client(&client);
  end_server(&server);
}

static void a_server_may_end_while_answers_wait(void **state)
{
  (void)state;
  server_t server;
  client_t client;
  ask_while_deaf(&server, &client);
  end_server(&server);
  make_far_deaf(false);
  close_client(&client);
}

int main(void)
{
  testing_join_far_domain();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_reader_is_in_touch_when_it_has_acknowledged, open_participants, close_participants),
      cmocka_unit_test_setup_teardown(whoever_need_not_be_heard_is_in_touch_from_the_beginning, open_participants, close_participants),
      cmocka_unit_test_setup_teardown(a_client_that_does_not_hear_yet_gets_all_answers_in_order, open_participants, close_participants),
      cmocka_unit_test_setup_teardown(a_server_may_end_while_answers_wait, open_participants, close_participants),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
