// Who is in the graph: names and counts. Own nodes are the tree's, the others' the peers', endpoints the transport's.
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "base/name.h"
#include "node/graph.h"
#include "node/graph_query.h"
#include "node/node.h"
#include "node/publisher.h"
#include "whorl/graph.h"

// --- nodes

typedef struct visit {
  void (*node)(void *arg, const char *name, const char *node_namespace);
  void *arg;
} visit_t;

static void visit_peer(void *arg, const whorl__peer_t *peer)
{
  const visit_t *visit = arg;
  for (size_t i = 0; i < peer->node_count; i++) visit->node(visit->arg, peer->nodes[i].name, peer->nodes[i].node_namespace);
}

void whorl__graph_visit_nodes(whorl__context_t *context, void (*node)(void *arg, const char *name, const char *node_namespace), void *arg)
{
  visit_t visit = {node, arg};
  pthread_mutex_lock(&context->lock);
  for (whorl__link_t *link = whorl__list_first(&context->nodes); link != NULL; link = whorl__list_next(&context->nodes, link)) {
    const whorl__node_t *own = WHORL__CONTAINER(link, whorl__node_t, link);
    node(arg, own->name, own->node_namespace);
  }
  pthread_mutex_unlock(&context->lock);
  whorl__peers_visit(whorl__graph_peers(context), visit_peer, &visit);
}

int whorl__graph_full_node_name(const char *name, char ret_full[static WHORL__NAME_FQN_SIZE])
{
  const char *slash = name[0] == '/' ? "" : "/";
  size_t length = strlen(name);
  if (length + 2 > WHORL__NAME_FQN_SIZE) return whorl__fail(WHORL_INVALID_NAME, "a node's full name of %zu bytes is too long", length);
  memcpy(ret_full, slash, strlen(slash));
  memcpy(ret_full + strlen(slash), name, length + 1);
  char node_namespace[WHORL__NAME_FQN_SIZE];
  const char *last = strrchr(ret_full, '/');
  memcpy(node_namespace, ret_full, (size_t)(last - ret_full));
  node_namespace[last - ret_full] = '\0';
  if (node_namespace[0] != '\0') WHORL_TRY(whorl__name_check(WHORL__NAME_NAMESPACE, node_namespace));
  return whorl__name_check(WHORL__NAME_NODE, last + 1);
}

// Names from the wire may be longer than any that is looked for.
bool whorl__graph_is_named(const char *full_name, const char *name, const char *node_namespace)
{
  size_t before = strcmp(node_namespace, "/") == 0 ? 0 : strlen(node_namespace);
  if (strncmp(full_name, node_namespace, before) != 0 || full_name[before] != '/') return false;
  return strcmp(full_name + before + 1, name) == 0;
}

typedef struct owner {
  const uint8_t *gid, *participant_gid;
  bool is_writer;
  char *name;
  size_t size;
} owner_t;

static bool peer_node_has(const whorl__peer_node_t *node, const owner_t *owner)
{
  size_t count = owner->is_writer ? node->writer_count : node->reader_count;
  const uint8_t(*gids)[16] = owner->is_writer ? node->writers : node->readers;
  for (size_t i = 0; i < count; i++)
    if (memcmp(gids[i], owner->gid, 16) == 0) return true;
  return false;
}

static void visit_owner(void *arg, const whorl__peer_t *peer)
{
  const owner_t *owner = arg;
  if (memcmp(peer->gid, owner->participant_gid, 16) != 0) return;
  for (size_t i = 0; i < peer->node_count; i++) {
    const whorl__peer_node_t *node = &peer->nodes[i];
    if (peer->node_count > 1 && !peer_node_has(node, owner)) continue;
    snprintf(owner->name, owner->size, "%s%s%s", node->node_namespace, strcmp(node->node_namespace, "/") == 0 ? "" : "/", node->name);
  }
}

static bool node_has(const whorl__node_t *node, const owner_t *owner) // tree lock held
{
  for (whorl__link_t *link = whorl__list_first(&node->entities); link != NULL; link = whorl__list_next(&node->entities, link)) {
    const whorl__entity_t *entity = WHORL__CONTAINER(link, whorl__entity_t, link);
    if (owner->is_writer ? entity->is_writer && memcmp(entity->writer_gid, owner->gid, 16) == 0
                         : entity->is_reader && memcmp(entity->reader_gid, owner->gid, 16) == 0)
      return true;
  }
  return false;
}

void whorl__graph_find_owner(whorl__context_t *context, const whorl__remote_endpoint_t *endpoint, char *ret_name, size_t size)
{
  owner_t owner = {endpoint->gid, endpoint->participant_gid, endpoint->is_writer, ret_name, size};
  ret_name[0] = '\0';
  pthread_mutex_lock(&context->lock);
  for (whorl__link_t *link = whorl__list_first(&context->nodes); link != NULL; link = whorl__list_next(&context->nodes, link)) {
    const whorl__node_t *own = WHORL__CONTAINER(link, whorl__node_t, link);
    if (node_has(own, &owner)) snprintf(ret_name, size, "%s", own->full_name);
  }
  pthread_mutex_unlock(&context->lock);
  if (ret_name[0] == '\0') whorl__peers_visit(whorl__graph_peers(context), visit_owner, &owner);
}

// A copy of all names, as the user's visitor may do what it likes: name, NUL, namespace, NUL, ...
typedef struct names {
  char *text;
  size_t size, capacity;
  bool no_memory;
} names_t;

static void add_text(names_t *names, const char *text)
{
  size_t size = strlen(text) + 1;
  if (names->size + size > names->capacity) {
    size_t capacity = 2 * (names->size + size) + 256;
    char *grown = whorl__realloc(names->text, capacity);
    if (grown == NULL) {
      names->no_memory = true;
      return;
    }
    names->text = grown;
    names->capacity = capacity;
  }
  memcpy(names->text + names->size, text, size);
  names->size += size;
}

static void add_node(void *arg, const char *name, const char *node_namespace)
{
  names_t *names = arg;
  if (!names->no_memory) add_text(names, name);
  if (!names->no_memory) add_text(names, node_namespace);
}

int whorl_node_visit_nodes(whorl_node_t handle, whorl_node_visitor_t visit, void *arg)
{
  whorl__node_t *node;
  names_t names = {0};
  if (visit == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_node_visit_nodes: visit is NULL");
  WHORL_TRY(whorl__node_pin(handle, &node));
  whorl__graph_visit_nodes(node->context, add_node, &names);
  whorl__node_unpin(node);
  int status = names.no_memory ? whorl__fail(WHORL_NO_MEMORY, "no memory for the names of the nodes") : WHORL_OK;
  for (size_t at = 0; status == WHORL_OK && at < names.size;) {
    const char *name = names.text + at, *node_namespace = name + strlen(name) + 1;
    at += strlen(name) + strlen(node_namespace) + 2;
    visit(name, node_namespace, arg);
  }
  whorl__free(names.text);
  return status;
}

// --- endpoints

// What is counted: writers or readers on a topic of DDS.
typedef struct counted {
  const char *what; // "topic", "service"
  whorl__dds_topic_kind_t kind;
  bool writers;
} counted_t;

typedef struct count {
  const counted_t *counted;
  char topic[WHORL__DDS_NAME_SIZE];
  size_t count;
} count_t;

static void count_one(void *arg, const whorl__remote_endpoint_t *endpoint)
{
  count_t *self = arg;
  self->count += endpoint->is_writer == self->counted->writers && strcmp(endpoint->dds_topic, self->topic) == 0;
}

// Pinned.
static int count_endpoints(const whorl__node_t *node, const char *name, count_t *count)
{
  char full[WHORL__NAME_TOPIC_SIZE];
  whorl__participant_t *participant = node->context->participant;
  WHORL_TRY(whorl__name_expand(count->counted->what, name, node->name, node->node_namespace, full));
  WHORL_TRY(whorl__dds_topic_name(count->counted->kind, full, false, count->topic, sizeof count->topic));
  return participant->ops->discovery_visit(participant, count_one, count);
}

static int count_on(const counted_t *counted, whorl_node_t handle, const char *name, size_t *ret_count)
{
  whorl__node_t *node;
  count_t count = {.counted = counted};
  if (name == NULL || ret_count == NULL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "counting on a %s: %s is NULL", counted->what, name == NULL ? counted->what : "ret_count");
  WHORL_TRY(whorl__node_pin(handle, &node));
  int status = count_endpoints(node, name, &count);
  whorl__node_unpin(node);
  if (status == WHORL_OK) *ret_count = count.count;
  return status;
}

int whorl_node_count_publishers(whorl_node_t node, const char *topic, size_t *ret_count)
{
  static const counted_t publishers = {"topic", WHORL__DDS_TOPIC, true};
  return count_on(&publishers, node, topic, ret_count);
}

int whorl_node_count_subscribers(whorl_node_t node, const char *topic, size_t *ret_count)
{
  static const counted_t subscribers = {"topic", WHORL__DDS_TOPIC, false};
  return count_on(&subscribers, node, topic, ret_count);
}

// By the readers: a server has one of requests, a client one of replies.
int whorl_node_count_services(whorl_node_t node, const char *service, size_t *ret_count)
{
  static const counted_t servers = {"service", WHORL__DDS_REQUEST, false};
  return count_on(&servers, node, service, ret_count);
}

int whorl_node_count_clients(whorl_node_t node, const char *service, size_t *ret_count)
{
  static const counted_t clients = {"service", WHORL__DDS_REPLY, false};
  return count_on(&clients, node, service, ret_count);
}

int whorl_node_read_graph_counts(whorl_node_t handle, whorl_graph_counts_t *ret_counts)
{
  whorl__node_t *node;
  if (ret_counts == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_node_read_graph_counts: ret_counts is NULL");
  WHORL_TRY(whorl__node_pin(handle, &node));
  whorl__peers_counts_t counts = whorl__peers_read_counts(whorl__graph_peers(node->context));
  whorl__node_unpin(node);
  *ret_counts = (whorl_graph_counts_t){.samples = counts.samples, .malformed = counts.malformed, .lost = counts.lost};
  return WHORL_OK;
}
