#define _GNU_SOURCE // memmem
// What a context says on ros_discovery_info, byte for byte against the samples of a real ROS 2 node (`listener` of the recorded session
// pubsub_string), and its order among the announcements of the endpoints. The other end of the wire is a second domain of this process that Cyclone calls by the first one's number.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rmw_dds_common/msg/participant_entities_info.h>

#include "node/fixture.h"
#include "task/parker.h"
#include "transport/transport.h"

enum { LARGEST = 512, PARTICIPANT = 0, A, B, C, D, GIDS };

// As recorded; in the session the first state of a node, without endpoints, was overtaken, so it is the second one less its writer.
static const char recorded_empty_node[] =
    "0001000001104f98f520c5841f0b2ed2000001c101000000020000002f000000090000006c697374656e6572000000000000000000000000";
static const char recorded_writer[] =
    "0001000001104f98f520c5841f0b2ed2000001c101000000020000002f000000090000006c697374656e6572000000000000000001000000"
    "01104f98f520c5841f0b2ed200000603";
static const char recorded_four[] =
    "0001000001104f98f520c5841f0b2ed2000001c101000000020000002f000000090000006c697374656e65720000000002000000"
    "01104f98f520c5841f0b2ed20000150401104f98f520c5841f0b2ed20000160402000000"
    "01104f98f520c5841f0b2ed20000060301104f98f520c5841f0b2ed200001403";
static const char recorded_three[] =
    "0001000001104f98f520c5841f0b2ed2000001c101000000020000002f000000090000006c697374656e65720000000002000000"
    "01104f98f520c5841f0b2ed20000150401104f98f520c5841f0b2ed2000016040100000001104f98f520c5841f0b2ed200001403";
static const char recorded_end[] = "0001000001104f98f520c5841f0b2ed2000001c100000000";
static const char *const recorded_gids[GIDS] = {"01104f98f520c5841f0b2ed2000001c1", "01104f98f520c5841f0b2ed200000603",
                                                "01104f98f520c5841f0b2ed200001504", "01104f98f520c5841f0b2ed200001604",
                                                "01104f98f520c5841f0b2ed200001403"};

typedef struct bytes {
  uint8_t at[LARGEST];
  size_t size;
} bytes_t;

typedef struct wire {
  whorl__futex_parker_t parker;
  whorl__participant_t *far;
  whorl__reader_t *reader;
  whorl_context_t context;
  int file;
  char path[64];
  uint8_t gids[GIDS][16]; // ours, in the places of the recorded ones
} wire_t;

static bytes_t from_hexadecimal(const char *text)
{
  bytes_t bytes = {.size = strlen(text) / 2};
  for (size_t i = 0; i < bytes.size; i++) sscanf(text + 2 * i, "%2hhx", &bytes.at[i]);
  return bytes;
}

// The recorded sample with our GIDs.
static bytes_t translate(const wire_t *wire, const char *recorded)
{
  bytes_t bytes = from_hexadecimal(recorded);
  for (int i = 0; i < GIDS; i++) {
    bytes_t gid = from_hexadecimal(recorded_gids[i]);
    uint8_t *place = memmem(bytes.at, bytes.size, gid.at, gid.size);
    if (place != NULL) memcpy(place, wire->gids[i], 16);
  }
  return bytes;
}

static void wake(void *arg) { whorl__parker_unpark(&((wire_t *)arg)->parker.base); }

static bytes_t next_sample(wire_t *wire)
{
  whorl__parker_t *parker = &wire->parker.base;
  int64_t limit_ns = whorl__parker_now(parker) + WHORL_SECONDS(30); // against hanging only
  while (!whorl__ring_ready(&wire->reader->ring)) {
    if (whorl__parker_now(parker) >= limit_ns) fail_msg("no sample of ros_discovery_info came");
    whorl__parker_park(parker, limit_ns);
  }
  bool more;
  const whorl__cdr_t *cdr;
  whorl__sample_t *sample = whorl__ring_take(&wire->reader->ring, 0, &more);
  assert_int_equal(whorl__sample_cdr(sample, &cdr), WHORL_OK);
  assert_true(cdr->size <= LARGEST);
  bytes_t bytes = {.size = cdr->size};
  memcpy(bytes.at, cdr->bytes, cdr->size);
  whorl__sample_unref(sample);
  return bytes;
}

static void expect(wire_t *wire, const char *recorded)
{
  bytes_t sample = next_sample(wire), expected = translate(wire, recorded);
  assert_int_equal(sample.size, expected.size);
  assert_memory_equal(sample.at, expected.at, expected.size);
}

// The same for a sample that names one of ours for the first time, `behind` bytes in front of its end.
static void learn(wire_t *wire, int gid, size_t behind, const char *recorded)
{
  bytes_t sample = next_sample(wire);
  assert_true(sample.size >= behind);
  memcpy(wire->gids[gid], sample.at + sample.size - behind, 16);
  if (recorded == NULL) return;
  bytes_t expected = translate(wire, recorded);
  assert_int_equal(sample.size, expected.size);
  assert_memory_equal(sample.at, expected.at, expected.size);
}

static void configure(uint32_t domain, const char *inside)
{
  char text[4096];
  snprintf(text, sizeof text, "%s,<CycloneDDS><Domain Id=\"%u\">%s</Domain></CycloneDDS>", getenv("CYCLONEDDS_URI"), domain, inside);
  setenv("CYCLONEDDS_URI", text, 1);
}

static void open_reader(wire_t *wire)
{
  const whorl_qos_t qos = {.history = WHORL_HISTORY_KEEP_ALL,
                           .reliability = WHORL_RELIABILITY_RELIABLE,
                           .durability = WHORL_DURABILITY_TRANSIENT_LOCAL,
                           .avoid_ros_namespace_conventions = true};
  whorl__endpoint_options_t options = {.topic = "ros_discovery_info", .ready = wake, .arg = wire};
  assert_int_equal(whorl__type_get(WHORL_MESSAGE(rmw_dds_common, msg, ParticipantEntitiesInfo), &options.type), WHORL_OK);
  assert_int_equal(whorl__qos_resolve(&qos, &options.qos), WHORL_OK);
  assert_int_equal(wire->far->ops->reader_open(wire->far, &options, &wire->reader), WHORL_OK);
}

static int setup(void **state)
{
  static wire_t wire = {.path = "/tmp/whorl_graph_XXXXXX"};
  if (getenv("CYCLONEDDS_URI") == NULL || getenv("ROS_DOMAIN_ID") == NULL) {
    fputs("CYCLONEDDS_URI and ROS_DOMAIN_ID must be set: run this test through ctest, which keeps it on the loopback interface\n", stderr);
    exit(1);
  }
  uint32_t near_domain = (uint32_t)strtoul(getenv("ROS_DOMAIN_ID"), NULL, 10), far_domain = near_domain + 100;
  char inside[160];
  wire.file = mkstemp(wire.path);
  assert_true(wire.file >= 0);
  snprintf(inside, sizeof inside, "<Tracing><PacketCaptureFile>%s</PacketCaptureFile></Tracing>", wire.path);
  configure(near_domain, inside);
  snprintf(inside, sizeof inside, "<Discovery><ExternalDomainId>%u</ExternalDomainId></Discovery>", near_domain);
  configure(far_domain, inside);
  whorl__futex_parker_init(&wire.parker);
  assert_int_equal(whorl__cyclone_participant_open(&(whorl__participant_options_t){.domain_id = far_domain}, &wire.far), WHORL_OK);
  open_reader(&wire);
  assert_int_equal(whorl_context_create(0, NULL, &(whorl_context_options_t){.bare_nodes = true}, &wire.context), WHORL_OK);
  *state = &wire;
  return 0;
}

static int teardown(void **state)
{
  wire_t *wire = *state;
  wire->far->ops->reader_close(wire->reader);
  wire->far->ops->participant_close(wire->far);
  close(wire->file);
  unlink(wire->path);
  return 0;
}

static int ignore(const void *message, const whorl_message_info_t *info, void *arg)
{
  (void)message, (void)info, (void)arg;
  return WHORL_OK;
}

static whorl_publisher_t publisher(whorl_node_t node, const char *topic)
{
  whorl_publisher_t created;
  assert_int_equal(whorl_publisher_create(node, INT32, topic, NULL, &created), WHORL_OK);
  return created;
}

static void subscribe(whorl_node_t node, const char *topic)
{
  assert_int_equal(whorl_subscription_create(node, INT32, topic, ignore, NULL, NULL, NULL), WHORL_OK);
}

// --- the order on the wire: places in the capture

typedef struct capture {
  uint8_t *bytes;
  size_t size;
} capture_t;

static const uint8_t *first(const capture_t *capture, const uint8_t *wanted, size_t size)
{
  const uint8_t *found = memmem(capture->bytes, capture->size, wanted, size);
  assert_non_null(found);
  return found;
}

static const uint8_t *last(const capture_t *capture, const uint8_t *wanted, size_t size)
{
  const uint8_t *found = first(capture, wanted, size), *end = capture->bytes + capture->size;
  for (const uint8_t *next; (next = memmem(found + 1, (size_t)(end - found) - 1, wanted, size)) != NULL;) found = next;
  return found;
}

// The graph is told before an endpoint ends. (At the beginning it is told after the announcement, which a thread of Cyclone sends: there it may be overtaken on the wire.)
static void expect_order_on_the_wire(const wire_t *wire)
{
  capture_t capture = {.size = (size_t)lseek(wire->file, 0, SEEK_END)};
  capture.bytes = malloc(capture.size);
  assert_int_equal(pread(wire->file, capture.bytes, capture.size, 0), capture.size);
  uint8_t endpoint[20] = {0x5a, 0, 16, 0}; // the endpoint's GUID, in its announcement and in the end of that
  memcpy(endpoint + 4, wire->gids[A], 16);
  bytes_t without = translate(wire, recorded_three);
  assert_true(first(&capture, without.at, without.size) < last(&capture, endpoint, sizeof endpoint));
  free(capture.bytes);
}

static void the_graph_is_told_as_real_ros_nodes_tell_it(void **state)
{
  enum { GID = 16, COUNT = 4 };
  wire_t *wire = *state;
  whorl_node_t node;
  assert_int_equal(whorl_node_create(wire->context, "listener", NULL, &node), WHORL_OK);
  learn(wire, PARTICIPANT, strlen(recorded_empty_node) / 2 - 4, recorded_empty_node); // a node comes first without endpoints
  whorl_publisher_t first_publisher = publisher(node, "first");
  learn(wire, A, GID, recorded_writer);
  subscribe(node, "second");
  learn(wire, B, GID + COUNT + GID, NULL); // in front of the one writer
  subscribe(node, "third");
  learn(wire, C, GID + COUNT + GID, NULL);
  (void)publisher(node, "fourth");
  learn(wire, D, GID, recorded_four);

  assert_int_equal(whorl_publisher_destroy(first_publisher), WHORL_OK);
  expect(wire, recorded_three);
  assert_int_equal(whorl_node_destroy(node), WHORL_OK);
  expect(wire, recorded_end);
  assert_int_equal(whorl_context_destroy(wire->context, WHORL_OK), WHORL_OK);
  expect_order_on_the_wire(wire);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(the_graph_is_told_as_real_ros_nodes_tell_it, setup, teardown)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
