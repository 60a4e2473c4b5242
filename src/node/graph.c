#include "node/graph.h"

#include <string.h>

#include <rmw_dds_common/msg/gid.h>
#include <rmw_dds_common/msg/node_entities_info.h>
#include <rmw_dds_common/msg/participant_entities_info.h>
#include <rosidl_runtime_c/string_functions.h>

#include "base/detail.h"
#include "base/memory.h"
#include "node/entity.h"
#include "node/humble_state.h"
#include "whorl/time.h"

typedef rmw_dds_common__msg__ParticipantEntitiesInfo participant_info_t;
typedef rmw_dds_common__msg__NodeEntitiesInfo node_info_t;
typedef rmw_dds_common__msg__Gid entity_gid_t;

struct whorl__graph {
  whorl__context_t *context;
  whorl__writer_t *writer;
  whorl__peers_t *peers;
  whorl__changes_t *changes;
  // Held from snapshot to write, so that samples go out in the order of the states they show. Outside the tree lock; taken by whorl__graph_update only, never by a hook.
  pthread_mutex_t order;
  // A sample that the middleware would not take yet is made up for by the reaper; both under `order`.
  whorl__reaper_job_t retry;
  bool retrying, closing;
  unsigned holds; // so many ask for updates to wait; `stale`: one does. Both under `order`
  bool stale;
};

static void count_endpoints(const whorl__node_t *node, size_t *ret_readers, size_t *ret_writers)
{
  for (whorl__link_t *link = whorl__list_first(&node->entities); link != NULL; link = whorl__list_next(&node->entities, link)) {
    const whorl__entity_t *entity = WHORL__CONTAINER(link, whorl__entity_t, link);
    *ret_readers += entity->is_reader;
    *ret_writers += entity->is_writer;
  }
  *ret_readers += node->hears_clock;
}

static bool fill_node(const whorl__node_t *node, node_info_t *info)
{
  size_t readers = 0, writers = 0;
  count_endpoints(node, &readers, &writers);
  if (!rosidl_runtime_c__String__assign(&info->node_namespace, node->node_namespace) ||
      !rosidl_runtime_c__String__assign(&info->node_name, node->name))
    return false;
  if (!rmw_dds_common__msg__Gid__Sequence__init(&info->reader_gid_seq, readers)) return false;
  if (!rmw_dds_common__msg__Gid__Sequence__init(&info->writer_gid_seq, writers)) return false;
  entity_gid_t *reader = info->reader_gid_seq.data, *writer = info->writer_gid_seq.data;
  for (whorl__link_t *link = whorl__list_first(&node->entities); link != NULL; link = whorl__list_next(&node->entities, link)) {
    const whorl__entity_t *entity = WHORL__CONTAINER(link, whorl__entity_t, link);
    if (entity->is_reader) memcpy((reader++)->data, entity->reader_gid, sizeof entity->reader_gid);
    if (entity->is_writer) memcpy((writer++)->data, entity->writer_gid, sizeof entity->writer_gid);
  }
  if (node->hears_clock) memcpy(reader->data, node->clock_gid, sizeof node->clock_gid);
  return true;
}

// Tree lock held.
static bool fill(whorl__context_t *context, participant_info_t *info)
{
  size_t count = 0;
  for (whorl__link_t *link = whorl__list_first(&context->nodes); link != NULL; link = whorl__list_next(&context->nodes, link)) count++;
  memcpy(info->gid.data, context->participant->gid, sizeof info->gid.data);
  if (!rmw_dds_common__msg__NodeEntitiesInfo__Sequence__init(&info->node_entities_info_seq, count)) return false;
  node_info_t *node_info = info->node_entities_info_seq.data;
  for (whorl__link_t *link = whorl__list_first(&context->nodes); link != NULL; link = whorl__list_next(&context->nodes, link))
    if (!fill_node(WHORL__CONTAINER(link, whorl__node_t, link), node_info++)) return false;
  return true;
}

static void retry(whorl__reaper_job_t *job)
{
  whorl__graph_t *graph = WHORL__CONTAINER(job, whorl__graph_t, retry);
  whorl__futex_parker_t parker;
  whorl__futex_parker_init(&parker);
  whorl__parker_park(&parker.base, whorl__parker_now(&parker.base) + WHORL_MILLISECONDS(10));
  pthread_mutex_lock(&graph->order);
  graph->retrying = false;
  bool closing = graph->closing;
  pthread_mutex_unlock(&graph->order);
  if (!closing) whorl__graph_update(graph->context);
}

static int write_humble(whorl__writer_t *writer, const participant_info_t *info)
{
  uint8_t *bytes;
  size_t size;
  WHORL_TRY(whorl__humble_state_make(info, &bytes, &size));
  int status = writer->participant->ops->write_cdr(writer, bytes, size);
  whorl__free(bytes);
  return status;
}

static int write_state(whorl__graph_t *graph)
{
  whorl__context_t *context = graph->context;
  participant_info_t info;
  if (!rmw_dds_common__msg__ParticipantEntitiesInfo__init(&info)) return WHORL_NO_MEMORY;
  pthread_mutex_lock(&context->lock);
  int status = fill(context, &info) ? WHORL_OK : WHORL_NO_MEMORY;
  pthread_mutex_unlock(&context->lock);
  if (status == WHORL_OK && context->humble_gids)
    status = write_humble(graph->writer, &info);
  else if (status == WHORL_OK)
    status = context->participant->ops->write_copy(graph->writer, &info);
  rmw_dds_common__msg__ParticipantEntitiesInfo__fini(&info);
  return status;
}

void whorl__graph_update(whorl__context_t *context)
{
  whorl__graph_t *graph = context->graph;
  pthread_mutex_lock(&graph->order);
  int status = WHORL_OK;
  if (graph->holds > 0)
    graph->stale = true;
  else
    status = write_state(graph);
  if (status < 0 && context->reaper != NULL && !graph->retrying && !graph->closing) {
    graph->retrying = true;
    graph->retry.run = retry;
    whorl__reaper_add(context->reaper, &graph->retry);
  }
  pthread_mutex_unlock(&graph->order);
  whorl__graph_tell(context);
}

void whorl__graph_hold(whorl__context_t *context)
{
  whorl__graph_t *graph = context->graph;
  pthread_mutex_lock(&graph->order);
  graph->holds++;
  pthread_mutex_unlock(&graph->order);
}

void whorl__graph_let_go(whorl__context_t *context)
{
  whorl__graph_t *graph = context->graph;
  pthread_mutex_lock(&graph->order);
  bool stale = --graph->holds == 0 && graph->stale;
  if (stale) graph->stale = false;
  pthread_mutex_unlock(&graph->order);
  if (stale) whorl__graph_update(context);
}

void whorl__graph_end(whorl__graph_t *graph)
{
  pthread_mutex_lock(&graph->order);
  graph->closing = true;
  pthread_mutex_unlock(&graph->order);
  whorl__peers_end(graph->peers);
}

whorl__peers_t *whorl__graph_peers(const whorl__context_t *context) { return context->graph->peers; }
whorl__changes_t *whorl__graph_changes(const whorl__context_t *context) { return context->graph->changes; }
void whorl__graph_tell(const whorl__context_t *context) { whorl__changes_tell(context->graph->changes); }

static whorl__endpoint_options_t endpoint_options(const whorl__type_t *type, whorl_history_t history)
{
  whorl_qos_t qos = {.history = history,
                     .depth = 1,
                     .reliability = WHORL_RELIABILITY_RELIABLE,
                     .durability = WHORL_DURABILITY_TRANSIENT_LOCAL,
                     .avoid_ros_namespace_conventions = true};
  whorl__endpoint_options_t options = {.type = type, .topic = "ros_discovery_info", .ignore_local = true, .keep_all_limit = 1024};
  (void)whorl__qos_resolve(&qos, &options.qos);
  return options;
}

static int open_endpoints(whorl__graph_t *graph)
{
  const whorl__transport_ops_t *ops = graph->context->participant->ops;
  const whorl__type_t *type;
  WHORL_TRY(whorl__type_get(WHORL_MESSAGE(rmw_dds_common, msg, ParticipantEntitiesInfo), &type));
  whorl__endpoint_options_t options = endpoint_options(type, WHORL_HISTORY_KEEP_LAST);
  WHORL_TRY(ops->writer_open(graph->context->participant, &options, &graph->writer));
  options = endpoint_options(type, WHORL_HISTORY_KEEP_ALL);
  int status = whorl__peers_open(graph->context, &options, graph->changes, &graph->peers);
  if (status < 0) ops->writer_close(graph->writer);
  return status;
}

int whorl__graph_open(whorl__context_t *context, whorl__graph_t **ret_graph)
{
  whorl__graph_t *graph = whorl__alloc(sizeof *graph);
  if (graph == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a context");
  graph->context = context;
  graph->changes = whorl__changes_create();
  int status = graph->changes != NULL ? open_endpoints(graph) : whorl__fail(WHORL_NO_MEMORY, "no memory for a context");
  if (status < 0) {
    if (graph->changes != NULL) whorl__changes_release(graph->changes);
    whorl__free(graph);
    return status;
  }
  pthread_mutex_init(&graph->order, NULL);
  *ret_graph = graph;
  return WHORL_OK;
}

void whorl__graph_close(whorl__graph_t *graph)
{
  whorl__peers_close(graph->peers);
  graph->context->participant->ops->writer_close(graph->writer);
  whorl__changes_close(graph->changes);
  whorl__changes_release(graph->changes);
  pthread_mutex_destroy(&graph->order);
  whorl__free(graph);
}
