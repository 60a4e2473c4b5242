// What is said on ros_discovery_info for ROS 2 Humble, byte by byte: as peer_test.c has it for reading.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <rmw_dds_common/msg/gid.h>
#include <rmw_dds_common/msg/node_entities_info.h>
#include <rosidl_runtime_c/string_functions.h>

#include "base/memory.h"
#include "node/humble_state.h"
#include "node/peer.h"
#include "whorl/status.h"

typedef rmw_dds_common__msg__ParticipantEntitiesInfo info_t;

static const char participant[] = "01104f98f520c5841f0b2ed2000001c1";
static const char writers[2][33] = {"01104f98f520c5841f0b2ed200000603", "01104f98f520c5841f0b2ed200001403"};
static const char reader[] = "01104f98f520c5841f0b2ed200001504";
#define REST "0000000000000000"
#define PREFIX "01104f98f520c5841f0b2ed2"
// The first node: one writer. The second: a namespace and a name that end on odd bytes, one reader and two writers.
static const char one_node[] = "00010000" PREFIX "000001c1" REST "01000000"
                               "020000002f000000"
                               "090000006c697374656e657200000000"
                               "00000000"
                               "01000000" PREFIX "00000603" REST;
static const char two_nodes[] = "00010000" PREFIX "000001c1" REST "02000000"
                                "020000002f000000"
                                "090000006c697374656e657200000000"
                                "00000000"
                                "01000000" PREFIX "00000603" REST "050000002f61726d00000000"
                                "0200000061000000"
                                "01000000" PREFIX "00001504" REST "02000000" PREFIX "00000603" REST PREFIX "00001403" REST;
static const char nobody[] = "00010000" PREFIX "000001c1" REST "00000000";

static void set_gid(rmw_dds_common__msg__Gid *gid, const char *text)
{
  for (size_t i = 0; i < sizeof gid->data; i++) sscanf(text + 2 * i, "%2hhx", (unsigned char *)&gid->data[i]);
}

static void set_node(rmw_dds_common__msg__NodeEntitiesInfo *node, const char *node_namespace, const char *name, size_t reader_count,
                     size_t writer_count)
{
  assert_true(rosidl_runtime_c__String__assign(&node->node_namespace, node_namespace));
  assert_true(rosidl_runtime_c__String__assign(&node->node_name, name));
  assert_true(rmw_dds_common__msg__Gid__Sequence__init(&node->reader_gid_seq, reader_count));
  assert_true(rmw_dds_common__msg__Gid__Sequence__init(&node->writer_gid_seq, writer_count));
  for (size_t i = 0; i < reader_count; i++) set_gid(&node->reader_gid_seq.data[i], reader);
  for (size_t i = 0; i < writer_count; i++) set_gid(&node->writer_gid_seq.data[i], writers[i]);
}

static void init(info_t *info, size_t nodes)
{
  assert_true(rmw_dds_common__msg__ParticipantEntitiesInfo__init(info));
  set_gid(&info->gid, participant);
  assert_true(rmw_dds_common__msg__NodeEntitiesInfo__Sequence__init(&info->node_entities_info_seq, nodes));
  if (nodes > 0) set_node(&info->node_entities_info_seq.data[0], "/", "listener", 0, 1);
  if (nodes > 1) set_node(&info->node_entities_info_seq.data[1], "/arm", "a", 1, 2);
}

static void expect(size_t nodes, const char *expected)
{
  char written[1024] = "";
  uint8_t *bytes;
  size_t size;
  info_t info;
  whorl__peer_t *peer;
  init(&info, nodes);
  assert_int_equal(whorl__humble_state_make(&info, &bytes, &size), WHORL_OK);
  assert_true(2 * size < sizeof written);
  for (size_t i = 0; i < size; i++) snprintf(written + 2 * i, 3, "%02x", bytes[i]);
  assert_string_equal(written, expected);
  assert_int_equal(whorl__peer_read(bytes, size, &peer), WHORL_OK); // and is told from the other form
  assert_int_equal(peer->node_count, nodes);
  whorl__free(peer);
  whorl__free(bytes);
  rmw_dds_common__msg__ParticipantEntitiesInfo__fini(&info);
}

static void a_node_with_a_writer(void **state)
{
  (void)state;
  expect(1, one_node);
}

static void several_nodes_are_aligned(void **state)
{
  (void)state;
  expect(2, two_nodes);
}

static void a_participant_without_nodes(void **state)
{
  (void)state;
  expect(0, nobody);
}

static void no_memory(void **state)
{
  (void)state;
  uint8_t *bytes;
  size_t size;
  info_t info;
  init(&info, 1);
  whorl__memory_fail_at(1);
  assert_int_equal(whorl__humble_state_make(&info, &bytes, &size), WHORL_NO_MEMORY);
  whorl__memory_fail_at(0);
  rmw_dds_common__msg__ParticipantEntitiesInfo__fini(&info);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_node_with_a_writer),
      cmocka_unit_test(several_nodes_are_aligned),
      cmocka_unit_test(a_participant_without_nodes),
      cmocka_unit_test(no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
