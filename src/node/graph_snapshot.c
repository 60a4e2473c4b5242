#include "node/graph_snapshot.h"

#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "node/entity.h"
#include "node/graph.h"
#include "node/node.h"

enum { GID = 16 };

typedef struct collection {
  whorl__snapshot_t *snapshot;
  whorl__seen_endpoint_t **sorted; // by GID
  size_t count;
  bool no_memory;
} collection_t;

static whorl__seen_node_t *node_at(whorl__link_t *link) { return WHORL__CONTAINER(link, whorl__seen_node_t, link); }
static whorl__seen_endpoint_t *endpoint_at(whorl__link_t *link) { return WHORL__CONTAINER(link, whorl__seen_endpoint_t, link); }

bool whorl__cut_ending(char *text, const char *ending)
{
  size_t length = strlen(text), end = strlen(ending);
  if (length <= end || strcmp(text + length - end, ending) != 0) return false;
  text[length - end] = '\0';
  return true;
}

// --- endpoints

static char *copy(char **room, const char *text)
{
  size_t size = strlen(text) + 1;
  char *copied = memcpy(*room, text, size);
  *room += size;
  return copied;
}

// ROS's names are never longer than those of DDS, of which the buffers hold copies.
static void read_names(whorl__seen_endpoint_t *endpoint)
{
  const whorl__remote_endpoint_t *base = &endpoint->base;
  endpoint->is_ros = whorl__dds_topic_parse(base->dds_topic, &endpoint->kind, endpoint->name, strlen(base->dds_topic) + 1) == WHORL_OK;
  (void)whorl__dds_type_parse(base->dds_type, endpoint->type, strlen(base->dds_type) + 1);
  if (!endpoint->is_ros || endpoint->kind == WHORL__DDS_TOPIC) return;
  if (whorl__cut_ending(endpoint->type, "_Request") || whorl__cut_ending(endpoint->type, "_Response")) return;
  endpoint->is_ros = false;
  memcpy(endpoint->name, base->dds_topic, strlen(base->dds_topic) + 1);
  memcpy(endpoint->type, base->dds_type, strlen(base->dds_type) + 1);
}

static void add_endpoint(void *arg, const whorl__remote_endpoint_t *found)
{
  collection_t *collection = arg;
  size_t size = 2 * (strlen(found->dds_topic) + strlen(found->dds_type) + 2) + strlen(found->user_data) + 1;
  whorl__seen_endpoint_t *endpoint = whorl__alloc(sizeof *endpoint + size);
  if (endpoint == NULL) {
    collection->no_memory = true;
    return;
  }
  char *room = (char *)(endpoint + 1);
  endpoint->base = *found;
  endpoint->base.dds_topic = copy(&room, found->dds_topic);
  endpoint->base.dds_type = copy(&room, found->dds_type);
  endpoint->base.user_data = copy(&room, found->user_data);
  endpoint->name = copy(&room, found->dds_topic);
  endpoint->type = copy(&room, found->dds_type);
  read_names(endpoint);
  whorl__list_append(&collection->snapshot->endpoints, &endpoint->link);
  collection->count++;
}

static int compare_endpoints(const void *left, const void *right)
{
  const whorl__seen_endpoint_t *const *a = left, *const *b = right;
  return memcmp((*a)->base.gid, (*b)->base.gid, GID);
}

static int sort_endpoints(collection_t *collection)
{
  const whorl__list_t *endpoints = &collection->snapshot->endpoints;
  if (collection->count == 0) return WHORL_OK;
  collection->sorted = whorl__alloc(collection->count * sizeof(whorl__seen_endpoint_t *));
  if (collection->sorted == NULL) return WHORL_NO_MEMORY;
  size_t at = 0;
  for (whorl__link_t *link = whorl__list_first(endpoints); link != NULL; link = whorl__list_next(endpoints, link))
    collection->sorted[at++] = endpoint_at(link);
  qsort(collection->sorted, collection->count, sizeof(whorl__seen_endpoint_t *), compare_endpoints);
  return WHORL_OK;
}

// --- nodes

static whorl__seen_node_t *add_node(collection_t *collection, const char *name, const char *node_namespace, size_t most_endpoints)
{
  size_t list = most_endpoints * sizeof(whorl__seen_endpoint_t *);
  whorl__seen_node_t *node = whorl__alloc(sizeof *node + list + strlen(name) + strlen(node_namespace) + 2);
  if (node == NULL) {
    collection->no_memory = true;
    return NULL;
  }
  char *room = (char *)&node->endpoints[most_endpoints];
  node->name = copy(&room, name);
  node->node_namespace = copy(&room, node_namespace);
  whorl__list_append(&collection->snapshot->nodes, &node->link);
  return node;
}

static int compare_with_gid(const void *gid, const void *element)
{
  const whorl__seen_endpoint_t *const *endpoint = element;
  return memcmp(gid, (*endpoint)->base.gid, GID);
}

static void give(const collection_t *collection, const uint8_t gid[GID], whorl__seen_node_t *node)
{
  if (collection->count == 0) return;
  whorl__seen_endpoint_t **found = bsearch(gid, collection->sorted, collection->count, sizeof *found, compare_with_gid);
  if (found == NULL) return;
  if ((*found)->node == NULL) (*found)->node = node;
  node->endpoints[node->endpoint_count++] = *found;
}

static size_t count_endpoints(const whorl__node_t *own)
{
  size_t count = own->hears_clock;
  for (whorl__link_t *link = whorl__list_first(&own->entities); link != NULL; link = whorl__list_next(&own->entities, link)) {
    const whorl__entity_t *entity = WHORL__CONTAINER(link, whorl__entity_t, link);
    count += (size_t)entity->is_reader + (size_t)entity->is_writer;
  }
  return count;
}

static void add_own_node(collection_t *collection, const whorl__node_t *own) // tree lock held
{
  whorl__seen_node_t *node = add_node(collection, own->name, own->node_namespace, count_endpoints(own));
  if (node == NULL) return;
  for (whorl__link_t *link = whorl__list_first(&own->entities); link != NULL; link = whorl__list_next(&own->entities, link)) {
    const whorl__entity_t *entity = WHORL__CONTAINER(link, whorl__entity_t, link);
    if (entity->is_reader) give(collection, entity->reader_gid, node);
    if (entity->is_writer) give(collection, entity->writer_gid, node);
  }
  if (own->hears_clock) give(collection, own->clock_gid, node);
}

static void add_own_nodes(collection_t *collection, whorl__context_t *context)
{
  pthread_mutex_lock(&context->lock);
  for (whorl__link_t *link = whorl__list_first(&context->nodes); link != NULL; link = whorl__list_next(&context->nodes, link))
    add_own_node(collection, WHORL__CONTAINER(link, whorl__node_t, link));
  pthread_mutex_unlock(&context->lock);
}

static void add_peer(void *arg, const whorl__peer_t *peer)
{
  collection_t *collection = arg;
  for (size_t i = 0; i < peer->node_count; i++) {
    const whorl__peer_node_t *described = &peer->nodes[i];
    whorl__seen_node_t *node = add_node(collection, described->name, described->node_namespace,
                                        described->reader_count + described->writer_count);
    if (node == NULL) return;
    for (size_t reader = 0; reader < described->reader_count; reader++) give(collection, described->readers[reader], node);
    for (size_t writer = 0; writer < described->writer_count; writer++) give(collection, described->writers[writer], node);
  }
}

// --- life

int whorl__snapshot_take(whorl__context_t *context, whorl__snapshot_t *snapshot)
{
  collection_t collection = {.snapshot = snapshot};
  whorl__list_init(&snapshot->nodes);
  whorl__list_init(&snapshot->endpoints);
  WHORL_TRY(context->participant->ops->discovery_visit(context->participant, add_endpoint, &collection));
  if (collection.no_memory || sort_endpoints(&collection) < 0) return whorl__fail(WHORL_NO_MEMORY, "no memory for what is in the graph");
  add_own_nodes(&collection, context);
  whorl__peers_visit(whorl__graph_peers(context), add_peer, &collection);
  whorl__free(collection.sorted);
  return collection.no_memory ? whorl__fail(WHORL_NO_MEMORY, "no memory for what is in the graph") : WHORL_OK;
}

void whorl__snapshot_fini(whorl__snapshot_t *snapshot)
{
  for (whorl__link_t *link; (link = whorl__list_pop(&snapshot->nodes)) != NULL;) whorl__free(node_at(link));
  for (whorl__link_t *link; (link = whorl__list_pop(&snapshot->endpoints)) != NULL;) whorl__free(endpoint_at(link));
}
