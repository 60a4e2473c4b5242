#include "node/group.h"

#include "base/detail.h"
#include "base/memory.h"

whorl__handle_table_t whorl__groups = WHORL__HANDLE_TABLE("callback group");

int whorl__group_pin(whorl_callback_group_t handle, whorl__group_t **ret_group)
{
  return whorl__handle_pin(&whorl__groups, handle.id, (void **)ret_group);
}
void whorl__group_unpin(whorl__group_t *group) { whorl__handle_unpin(&whorl__groups, group->id); }

int whorl__group_make(whorl__node_t *node, whorl_callback_group_kind_t kind, const whorl_callback_group_options_t *options,
                      whorl__group_t **ret_group)
{
  whorl__group_t *group = whorl__alloc(sizeof *group);
  if (group == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a callback group");
  group->node = node;
  group->kind = kind;
  group->manual = options->manual;
  atomic_init(&group->references, 1);
  whorl__mailbox_init(&group->mailbox, node->context->limbo,
                      kind == WHORL_CALLBACK_GROUP_EXCLUSIVE ? WHORL__MAILBOX_EXCLUSIVE : WHORL__MAILBOX_REENTRANT);
  group->mailbox.priority = options->priority;
  int status = whorl__handle_create(&whorl__groups, group, &group->id);
  if (status < 0) {
    whorl__free(group);
    return status;
  }
  *ret_group = group;
  return WHORL_OK;
}

int whorl__executor_check_room(const whorl__executor_seat_t *executor, size_t entities)
{
  if (executor->capacity == 0 || executor->entities + entities <= executor->capacity) return WHORL_OK;
  return whorl__fail(WHORL_LIMIT_EXCEEDED, "executor '%s' has room for %zu entities and %zu already: %zu more do not fit", executor->name,
                     executor->capacity, executor->entities, entities);
}

void whorl__group_join(whorl__group_t *group, whorl__executor_seat_t *executor, bool by_hand)
{
  executor->entities += group->entities;
  group->executor = executor;
  group->by_hand = by_hand;
  whorl__mailbox_move(&group->mailbox, executor->core);
}

void whorl__group_leave(whorl__group_t *group)
{
  if (group->executor == NULL) return;
  whorl__mailbox_move(&group->mailbox, group->node->context->limbo);
  group->executor->entities -= group->entities;
  group->executor = NULL;
  group->by_hand = false;
}

// --- With the node

void whorl__groups_end(whorl__node_t *node)
{
  for (whorl__link_t *link = whorl__list_first(&node->groups); link != NULL; link = whorl__list_next(&node->groups, link))
    whorl__group_leave(WHORL__CONTAINER(link, whorl__group_t, link));
}

void whorl__groups_free(whorl__node_t *node)
{
  for (whorl__link_t *link; (link = whorl__list_pop(&node->groups)) != NULL;)
    whorl__group_free(WHORL__CONTAINER(link, whorl__group_t, link));
}

// --- For entities

static int check_owner(const whorl__group_t *group, const whorl__node_t *node)
{
  if (group->node == node) return WHORL_OK;
  return whorl__fail(WHORL_INVALID_ARGUMENT, "the callback group belongs to node '%s', not to '%s'", group->node->full_name,
                     node->full_name);
}

// Tree lock held. From now on the group cannot be destroyed.
static int count_entity(whorl__group_t *group)
{
  if (group->ending) return whorl__fail(WHORL_DESTROYED, "the callback group was destroyed");
  if (group->executor != NULL) {
    WHORL_TRY(whorl__executor_check_room(group->executor, 1));
    group->executor->entities++;
  }
  group->entities++;
  atomic_fetch_add(&group->references, 1);
  return WHORL_OK;
}

static void leave_node(whorl__group_t *group) // tree lock held
{
  whorl__list_remove(&group->link);
  whorl__group_leave(group);
}

whorl__group_t *whorl__group_leave_entity(whorl__group_t *group)
{
  group->entities--;
  if (group->executor != NULL) group->executor->entities--;
  if (!group->ending || group->entities > 0) return NULL;
  leave_node(group);
  return group;
}

void whorl__group_end(whorl_callback_group_t handle)
{
  whorl__group_t *group;
  if (whorl__group_pin(handle, &group) < 0) return; // the node has gone, or there was none
  pthread_mutex_lock(&group->node->context->lock);
  bool goes = !group->ending && group->entities == 0;
  group->ending = true;
  if (goes) leave_node(group);
  pthread_mutex_unlock(&group->node->context->lock);
  whorl__group_unpin(group);
  if (goes) whorl__group_free(group);
}

void whorl__group_free(whorl__group_t *group)
{
  (void)whorl__handle_retire(&whorl__groups, group->id, 0); // it waits for those who look at the group
  whorl__group_unref(group);
}

void whorl__group_unref(whorl__group_t *group)
{
  if (atomic_fetch_sub(&group->references, 1) == 1) whorl__free(group);
}

int whorl__group_enter(whorl__node_t *node, whorl_callback_group_t handle, whorl__group_t **ret_group)
{
  whorl__group_t *group;
  WHORL_TRY(whorl__group_pin(handle.id != 0 ? handle : (whorl_callback_group_t){node->default_group->id}, &group));
  int status = check_owner(group, node);
  if (status == WHORL_OK) {
    pthread_mutex_lock(&node->context->lock);
    status = count_entity(group);
    pthread_mutex_unlock(&node->context->lock);
  }
  whorl__group_unpin(group);
  if (status == WHORL_OK) *ret_group = group;
  return status;
}

// --- For users

int whorl_callback_group_create(whorl_node_t node_handle, whorl_callback_group_kind_t kind, const whorl_callback_group_options_t *options,
                                whorl_callback_group_t *ret_group)
{
  whorl__node_t *node;
  whorl__group_t *group;
  if (ret_group == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_callback_group_create: ret_group is NULL");
  if ((unsigned)kind > WHORL_CALLBACK_GROUP_REENTRANT)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "a callback group of kind %d is none", (int)kind);
  static const whorl_callback_group_options_t defaults = {0};
  if (options == NULL) options = &defaults;
  if (options->priority > WHORL__MOST_PRIORITY)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "a callback group of priority %d: the highest is %d", options->priority,
                       (int)WHORL__MOST_PRIORITY);
  WHORL_TRY(whorl__node_pin(node_handle, &node));
  int status = whorl__group_make(node, kind, options, &group);
  if (status == WHORL_OK) {
    pthread_mutex_lock(&node->context->lock);
    whorl__list_append(&node->groups, &group->link);
    *ret_group = (whorl_callback_group_t){group->id};
    if (node->executor != NULL && !group->manual) whorl__group_join(group, node->executor, false);
    pthread_mutex_unlock(&node->context->lock);
  }
  whorl__node_unpin(node);
  return status;
}

// The handle is pinned. BUSY while it has entities; else it has left its node, and nobody can enter it any more.
static int end_empty(whorl__group_t *group)
{
  whorl__node_t *node = group->node;
  size_t entities = 0;
  int status = WHORL_OK;
  pthread_mutex_lock(&node->context->lock);
  if (group == node->default_group)
    status = WHORL_WRONG_STATE;
  else if ((entities = group->entities) > 0)
    status = WHORL_BUSY;
  else if (group->ending)
    status = WHORL_DESTROYED;
  if (status == WHORL_OK) {
    group->ending = true;
    leave_node(group);
  }
  pthread_mutex_unlock(&node->context->lock);
  if (status == WHORL_WRONG_STATE)
    return whorl__fail(status, "the default callback group of node '%s' goes with the node", node->full_name);
  if (status == WHORL_BUSY) return whorl__fail(status, "the callback group still has %zu entities", entities);
  return status == WHORL_DESTROYED ? whorl__fail(status, "the callback group was destroyed") : status;
}

int whorl_callback_group_destroy(whorl_callback_group_t handle)
{
  whorl__group_t *group;
  WHORL_TRY(whorl__group_pin(handle, &group));
  int status = end_empty(group);
  whorl__group_unpin(group);
  if (status == WHORL_OK) whorl__group_free(group);
  return status;
}

int whorl_callback_group_kind(whorl_callback_group_t handle, whorl_callback_group_kind_t *ret_kind)
{
  whorl__group_t *group;
  if (ret_kind == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_callback_group_kind: ret_kind is NULL");
  WHORL_TRY(whorl__group_pin(handle, &group));
  *ret_kind = group->kind;
  whorl__group_unpin(group);
  return WHORL_OK;
}

whorl_callback_group_t whorl_node_default_callback_group(whorl_node_t handle)
{
  whorl__node_t *node;
  if (whorl__node_pin(handle, &node) < 0) return (whorl_callback_group_t){0};
  whorl_callback_group_t group = {node->default_group->id};
  whorl__node_unpin(node);
  return group;
}
