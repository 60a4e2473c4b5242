// The endpoints of a topic, one by one, with their nodes and QoS.
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "node/graph_query.h"
#include "node/graph_snapshot.h"
#include "node/node.h"
#include "node/remap.h"
#include "node/service_id.h"
#include "whorl/graph.h"

enum { HASH_BEGIN = 7, HASH_DIGITS = 64 };

static bool is_hash(const char *text)
{
  return strncmp(text, "RIHS01_", HASH_BEGIN) == 0 && strspn(text + HASH_BEGIN, "0123456789abcdef") == HASH_DIGITS &&
         text[HASH_BEGIN + HASH_DIGITS] == '\0';
}

static whorl_endpoint_kind_t kind_of(const whorl__seen_endpoint_t *endpoint)
{
  bool is_writer = endpoint->base.is_writer;
  if (!endpoint->is_ros || endpoint->kind == WHORL__DDS_TOPIC) return is_writer ? WHORL_ENDPOINT_PUBLISHER : WHORL_ENDPOINT_SUBSCRIPTION;
  return is_writer == (endpoint->kind == WHORL__DDS_REQUEST) ? WHORL_ENDPOINT_CLIENT : WHORL_ENDPOINT_SERVICE;
}

void whorl__graph_describe(const whorl__seen_endpoint_t *endpoint, whorl__described_endpoint_t *ret_described)
{
  whorl_endpoint_info_t *info = &ret_described->info;
  char *hash = ret_described->type_hash;
  if (!whorl__user_data_read(endpoint->base.user_data, "typehash", hash, sizeof ret_described->type_hash) || !is_hash(hash)) hash[0] = '\0';
  *info = (whorl_endpoint_info_t){.kind = kind_of(endpoint),
                                  .name = endpoint->name,
                                  .type = endpoint->type,
                                  .type_hash = hash,
                                  .node_name = endpoint->node != NULL ? endpoint->node->name : "",
                                  .node_namespace = endpoint->node != NULL ? endpoint->node->node_namespace : "",
                                  .qos = endpoint->base.qos};
  memcpy(info->gid, endpoint->base.gid, sizeof info->gid);
}

int whorl__graph_take_snapshot(whorl_node_t handle, whorl__snapshot_t *ret_snapshot)
{
  whorl__node_t *node;
  WHORL_TRY(whorl__node_pin(handle, &node));
  int status = whorl__snapshot_take(node->context, ret_snapshot);
  whorl__node_unpin(node);
  if (status < 0) whorl__snapshot_fini(ret_snapshot);
  return status;
}

// --- of one topic

typedef struct question {
  const char *call; // for sentences
  bool writers;
} question_t;

// The topic's name in DDS, from what the user says, by the rules and remaps of the node.
static int read_topic(whorl_node_t handle, const char *topic, char ret_name[static WHORL__DDS_NAME_SIZE])
{
  whorl__node_t *node;
  char *full = NULL;
  WHORL_TRY(whorl__node_pin(handle, &node));
  int status = whorl__expand_name(node, "topic", topic, &WHORL_QOS_DEFAULT, &full);
  whorl__node_unpin(node);
  if (status == WHORL_OK) status = whorl__dds_topic_name(WHORL__DDS_TOPIC, full, false, ret_name, WHORL__DDS_NAME_SIZE);
  whorl__free(full);
  return status;
}

static int ask(const question_t *question, whorl_node_t node, const char *topic, const whorl_graph_options_t *options,
               whorl_endpoint_visitor_t visit, void *arg)
{
  char name[WHORL__DDS_NAME_SIZE];
  whorl__snapshot_t snapshot;
  if (topic == NULL || visit == NULL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "%s: %s is NULL", question->call, topic == NULL ? "topic" : "visit");
  bool is_dds_name = options != NULL && options->dds_names;
  if (!is_dds_name) WHORL_TRY(read_topic(node, topic, name));
  WHORL_TRY(whorl__graph_take_snapshot(node, &snapshot));
  for (whorl__link_t *link = whorl__list_first(&snapshot.endpoints); link != NULL; link = whorl__list_next(&snapshot.endpoints, link)) {
    const whorl__seen_endpoint_t *endpoint = WHORL__CONTAINER(link, whorl__seen_endpoint_t, link);
    whorl__described_endpoint_t described;
    if (endpoint->base.is_writer != question->writers || strcmp(endpoint->base.dds_topic, is_dds_name ? topic : name) != 0) continue;
    whorl__graph_describe(endpoint, &described);
    visit(&described.info, arg);
  }
  whorl__snapshot_fini(&snapshot);
  return WHORL_OK;
}

int whorl_node_visit_publishers(whorl_node_t node, const char *topic, const whorl_graph_options_t *options, whorl_endpoint_visitor_t visit,
                                void *arg)
{
  static const question_t publishers = {"whorl_node_visit_publishers", true};
  return ask(&publishers, node, topic, options, visit, arg);
}

int whorl_node_visit_subscriptions(whorl_node_t node, const char *topic, const whorl_graph_options_t *options,
                                   whorl_endpoint_visitor_t visit, void *arg)
{
  static const question_t subscriptions = {"whorl_node_visit_subscriptions", false};
  return ask(&subscriptions, node, topic, options, visit, arg);
}
