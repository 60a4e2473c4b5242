#define _GNU_SOURCE // memmem
// What we put on the wire, byte for byte against what real ROS 2 nodes announced for the same QoS, of topics and of services, and sent for the same message.
//
// Cyclone writes the packets of our domain into a capture file; the announcements are read from there. Two things may differ: the GUID,
// and the blocking time of reliable writers (docs/transport.md).
#include <unistd.h>

#include <std_msgs/msg/string.h>

#include "transport/cyclone/captured_announcements.h"
#include "transport/cyclone/cyclone_testing.h"

enum { ROWS = sizeof announcements / sizeof *announcements };

static whorl__type_t types[ROWS]; // names only: nothing is written
static uint8_t gids[ROWS][16];
static uint8_t message_gid[16]; // the writer of the message
static testing_bell_t bell = TESTING_BELL;
static uint8_t *packets;
static size_t packets_size;

// --- the wire

static void count_endpoint(void *arg, const whorl__remote_endpoint_t *endpoint)
{
  for (int i = 0; i < ROWS; i++) *(int *)arg += memcmp(endpoint->gid, gids[i], 16) == 0;
}

static bool all_are_known(void *arg)
{
  whorl__participant_t *participant = arg;
  int known = 0;
  assert_int_equal(participant->ops->discovery_visit(participant, count_endpoint, &known), WHORL_OK);
  return known == ROWS;
}

// --- the session: every endpoint of the table, and one message

static bool is_matched(void *writer) { return ((whorl__writer_t *)writer)->participant->ops->writer_matched(writer) > 0; }

static void send_message(whorl__participant_t *near, whorl__participant_t *far)
{
  const whorl__endpoint_options_t options = {
      .type = TESTING_TYPE(std_msgs, msg, String),
      .topic = "/chatter",
      .ready = testing_ring,
      .event = testing_ring_for_event,
      .arg = &bell,
      .qos = {.history = WHORL_HISTORY_KEEP_LAST, .depth = 10, .reliability = WHORL_RELIABILITY_RELIABLE}};
  whorl__writer_t *writer = testing_writer(near, &options);
  whorl__reader_t *reader = testing_reader(far, &options);
  memcpy(message_gid, writer->gid, 16);
  TESTING_WAIT(&bell, is_matched, writer);
  std_msgs__msg__String message = {.data = {.data = (char[]){"Hello World: 1"}, .size = 14, .capacity = 15}};
  assert_int_equal(near->ops->write_copy(writer, &message), WHORL_OK);
  TESTING_WAIT(&bell, testing_has_message, reader);
  near->ops->writer_close(writer);
  far->ops->reader_close(reader);
}

static int capture_session(void **state)
{
  (void)state;
  char path[] = "/tmp/whorl_announcement_XXXXXX", inside[256];
  int file = mkstemp(path);
  assert_true(file >= 0);
  snprintf(inside, sizeof inside, "<Tracing><PacketCaptureFile>%s</PacketCaptureFile></Tracing>", path);
  testing_configure(testing_domain(), inside);
  testing_join_far_domain();

  whorl__participant_t *far = testing_open(testing_far_domain()), *near = testing_open(testing_domain());
  far->ops->discovery_hook(far, testing_ring, &bell);
  void *endpoints[ROWS];
  for (int i = 0; i < ROWS; i++) {
    const announcement_t *row = &announcements[i];
    types[i].dds_name = (char *)row->dds_type;
    snprintf(types[i].hash, sizeof types[i].hash, "%s", row->hash);
    const whorl__endpoint_options_t options = {
        .type = &types[i], .kind = row->kind, .topic = row->topic, .user_data = row->user_data, .qos = row->qos, .ignore_local = true};
    if (row->is_writer)
      memcpy(gids[i], ((whorl__writer_t *)(endpoints[i] = testing_writer(near, &options)))->gid, 16);
    else
      memcpy(gids[i], ((whorl__reader_t *)(endpoints[i] = testing_reader(near, &options)))->gid, 16);
  }
  TESTING_WAIT(&bell, all_are_known, far);
  send_message(near, far);
  for (int i = 0; i < ROWS; i++) {
    if (announcements[i].is_writer)
      near->ops->writer_close(endpoints[i]);
    else
      near->ops->reader_close(endpoints[i]);
  }
  near->ops->participant_close(near);
  far->ops->participant_close(far);

  packets_size = (size_t)lseek(file, 0, SEEK_END);
  packets = malloc(packets_size);
  assert_int_equal(pread(file, packets, packets_size, 0), packets_size);
  close(file);
  unlink(path);
  return 0;
}

static int free_packets(void **state)
{
  (void)state;
  free(packets);
  return 0;
}

static uint32_t word(const uint8_t *at) { return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24; }
static uint16_t half(const uint8_t *at) { return (uint16_t)(at[0] | at[1] << 8); }

// Entity ids of the builtin writers.
static const uint8_t participants[] = {0, 1, 0, 0xc2}, publications[] = {0, 0, 3, 0xc2}, subscriptions[] = {0, 0, 4, 0xc2};

// The payload of a DATA of that writer in one RTPS message that holds the bytes `wanted`.
static const uint8_t *find_in_message(const uint8_t *message, const uint8_t *end, const uint8_t writer[4], const uint8_t *wanted,
                                      size_t wanted_size, size_t *ret_size)
{
  enum { HEADER = 20, DATA = 0x15, HAS_PAYLOAD = 4, HAS_INLINE_QOS = 2, PAYLOAD_AT = 24 };
  for (const uint8_t *at = message + HEADER; at + 4 <= end;) {
    const uint8_t *next = half(at + 2) != 0 ? at + 4 + half(at + 2) : end;
    bool wanted_writer = at[0] == DATA && (at[1] & HAS_PAYLOAD) && !(at[1] & HAS_INLINE_QOS) && memcmp(at + 12, writer, 4) == 0;
    if (wanted_writer && memmem(at + PAYLOAD_AT, (size_t)(next - at) - PAYLOAD_AT, wanted, wanted_size) != NULL) {
      *ret_size = (size_t)(next - at) - PAYLOAD_AT;
      return at + PAYLOAD_AT;
    }
    at = next;
  }
  return NULL;
}

static const uint8_t *find_payload(const uint8_t writer[4], const uint8_t *wanted, size_t wanted_size, size_t *ret_size)
{
  enum { FILE_HEADER = 24, RECORD_HEADER = 16, IP_AND_UDP = 28 };
  for (const uint8_t *record = packets + FILE_HEADER; record < packets + packets_size;) {
    const uint8_t *message = record + RECORD_HEADER + IP_AND_UDP, *end = record + RECORD_HEADER + word(record + 8);
    const uint8_t *found = memcmp(message, "RTPS", 4) == 0 ? find_in_message(message, end, writer, wanted, wanted_size, ret_size) : NULL;
    if (found != NULL) return found;
    record = end;
  }
  return NULL;
}

// --- comparing

static size_t from_hexadecimal(const char *text, uint8_t *bytes)
{
  size_t size = 0;
  for (; text[2 * size] != '\0'; size++) sscanf(text + 2 * size, "%2hhx", &bytes[size]);
  return size;
}

// The value of a parameter, or NULL.
static uint8_t *parameter(uint8_t *payload, size_t size, uint16_t id)
{
  for (uint8_t *at = payload + 4; at + 4 <= payload + size; at += 4 + half(at + 2))
    if (half(at) == id) return at + 4;
  return NULL;
}

static void compare(const announcement_t *row, const uint8_t gid[16])
{
  enum { RELIABILITY_ID = 0x1a, GUID_ID = 0x5a };
  uint8_t expected[1024], wanted[20] = {GUID_ID, 0, 16, 0};
  size_t expected_size = from_hexadecimal(row->sedp, expected), size = 0;
  memcpy(parameter(expected, expected_size, GUID_ID), gid, 16);
  uint8_t *reliability = parameter(expected, expected_size, RELIABILITY_ID);
  if (row->is_writer && reliability != NULL) memset(reliability + 4, 0, 8);
  memcpy(wanted + 4, gid, 16);
  const uint8_t *payload = find_payload(row->is_writer ? publications : subscriptions, wanted, sizeof wanted, &size);
  print_message("%s %s\n", row->is_writer ? "writer" : "reader", row->topic);
  assert_non_null(payload);
  assert_int_equal(size, expected_size);
  assert_memory_equal(payload, expected, expected_size);
}

static void endpoints_are_announced_as_real_ros_nodes_announce_them(void **state)
{
  (void)state;
  for (int i = 0; i < ROWS; i++) compare(&announcements[i], gids[i]);
}

// As in the captures: tools and peers do not need it, but a capture then reads the same.
static void entity_ids_are_dealt_out_as_rmw_cyclonedds_deals_them(void **state)
{
  (void)state;
  static const uint8_t discovery_writer[] = {0, 0, 4, 3}, discovery_reader[] = {0, 0, 5, 4};
  assert_memory_equal(gids[0] + 12, discovery_writer, 4);
  assert_memory_equal(gids[1] + 12, discovery_reader, 4);
}

static void the_participant_carries_its_enclave(void **state)
{
  (void)state;
  static const uint8_t user_data[] = {0x2c, 0, 0x10, 0, 10, 0, 0, 0, 'e', 'n', 'c', 'l', 'a', 'v', 'e', '=', '/', ';', 0, 0};
  size_t size;
  const uint8_t *payload = find_payload(participants, user_data, sizeof user_data, &size);
  assert_non_null(payload);
  assert_memory_equal(payload + 4, user_data, sizeof user_data); // the first parameter
}

static void a_message_is_sent_as_real_ros_nodes_send_it(void **state)
{
  (void)state;
  uint8_t expected[64];
  size_t expected_size = from_hexadecimal("000100000f00000048656c6c6f20576f726c643a20310000", expected), size = 0;
  const uint8_t *payload = find_payload(message_gid + 12, (const uint8_t *)"Hello", 5, &size);
  assert_non_null(payload);
  assert_int_equal(size, expected_size); // padded, and the header does not say so
  assert_memory_equal(payload, expected, expected_size);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(endpoints_are_announced_as_real_ros_nodes_announce_them),
      cmocka_unit_test(entity_ids_are_dealt_out_as_rmw_cyclonedds_deals_them),
      cmocka_unit_test(a_message_is_sent_as_real_ros_nodes_send_it),
      cmocka_unit_test(the_participant_carries_its_enclave),
  };
  return cmocka_run_group_tests(tests, capture_session, free_packets);
}
