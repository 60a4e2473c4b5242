// Discovery from anywhere: what a stranger says on ros_discovery_info, and the names and USER_DATA of its endpoints, seen by a node in a simulated world. The first byte says which of both the others are.
//
// A description is read to the same nodes whoever reads it, and written again, in either form, to the same again. What is refused changes nothing in the graph but a counter; what is taken is exactly what the
// graph shows of the stranger. Inputs begin with descriptions that were recorded, and with ones that speak of the stranger's own endpoints.
#include <string.h>

#include <rmw_dds_common/msg/gid.h>
#include <rmw_dds_common/msg/node_entities_info.h>
#include <rmw_dds_common/msg/participant_entities_info.h>

#include "base/fuzz_expect.h"
#include "base/memory.h"
#include "base/name.h"
#include "message/cdr.h"
#include "message/cdr_pool.h"
#include "message/type.h"
#include "node/captured_peers_testing.h"
#include "node/humble_state.h"
#include "node/peer.h"
#include "simulation/simulation.h"
#include "whorl/whorl.h"

typedef rmw_dds_common__msg__ParticipantEntitiesInfo description_t;
typedef rmw_dds_common__msg__NodeEntitiesInfo node_description_t;
typedef rmw_dds_common__msg__Gid__Sequence gids_t;

enum { GID = 16, PADDING = 3, STRING_LENGTH = 4, SAMPLE = 0, ENDPOINT = 1, LONGEST = 512 };

static struct {
  whorl__sim_network_t *network;
  whorl_simulation_t simulation;
  whorl_node_t node;
  whorl__participant_t *stranger;
  whorl__writer_t *writer; // the stranger's, of ros_discovery_info
  whorl_qos_t qos;         // of its endpoints
  const whorl__type_t *type;
} world;

static const whorl_qos_t discovery_qos = {.history = WHORL_HISTORY_KEEP_LAST,
                                          .depth = 1,
                                          .reliability = WHORL_RELIABILITY_RELIABLE,
                                          .durability = WHORL_DURABILITY_TRANSIENT_LOCAL,
                                          .liveliness = WHORL_LIVELINESS_AUTOMATIC,
                                          .avoid_ros_namespace_conventions = true};

static void run(void) { EXPECT(whorl_simulation_run_for(world.simulation, WHORL_MILLISECONDS(1)) == WHORL_OK); }

// A world of its own for the whole run of the fuzzer.
static void open_world(void)
{
  whorl__simulation_t *simulation;
  EXPECT(whorl__type_get(WHORL_MESSAGE(rmw_dds_common, msg, ParticipantEntitiesInfo), &world.type) == WHORL_OK);
  EXPECT(whorl_simulation_create(1, &world.simulation) == WHORL_OK);
  EXPECT(whorl_node_create(whorl_simulation_context(world.simulation), "here", NULL, &world.node) == WHORL_OK);
  EXPECT(whorl__simulation_pin(world.simulation, &simulation) == WHORL_OK);
  world.network = simulation->network;
  whorl__simulation_unpin(world.simulation);
  EXPECT(whorl__sim_participant_open(world.network, &(whorl__participant_options_t){.enclave = "/"}, &world.stranger) == WHORL_OK);
  EXPECT(whorl__qos_resolve(&discovery_qos, &world.qos) == WHORL_OK);
  const whorl__endpoint_options_t options = {.type = world.type, .topic = "ros_discovery_info", .qos = world.qos};
  EXPECT(world.stranger->ops->writer_open(world.stranger, &options, &world.writer) == WHORL_OK);
  run();
}

// --- a description and what was read of it

static bool are_same_gids(const gids_t *gids, const uint8_t (*read)[GID], size_t count)
{
  return gids->size == count && (count == 0 || memcmp(gids->data, read, count * GID) == 0);
}

static bool are_same(const description_t *description, const whorl__peer_t *peer)
{
  if (memcmp(description->gid.data, peer->gid, GID) != 0 || description->node_entities_info_seq.size != peer->node_count) return false;
  for (size_t i = 0; i < peer->node_count; i++) {
    const node_description_t *described = &description->node_entities_info_seq.data[i];
    const whorl__peer_node_t *node = &peer->nodes[i];
    if (strcmp(described->node_name.data, node->name) != 0 || strcmp(described->node_namespace.data, node->node_namespace) != 0)
      return false;
    if (!are_same_gids(&described->reader_gid_seq, node->readers, node->reader_count)) return false;
    if (!are_same_gids(&described->writer_gid_seq, node->writers, node->writer_count)) return false;
  }
  return true;
}

// Strings and GIDs stay the peer's.
static void describe(const whorl__peer_t *peer, description_t *description)
{
  *description = (description_t){.node_entities_info_seq = {.size = peer->node_count, .capacity = peer->node_count}};
  description->node_entities_info_seq.data = calloc(peer->node_count, sizeof(node_description_t));
  memcpy(description->gid.data, peer->gid, GID);
  for (size_t i = 0; i < peer->node_count; i++) {
    const whorl__peer_node_t *node = &peer->nodes[i];
    size_t name = strlen(node->name), node_namespace = strlen(node->node_namespace);
    EXPECT(name <= 256 && node_namespace <= 256);
    description->node_entities_info_seq.data[i] = (node_description_t){
        .node_name = {.data = (char *)node->name, .size = name, .capacity = name + 1},
        .node_namespace = {.data = (char *)node->node_namespace, .size = node_namespace, .capacity = node_namespace + 1},
        .reader_gid_seq = {.data = (void *)node->readers, .size = node->reader_count, .capacity = node->reader_count},
        .writer_gid_seq = {.data = (void *)node->writers, .size = node->writer_count, .capacity = node->writer_count}};
  }
}

static void expect_read(const uint8_t *bytes, size_t size, const description_t *expected)
{
  whorl__peer_t *peer = NULL;
  EXPECT(whorl__peer_read(bytes, size, &peer) == WHORL_OK && are_same(expected, peer));
  whorl__free(peer);
}

static void try_written_again(const description_t *description)
{
  size_t size, written;
  uint8_t *humble;
  EXPECT(whorl__cdr_size(world.type, description, &size) == WHORL_OK);
  uint8_t *bytes = malloc(size);
  EXPECT(whorl__cdr_encode(world.type, description, bytes, size, &written) == WHORL_OK && written == size);
  expect_read(bytes, size, description);
  free(bytes);
  EXPECT(whorl__humble_state_make(description, &humble, &size) == WHORL_OK);
  expect_read(humble, size, description);
  whorl__free(humble);
}

// Such a name may have been shorter than it is written.
static bool has_empty_names(const description_t *description)
{
  for (size_t i = 0; i < description->node_entities_info_seq.size; i++) {
    const node_description_t *node = &description->node_entities_info_seq.data[i];
    if (node->node_name.size == 0 || node->node_namespace.size == 0) return true;
  }
  return false;
}

static size_t measure_as_humble(const whorl__peer_t *peer)
{
  description_t description;
  uint8_t *humble;
  size_t size;
  describe(peer, &description);
  EXPECT(whorl__humble_state_make(&description, &humble, &size) == WHORL_OK);
  whorl__free(humble);
  free(description.node_entities_info_seq.data);
  return size;
}

// As any message is read: what that takes to the end is taken, and is the same; and what is taken is either that, or as long as Humble makes it.
static void try_as_message(const uint8_t *bytes, size_t size, const whorl__peer_t *peer)
{
  description_t decoded;
  size_t used;
  EXPECT(rmw_dds_common__msg__ParticipantEntitiesInfo__init(&decoded));
  bool is_message = whorl__cdr_decode(world.type, bytes, size, &decoded) == WHORL_OK &&
                    whorl__cdr_size(world.type, &decoded, &used) == WHORL_OK && (used >= size || size - used <= PADDING);
  if (is_message && bytes[1] <= 1 && !has_empty_names(&decoded)) EXPECT(peer != NULL && are_same(&decoded, peer));
  rmw_dds_common__msg__ParticipantEntitiesInfo__fini(&decoded);
  if (!is_message && peer != NULL) // two strings of each node may be written longer: without even a NUL they are empty, too
    EXPECT(size + PADDING + 2 * STRING_LENGTH * peer->node_count >= measure_as_humble(peer));
}

// --- the graph

typedef struct listing {
  char *text;
  size_t size;
  FILE *file;
} listing_t;

static void add_node(const char *name, const char *node_namespace, void *arg)
{
  fprintf(((listing_t *)arg)->file, "%s\n%s\n", node_namespace, name);
}

static char *list_nodes(void)
{
  listing_t listing = {0};
  listing.file = open_memstream(&listing.text, &listing.size);
  EXPECT(whorl_node_visit_nodes(world.node, add_node, &listing) == WHORL_OK);
  fclose(listing.file);
  return listing.text;
}

static char *list_expected(const whorl__peer_t *peer)
{
  listing_t listing = {0};
  listing.file = open_memstream(&listing.text, &listing.size);
  add_node("here", "/", &listing);
  for (size_t i = 0; i < peer->node_count; i++) add_node(peer->nodes[i].name, peer->nodes[i].node_namespace, &listing);
  fclose(listing.file);
  return listing.text;
}

static void ignore_names(const char *name, const char *const *types, size_t type_count, void *arg)
{
  (void)arg;
  EXPECT(name != NULL && type_count > 0 && types[0] != NULL);
}

// Who is asked for what a node has knows it by the name that it is listed with.
static void try_asking(const whorl__peer_node_t *node)
{
  size_t index;
  char full[WHORL__NAME_FQN_SIZE];
  if (whorl__name_validate(WHORL__NAME_NODE, node->name, &index) != WHORL__NAME_NONE ||
      whorl__name_validate(WHORL__NAME_NAMESPACE, node->node_namespace, &index) != WHORL__NAME_NONE)
    return;
  whorl__name_fully_qualify(node->name, node->node_namespace, full);
  EXPECT(whorl_node_visit_publishers_of(world.node, full, NULL, ignore_names, NULL) == WHORL_OK);
}

static bool has_gid(const whorl__peer_node_t *node, const uint8_t gid[GID])
{
  for (size_t i = 0; i < node->reader_count; i++)
    if (memcmp(node->readers[i], gid, GID) == 0) return true;
  for (size_t i = 0; i < node->writer_count; i++)
    if (memcmp(node->writers[i], gid, GID) == 0) return true;
  return false;
}

// The stranger's writer belongs to the first node that names it.
static void expect_owner(const whorl_endpoint_info_t *endpoint, void *arg)
{
  const whorl__peer_t *peer = arg;
  size_t i = 0;
  if (memcmp(endpoint->gid, world.writer->gid, GID) != 0) return;
  while (i < peer->node_count && !has_gid(&peer->nodes[i], endpoint->gid)) i++;
  EXPECT(strcmp(endpoint->node_name, i < peer->node_count ? peer->nodes[i].name : "") == 0);
  EXPECT(strcmp(endpoint->node_namespace, i < peer->node_count ? peer->nodes[i].node_namespace : "") == 0);
}

static void say(const uint8_t *bytes, size_t size)
{
  EXPECT(world.stranger->ops->write_cdr(world.writer, bytes, size) == WHORL_OK);
  run();
}

static void try_in_graph(const uint8_t *bytes, size_t size, const whorl__peer_t *peer)
{
  static const whorl_graph_options_t in_dds = {.dds_names = true};
  whorl_graph_counts_t counts, before;
  char *listed = list_nodes();
  EXPECT(whorl_node_read_graph_counts(world.node, &before) == WHORL_OK);
  say(bytes, size);
  EXPECT(whorl_node_read_graph_counts(world.node, &counts) == WHORL_OK && counts.samples == before.samples + 1);
  EXPECT(counts.malformed == before.malformed + (peer == NULL) && counts.lost == before.lost);
  char *now = list_nodes(), *expected = peer != NULL ? list_expected(peer) : NULL;
  EXPECT(strcmp(now, peer != NULL ? expected : listed) == 0);
  if (peer != NULL) {
    for (size_t i = 0; i < peer->node_count && i < 4; i++) try_asking(&peer->nodes[i]);
    EXPECT(whorl_node_visit_publishers(world.node, "ros_discovery_info", &in_dds, expect_owner, (void *)peer) == WHORL_OK);
  }
  free(listed);
  free(now);
  free(expected);
}

static void try_sample(const uint8_t *bytes, size_t size)
{
  whorl__peer_t *peer = NULL;
  int64_t blocks = whorl__memory_blocks();
  int status = whorl__peer_read(bytes, size, &peer);
  EXPECT(status == WHORL_OK || (status == WHORL_MALFORMED && strncmp(whorl_detail(), "ros_discovery_info: ", 20) == 0));
  EXPECT((status == WHORL_OK) == (peer != NULL) && whorl__memory_blocks() == blocks + (peer != NULL));
  if (size >= WHORL__CDR_HEADER) try_as_message(bytes, size, peer);
  if (peer != NULL) {
    description_t description;
    describe(peer, &description);
    EXPECT(are_same(&description, peer));
    try_written_again(&description);
    free(description.node_entities_info_seq.data);
  }
  if (size >= WHORL__CDR_HEADER) try_in_graph(bytes, size, peer); // what has less is not sent
  whorl__free(peer);
}

// --- endpoints

typedef struct announced {
  whorl__type_t type; // only its names are looked at
  const char *topic, *user_data;
  const uint8_t *gid;
  unsigned seen;
} announced_t;

static bool is_hash(const char *text, size_t length)
{
  if (length != 71 || memcmp(text, "RIHS01_", 7) != 0) return false;
  for (size_t i = 7; i < length; i++)
    if (strchr("0123456789abcdef", text[i]) == NULL) return false;
  return true;
}

// The hash of the first pair that calls itself one: nothing else in USER_DATA counts.
static void expect_hash(const char *hash, const announced_t *announced)
{
  char whole[2 * LONGEST];
  snprintf(whole, sizeof whole, ";%stypehash=%s;", announced->user_data, announced->type.hash);
  const char *found = strstr(whole, ";typehash=");
  size_t length = found != NULL ? strcspn(found + 10, ";") : 0;
  if (found != NULL && is_hash(found + 10, length))
    EXPECT(strlen(hash) == length && memcmp(hash, found + 10, length) == 0);
  else
    EXPECT(hash[0] == '\0');
}

static void expect_announced(const whorl_endpoint_info_t *endpoint, void *arg)
{
  announced_t *announced = arg;
  if (memcmp(endpoint->gid, announced->gid, GID) != 0) return;
  announced->seen++;
  EXPECT(strstr(announced->topic, endpoint->name) != NULL && strlen(endpoint->type) <= strlen(announced->type.dds_name));
  EXPECT(endpoint->node_name[0] == '\0');
  expect_hash(endpoint->type_hash, announced);
}

static void ignore_misfit(const whorl_misfit_t *misfit, void *arg)
{
  (void)arg;
  EXPECT(misfit->writer != NULL && misfit->reader != NULL);
}

static void try_both_ends(announced_t *announced)
{
  static const whorl_graph_options_t in_dds = {.dds_names = true};
  const whorl__transport_ops_t *ops = world.stranger->ops;
  const whorl__endpoint_options_t options = {
      .type = &announced->type, .topic = announced->topic, .user_data = announced->user_data, .qos = world.qos};
  whorl__writer_t *writer;
  whorl__reader_t *reader;
  EXPECT(ops->writer_open(world.stranger, &options, &writer) == WHORL_OK);
  EXPECT(ops->reader_open(world.stranger, &options, &reader) == WHORL_OK);
  run();
  announced->gid = writer->gid;
  EXPECT(whorl_node_visit_publishers(world.node, announced->topic, &in_dds, expect_announced, announced) == WHORL_OK &&
         announced->seen == 1);
  announced->gid = reader->gid;
  EXPECT(whorl_node_visit_subscriptions(world.node, announced->topic, &in_dds, expect_announced, announced) == WHORL_OK &&
         announced->seen == 2);
  EXPECT(whorl_node_visit_topics(world.node, NULL, ignore_names, NULL) == WHORL_OK);
  EXPECT(whorl_node_visit_topics(world.node, &in_dds, ignore_names, NULL) == WHORL_OK);
  EXPECT(whorl_node_visit_services(world.node, NULL, ignore_names, NULL) == WHORL_OK);
  EXPECT(whorl_node_visit_actions(world.node, NULL, ignore_names, NULL) == WHORL_OK);
  EXPECT(whorl_node_visit_misfits(world.node, &in_dds, ignore_misfit, NULL) == WHORL_OK);
  ops->reader_close(reader);
  ops->writer_close(writer);
  run();
}

// Topic, type, USER_DATA and hash, with bytes of value 1 between them.
static void try_endpoint(const uint8_t *data, size_t size)
{
  enum { PIECES = 4 };
  static const size_t rooms[PIECES] = {WHORL__DDS_NAME_SIZE, LONGEST, LONGEST, sizeof((announced_t *)0)->type.hash};
  char pieces[PIECES][LONGEST] = {"", "", "", ""};
  const uint8_t *end = data + size;
  for (int i = 0; i < PIECES && data < end; i++) {
    size_t length = 0;
    while (data + length < end && data[length] > 1) length++;
    memcpy(pieces[i], data, length < rooms[i] ? length : rooms[i] - 1);
    data += length + (data + length < end);
  }
  char *before = list_nodes();
  announced_t announced = {.topic = pieces[0], .user_data = pieces[2], .type = {.ros_name = "stranger", .dds_name = pieces[1]}};
  memcpy(announced.type.hash, pieces[3], sizeof announced.type.hash);
  try_both_ends(&announced);
  char *after = list_nodes();
  EXPECT(strcmp(before, after) == 0);
  free(before);
  free(after);
}

// --- inputs

static const char *const endpoints[] = {
    "rt/chatter\1std_msgs::msg::dds_::String_\1\1RIHS01_df668c740482bbd48fb39d76a70dfd4bd59db1288021743503259e948f6b1a18",
    "rq/addRequest\1example_interfaces::srv::dds_::AddTwoInts_Request_\1clientid= 1.10.7f.a1.72.32.ea.20.5.ac.70.8c.0.0.0.1;\1RIHS01_",
    "rr/addReply\1example_interfaces::srv::dds_::AddTwoInts_Response_\1serviceid= 1.10.7f;typehash=RIHS01_00;\1",
    "rt/fibonacci/_action/feedback\1example_interfaces::action::dds_::Fibonacci_FeedbackMessage_\1;;=;\1",
    "rt/near\1std_msgs::msg::dds_::String_\1typehash_RIHS01_df668c740482bbd48fb39d76a70dfd4bd59db1288021743503259e948f6b1a18;\1"};

// Two nodes that both name the stranger's writer.
static size_t tell_of_two(uint8_t *data, size_t room)
{
  uint8_t gids[2][GID];
  size_t size;
  description_t description;
  memcpy(gids[0], world.writer->gid, GID);
  memcpy(gids[1], world.writer->gid, GID);
  whorl__peer_node_t nodes[2] = {{.name = "a", .node_namespace = "/", .writers = gids, .writer_count = 2},
                                 {.name = "b", .node_namespace = "/c", .writers = gids, .writer_count = 1}};
  describe(&(whorl__peer_t){.node_count = 2, .nodes = nodes}, &description);
  if (whorl__cdr_encode(world.type, &description, data + 1, room - 1, &size) < 0) size = 0;
  free(description.node_entities_info_seq.data);
  data[0] = SAMPLE;
  return size + 1;
}

static size_t begin_anew(uint8_t *data, size_t room, unsigned which)
{
  enum { DESCRIPTIONS = sizeof captured_peers / sizeof captured_peers[0], ENDPOINTS = sizeof endpoints / sizeof endpoints[0] };
  which %= DESCRIPTIONS + ENDPOINTS + 1;
  if (which == DESCRIPTIONS + ENDPOINTS) return tell_of_two(data, room);
  if (which >= DESCRIPTIONS) {
    size_t length = strlen(endpoints[which - DESCRIPTIONS]);
    if (length + 1 > room) return 0;
    data[0] = ENDPOINT;
    memcpy(data + 1, endpoints[which - DESCRIPTIONS], length);
    return length + 1;
  }
  captured_bytes_t bytes = captured_bytes_from(captured_peers[which]);
  if (bytes.size + 1 > room) return 0;
  data[0] = SAMPLE;
  memcpy(data + 1, bytes.at, bytes.size);
  return bytes.size + 1;
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
  if (size < 2 || seed % 16 == 0) size = begin_anew(data, room, seed / 16);
  if (seed % 16 == 1 && size > GID) memcpy(data + 1 + seed / 16 % (size - GID), world.writer->gid, GID);
  return LLVMFuzzerMutate(data, size, room);
}

static void try_input(const uint8_t *data, size_t size)
{
  captured_bytes_t nobody = captured_bytes_from(captured_peers[CAPTURED_END]);
  uint8_t *exact = malloc(size - 1); // of its own: the end is watched
  memcpy(exact, data + 1, size - 1);
  if (data[0] % 2 == SAMPLE)
    try_sample(exact, size - 1);
  else
    try_endpoint(exact, size - 1);
  free(exact);
  say(nobody.at, nobody.size);
}

static int64_t count_blocks(void)
{
  whorl__cdr_trim(); // buffers are kept by size
  return whorl__memory_blocks();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static int64_t blocks; // whatever was said: when the stranger has no nodes any more, all is as it was
  uint8_t first[LONGEST];
  if (world.writer == NULL) {
    open_world();
    for (unsigned i = 0; i <= 9; i++) try_input(first, begin_anew(first, sizeof first, i));
    blocks = count_blocks();
  }
  if (size == 0) return 0;
  try_input(data, size);
  EXPECT(count_blocks() == blocks);
  return 0;
}
