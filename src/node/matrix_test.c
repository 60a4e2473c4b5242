// The matrix (matrix.h) in virtual time: sleeping, also on a clock, events, futures, channels, groups, services, nodes, the graph and acknowledgements. Descriptors and blocking work: matrix_loop_test.c; actions, lifecycles and parameters have theirs in their folders.
#include <example_interfaces/srv/add_two_ints.h>
#include <rosgraph_msgs/msg/clock.h>
#include <std_msgs/msg/int32.h>

#include "node/matrix.h"

#define ADD WHORL_SERVICE(example_interfaces, srv, AddTwoInts)
#define INT32 WHORL_MESSAGE(std_msgs, msg, Int32)
typedef example_interfaces__srv__AddTwoInts_Request add_request_t;
typedef example_interfaces__srv__AddTwoInts_Response add_response_t;

// --- Sleep

static int64_t its_time(void) { return SECONDS(cell.end == COMPLETES ? 1 : cell.wrapper == IN_SHIELD ? 2 : 99); }
static int sleep_its_time(void) { return cell.is_over ? whorl_sleep(1) : whorl_sleep_until(its_time()); }

// --- Event

static whorl_event_t event;
static int make_event(void) { return whorl_event_create(NULL, &event); }
static int wait_for_event(void) { return whorl_event_wait(event); }
static int set_event(void) { return whorl_event_set(event); }
static int destroy_event(void) { return whorl_event_destroy(event); }
static void unmake_event(void) { (void)whorl_event_destroy(event); }

// --- Future

static whorl_future_t future;
static int value;
static int make_future(void) { return whorl_future_create(NULL, &future); }
static int wait_for_future(void)
{
  void *got = NULL;
  int status = whorl_future_wait(future, &got);
  CELL((status == WHORL_OK) == (got == &value));
  return status;
}
static int complete_future(void) { return whorl_future_complete(future, WHORL_OK, &value); }
static int abandon_future(void) { return whorl_future_abandon(future); }
static int destroy_future(void) { return whorl_future_destroy(future); }
static void unmake_future(void) { (void)whorl_future_destroy(future); }

// --- Channel, from both ends

static whorl_channel_t channel;
static int items[2];
static int make_empty_channel(void) { return whorl_channel_create(1, NULL, &channel); }
static int make_full_channel(void)
{
  int status = make_empty_channel();
  return status < 0 ? status : whorl_channel_try_send(channel, &items[0]);
}
static int receive_item(void)
{
  void *got = NULL;
  int status = whorl_channel_receive(channel, &got);
  CELL((status == WHORL_OK) == (got == &items[1]));
  return status;
}
static int send_item(void) { return whorl_channel_send(channel, &items[1]); }
static int give_item(void) { return whorl_channel_try_send(channel, &items[1]); }
static int take_item(void)
{
  void *got = NULL;
  int status = whorl_channel_try_receive(channel, &got);
  CELL(got == &items[0]); // the one that had come first; of a send that was cancelled nothing is in there
  return status;
}
static int close_channel(void) { return whorl_channel_close(channel); }
static int destroy_channel(void) { return whorl_channel_destroy(channel); }
static void unmake_channel(void) { (void)whorl_channel_destroy(channel); }

// --- A group: the close waits for its task

static int child_status;
static int make_child(void)
{
  child_status = WHORL_OK;
  return make_event();
}
static int child(void *arg)
{
  (void)arg;
  step();
  int status = heard(whorl_event_wait(event));
  return status < 0 ? status : child_status;
}
static int join_child(void)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  SPAWN_ACTORS(&group, {"child", child, NULL});
  return close_group(&group, WHORL_OK);
}
static int let_child_fail(void)
{
  child_status = WHORL_MALFORMED;
  return whorl_event_set(event);
}

// --- A service: its server is another process, so that a shutdown of the caller's context is no end of the server

static whorl_context_t elsewhere;
static whorl_node_t server;
static whorl_client_t client;
static whorl_task_group_t servers;
static bool serves;

static int on_add(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  const add_request_t *numbers = request;
  (void)call, (void)arg;
  WHORL_TRY(heard(whorl_event_wait(event)));
  ((add_response_t *)response)->sum = numbers->a + numbers->b;
  return WHORL_OK;
}
static int create_service(void)
{
  const whorl_service_options_t options = {.max_in_flight = WHORL_UNLIMITED};
  return whorl_service_create(server, ADD, "add", on_add, NULL, &options, NULL);
}
static int make_client(void)
{
  serves = false;
  WHORL_TRY(make_event());
  WHORL_TRY(whorl_simulation_create_context(world.simulation, &elsewhere));
  WHORL_TRY(whorl_node_create(elsewhere, "server", NULL, &server));
  WHORL_TRY(whorl_client_create(cell.node, ADD, "add", NULL, &client));
  serves = true;
  whorl_task_group_open(&servers);
  SPAWN_ACTORS(&servers, {"server", runs_node, &server});
  return WHORL_OK;
}
static int make_call(void)
{
  int status = make_client();
  if (status == WHORL_OK) status = create_service();
  return status;
}
static int call_service(void)
{
  add_response_t response = {.sum = 7};
  int status = whorl_client_call(client, &(add_request_t){.a = 1, .b = 2}, &response);
  CELL_INT(status == WHORL_OK ? 3 : 7, response.sum);
  whorl_client_counts_t counts;
  if (whorl_client_read_counts(client, &counts) == WHORL_OK) CELL_INT(0, (int64_t)counts.open);
  return status;
}
static int wait_for_service(void) { return whorl_client_wait_for_service(client); }

// The request goes out with the first wait, when the server is known.
static whorl_future_t sent;
static bool is_sent;
static int make_request(void)
{
  is_sent = false;
  return make_call();
}
static int send_once(void)
{
  if (is_sent) return WHORL_OK;
  WHORL_TRY(whorl_client_wait_for_service(client));
  WHORL_TRY(whorl_client_send(client, &(add_request_t){.a = 1, .b = 2}, &sent));
  is_sent = true;
  return WHORL_OK;
}
static int wait_for_answer(void)
{
  void *answer = NULL;
  WHORL_TRY(send_once());
  int status = whorl_future_wait(sent, &answer);
  CELL(status != WHORL_OK || ((const add_response_t *)answer)->sum == 3);
  return status;
}
static int abandon_request(void) { return whorl_future_abandon(sent); }
static int destroy_client(void) { return whorl_client_destroy(client); }
static void unmake_client(void)
{
  if (serves) {
    (void)heard(whorl_node_destroy(server));
    CELL_INT(WHORL_OK, close_group(&servers, WHORL_OK));
  }
  unmake_event();
}

static void unmake_request(void)
{
  if (is_sent) (void)whorl_future_destroy(sent);
  unmake_client();
}

// --- A node's run, and its clock

static whorl_node_t other;
static int make_other(void) { return whorl_node_create(world.context, "other", NULL, &other); }
static int sleep_on_its_clock(void) { return whorl_clock_sleep(whorl_node_clock(other), cell.is_over ? 1 : its_time() - whorl_now_ns()); }
static int switch_its_source(void) { return whorl_node_set_use_sim_time(other, true); }
static int run_other(void) { return whorl_node_run(other); }
static int destroy_other(void) { return whorl_node_destroy(other); }
static int fails(void *arg)
{
  (void)arg;
  return WHORL_IO_ERROR;
}
static int let_other_fail(void) { return spawn_in_node(other, "fails", fails, NULL); }

// --- The graph: `other` waits, and what it waits for is of a third node

static whorl_node_t third;
static whorl_publisher_t publisher;
static const whorl_qos_t kept = {.history = WHORL_HISTORY_KEEP_LAST,
                                 .depth = 1,
                                 .reliability = WHORL_RELIABILITY_RELIABLE,
                                 .durability = WHORL_DURABILITY_TRANSIENT_LOCAL};

static int wait_for_third(void) { return whorl_node_wait_for_node(other, "/third"); }
static int make_third(void) { return whorl_node_create(world.context, "third", NULL, &third); }

static int make_both(void)
{
  WHORL_TRY(make_other());
  return make_third();
}
static int make_publisher_of(whorl_node_t node)
{
  return whorl_publisher_create(node, INT32, "numbers", &(whorl_publisher_options_t){.qos = &kept}, &publisher);
}
static int make_publisher(void)
{
  WHORL_TRY(make_both());
  return make_publisher_of(other);
}
static int wait_for_subscriber(void) { return whorl_publisher_wait_for_subscribers(publisher, 1); }
static int ignore(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  return WHORL_OK;
}
static int subscribe(void) { return whorl_subscription_create(third, INT32, "numbers", ignore, NULL, NULL, NULL); }
static int destroy_publisher(void) { return whorl_publisher_destroy(publisher); }

static int make_speaker(void)
{
  WHORL_TRY(make_both());
  return make_publisher_of(third);
}
static int wait_for_message(void)
{
  std_msgs__msg__Int32 message = {.data = 7};
  int status = whorl_node_wait_for_message(other, INT32, "numbers", &(whorl_wait_for_message_options_t){.qos = &kept}, &message);
  CELL_INT(status == WHORL_OK ? 3 : 7, message.data);
  return status;
}
static int speak(void) { return whorl_publish(publisher, &(std_msgs__msg__Int32){.data = 3}); }

// --- Any change of the graph; since the first wait

static uint64_t version;
static bool has_version;
static int make_watcher(void)
{
  has_version = false;
  return make_other();
}
static int wait_for_change(void)
{
  if (!has_version) WHORL_TRY(whorl_node_read_graph_version(other, &version));
  has_version = true;
  return whorl_node_wait_for_graph_change(other, version);
}

// --- Simulated time that has not started

static int make_timeless(void)
{
  WHORL_TRY(make_both());
  WHORL_TRY(whorl_publisher_create(third, WHORL_MESSAGE(rosgraph_msgs, msg, Clock), "/clock", NULL, &publisher));
  return whorl_node_set_use_sim_time(other, true);
}
static int wait_for_the_start(void) { return whorl_clock_wait_until_started(whorl_node_clock(other)); }
static int tick(void) { return whorl_publish(publisher, &(rosgraph_msgs__msg__Clock){.clock = {.sec = 1}}); }
static int switch_back(void) { return whorl_node_set_use_sim_time(other, false); }

// --- Acknowledgements, from a process that nothing reaches

static int set_loss(double loss)
{
  return whorl_simulation_set_link(world.simulation, world.context, elsewhere, &(whorl_simulation_link_t){.loss = loss});
}
static int reach_it(void) { return set_loss(0); }
static int make_unreached(void)
{
  whorl_node_t listener;
  WHORL_TRY(make_publisher());
  WHORL_TRY(whorl_simulation_create_context(world.simulation, &elsewhere));
  WHORL_TRY(whorl_node_create(elsewhere, "listener", NULL, &listener));
  WHORL_TRY(whorl_subscription_create(listener, INT32, "numbers", ignore, NULL, NULL, NULL));
  WHORL_TRY(set_loss(1));
  return speak();
}
static int wait_for_acknowledged(void) { return whorl_publisher_wait_for_acknowledged(publisher); }

#define CANCELLABLE .canceled_is = WHORL_CANCELED, .shutdown_is = WHORL_CANCELED
static const awaitable_t rows[] = {
    {.name = "sleep", .wait = sleep_its_time, CANCELLABLE},
    {.name = "event",
     .make = make_event,
     .wait = wait_for_event,
     .complete = set_event,
     .destroy = destroy_event,
     .unmake = unmake_event,
     CANCELLABLE},
    {.name = "future",
     .make = make_future,
     .wait = wait_for_future,
     .complete = complete_future,
     .spoil = abandon_future,
     .fails_with = WHORL_ABANDONED,
     .destroy = destroy_future,
     .unmake = unmake_future,
     CANCELLABLE},
    {.name = "receive",
     .make = make_empty_channel,
     .wait = receive_item,
     .complete = give_item,
     .spoil = close_channel,
     .fails_with = WHORL_CLOSED,
     .destroy = destroy_channel,
     .unmake = unmake_channel,
     CANCELLABLE},
    {.name = "send",
     .make = make_full_channel,
     .wait = send_item,
     .complete = take_item,
     .spoil = close_channel,
     .fails_with = WHORL_CLOSED,
     .destroy = destroy_channel,
     .unmake = unmake_channel,
     CANCELLABLE},
    {.name = "join",
     .make = make_child,
     .wait = join_child,
     .complete = set_event,
     .spoil = let_child_fail,
     .fails_with = WHORL_MALFORMED,
     .unmake = unmake_event,
     CANCELLABLE},
    {.name = "call", // without an answer it waits: it has no failure of its own
     .make = make_call,
     .wait = call_service,
     .complete = set_event,
     .destroy = destroy_client,
     .unmake = unmake_client,
     CANCELLABLE},
    {.name = "wait for service",
     .make = make_client,
     .wait = wait_for_service,
     .complete = create_service,
     .destroy = destroy_client,
     .unmake = unmake_client,
     CANCELLABLE},
    {.name = "answer to a request",
     .make = make_request,
     .wait = wait_for_answer,
     .complete = set_event,
     .spoil = abandon_request,
     .fails_with = WHORL_ABANDONED,
     .destroy = destroy_client,
     .unmake = unmake_request,
     CANCELLABLE},
    {.name = "wait for a node",
     .make = make_other,
     .wait = wait_for_third,
     .complete = make_third,
     .destroy = destroy_other,
     .knows_shutdown = true,
     CANCELLABLE},
    {.name = "wait for a subscriber",
     .make = make_publisher,
     .wait = wait_for_subscriber,
     .complete = subscribe,
     .destroy = destroy_publisher,
     .knows_shutdown = true,
     CANCELLABLE},
    {.name = "wait for a message",
     .make = make_speaker,
     .wait = wait_for_message,
     .complete = speak,
     .destroy = destroy_other,
     .knows_shutdown = true,
     CANCELLABLE},
    {.name = "wait for a change of the graph",
     .make = make_watcher,
     .wait = wait_for_change,
     .complete = make_third,
     .destroy = destroy_other,
     .ends_with_its_context = true, // that is a change
     CANCELLABLE},
    {.name = "acknowledgement",
     .make = make_unreached,
     .wait = wait_for_acknowledged,
     .complete = reach_it,
     .notices_within_ns = WHORL_MILLISECONDS(26), // the next try, and the longest pause
     .destroy = destroy_publisher,
     CANCELLABLE},
    {.name = "start of a clock",
     .make = make_timeless,
     .wait = wait_for_the_start,
     .complete = tick,
     .spoil = switch_back,
     .fails_with = WHORL_TIME_SOURCE_CHANGED,
     .destroy = destroy_other,
     CANCELLABLE},
    {.name = "sleep on a clock",
     .make = make_other,
     .wait = sleep_on_its_clock,
     .spoil = switch_its_source,
     .fails_with = WHORL_TIME_SOURCE_CHANGED,
     .destroy = destroy_other,
     CANCELLABLE},
    {.name = "run of a node", // its end is its completion, and a shutdown is a clean end of it
     .make = make_other,
     .wait = run_other,
     .complete = destroy_other,
     .spoil = let_other_fail,
     .fails_with = WHORL_IO_ERROR,
     .canceled_is = WHORL_CANCELED,
     .shutdown_is = WHORL_OK,
     .only_once = true},
};

int main(void)
{
  schedule_drive = drive_by_a_simulation;
  return run_matrix(rows, sizeof rows / sizeof rows[0]);
}
