// Which nodes and callback groups an executor has. Everything here happens under the context's tree lock, in which a group's mailbox moves from one core to another.
#include "base/detail.h"
#include "dispatch/record.h"
#include "executor/executor.h"

static int check_usable(const whorl__executor_t *self, const whorl__node_t *node)
{
  if (node->context != self->context)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "node '%s' belongs to another context than executor '%s'", node->full_name, self->name);
  if ((atomic_load(&node->uses) & WHORL__NODE_CLOSING) != 0)
    return whorl__fail(WHORL_DESTROYED, "node '%s' was destroyed", node->full_name);
  if (atomic_load(&self->context->shut_down)) return whorl__fail(WHORL_SHUTDOWN, "the context was shut down");
  if (node->driver != NULL)
    return whorl__fail(WHORL_ALREADY_DRIVEN, "node '%s' is open on '%s'", node->full_name, whorl__core_name(node->driver));
  return WHORL_OK;
}

// --- Nodes

static bool comes_with_node(const whorl__group_t *group) { return group->executor == NULL && !group->manual; }

static size_t entities_of(const whorl__node_t *node)
{
  size_t count = 0;
  for (whorl__link_t *link = whorl__list_first(&node->groups); link != NULL; link = whorl__list_next(&node->groups, link)) {
    const whorl__group_t *group = WHORL__CONTAINER(link, whorl__group_t, link);
    if (comes_with_node(group)) count += group->entities;
  }
  return count;
}

static int add_node_locked(whorl__executor_t *self, whorl__node_t *node)
{
  WHORL_TRY(check_usable(self, node));
  if (node->executor == &self->seat)
    return whorl__fail(WHORL_ALREADY_ADDED, "node '%s' is in executor '%s' already", node->full_name, self->name);
  if (node->executor != NULL)
    return whorl__fail(WHORL_ADDED_ELSEWHERE, "node '%s' belongs to executor '%s'", node->full_name, node->executor->name);
  WHORL_TRY(whorl__executor_check_room(&self->seat, entities_of(node)));
  node->executor = &self->seat;
  for (whorl__link_t *link = whorl__list_first(&node->groups); link != NULL; link = whorl__list_next(&node->groups, link)) {
    whorl__group_t *group = WHORL__CONTAINER(link, whorl__group_t, link);
    if (comes_with_node(group)) whorl__group_join(group, &self->seat, false);
  }
  return WHORL_OK;
}

static int remove_node_locked(whorl__executor_t *self, whorl__node_t *node)
{
  if (node->executor == NULL) return whorl__fail(WHORL_NOT_ADDED, "node '%s' is in no executor", node->full_name);
  if (node->executor != &self->seat)
    return whorl__fail(WHORL_ADDED_ELSEWHERE, "node '%s' belongs to executor '%s', not to '%s'", node->full_name, node->executor->name,
                       self->name);
  node->executor = NULL;
  for (whorl__link_t *link = whorl__list_first(&node->groups); link != NULL; link = whorl__list_next(&node->groups, link)) {
    whorl__group_t *group = WHORL__CONTAINER(link, whorl__group_t, link);
    if (group->executor == &self->seat && !group->by_hand) whorl__group_leave(group);
  }
  return WHORL_OK;
}

static int with_node(whorl_executor_t handle, whorl_node_t node_handle, int (*act)(whorl__executor_t *self, whorl__node_t *node))
{
  whorl__executor_t *self;
  whorl__node_t *node;
  WHORL_TRY(whorl__executor_pin(handle, &self));
  int status = whorl__node_pin(node_handle, &node);
  if (status == WHORL_OK) {
    pthread_mutex_lock(&node->context->lock);
    status = act(self, node);
    pthread_mutex_unlock(&node->context->lock);
    whorl__node_unpin(node);
  }
  whorl__executor_unpin(self);
  return status;
}

int whorl_executor_add_node(whorl_executor_t executor, whorl_node_t node) { return with_node(executor, node, add_node_locked); }
int whorl_executor_remove_node(whorl_executor_t executor, whorl_node_t node) { return with_node(executor, node, remove_node_locked); }

// --- Groups

static int add_group_locked(whorl__executor_t *self, whorl__group_t *group)
{
  WHORL_TRY(check_usable(self, group->node));
  if (group->executor == &self->seat)
    return whorl__fail(WHORL_ALREADY_ADDED, "the callback group of node '%s' is in executor '%s' already", group->node->full_name,
                       self->name);
  if (group->executor != NULL)
    return whorl__fail(WHORL_ADDED_ELSEWHERE, "the callback group of node '%s' belongs to executor '%s'", group->node->full_name,
                       group->executor->name);
  WHORL_TRY(whorl__executor_check_room(&self->seat, group->entities));
  whorl__group_join(group, &self->seat, true);
  return WHORL_OK;
}

static int remove_group_locked(whorl__executor_t *self, whorl__group_t *group)
{
  const char *node = group->node->full_name;
  if (group->executor == NULL) return whorl__fail(WHORL_NOT_ADDED, "the callback group of node '%s' is in no executor", node);
  if (group->executor != &self->seat)
    return whorl__fail(WHORL_ADDED_ELSEWHERE, "the callback group of node '%s' belongs to executor '%s', not to '%s'", node,
                       group->executor->name, self->name);
  if (!group->by_hand)
    return whorl__fail(WHORL_WRONG_STATE, "the callback group came to executor '%s' with its node '%s': remove the node", self->name, node);
  whorl__group_leave(group);
  return WHORL_OK;
}

static int with_group(whorl_executor_t handle, whorl_callback_group_t group_handle,
                      int (*act)(whorl__executor_t *self, whorl__group_t *group))
{
  whorl__executor_t *self;
  whorl__group_t *group;
  WHORL_TRY(whorl__executor_pin(handle, &self));
  int status = whorl__group_pin(group_handle, &group);
  if (status == WHORL_OK) {
    pthread_mutex_lock(&group->node->context->lock);
    status = act(self, group);
    pthread_mutex_unlock(&group->node->context->lock);
    whorl__group_unpin(group);
  }
  whorl__executor_unpin(self);
  return status;
}

int whorl_executor_add_callback_group(whorl_executor_t executor, whorl_callback_group_t group)
{
  return with_group(executor, group, add_group_locked);
}

int whorl_executor_remove_callback_group(whorl_executor_t executor, whorl_callback_group_t group)
{
  return with_group(executor, group, remove_group_locked);
}

// --- Looking at them

void whorl__executor_visit_groups(const whorl__executor_t *self, void (*visit)(whorl__group_t *group, void *arg), void *arg)
{
  const whorl__list_t *nodes = &self->context->nodes;
  for (whorl__link_t *link = whorl__list_first(nodes); link != NULL; link = whorl__list_next(nodes, link)) {
    const whorl__list_t *groups = &WHORL__CONTAINER(link, whorl__node_t, link)->groups;
    for (whorl__link_t *at = whorl__list_first(groups); at != NULL; at = whorl__list_next(groups, at)) {
      whorl__group_t *group = WHORL__CONTAINER(at, whorl__group_t, link);
      if (group->executor == &self->seat) visit(group, arg);
    }
  }
}

typedef struct listing {
  whorl_executor_groups_t which;
  whorl_callback_group_t *groups;
  size_t capacity, count;
} listing_t;

static void list_group(whorl__group_t *group, void *arg)
{
  listing_t *listing = arg;
  if (listing->which == WHORL_EXECUTOR_GROUPS_BY_HAND && !group->by_hand) return;
  if (listing->which == WHORL_EXECUTOR_GROUPS_FROM_NODES && group->by_hand) return;
  if (listing->count < listing->capacity) listing->groups[listing->count] = (whorl_callback_group_t){group->id};
  listing->count++;
}

int whorl_executor_callback_groups(whorl_executor_t handle, whorl_executor_groups_t which, whorl_callback_group_t *ret_groups,
                                   size_t capacity, size_t *ret_count)
{
  whorl__executor_t *self;
  listing_t listing = {.which = which, .groups = ret_groups, .capacity = capacity};
  if (ret_count == NULL || (ret_groups == NULL && capacity > 0))
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_executor_callback_groups: a pointer is NULL");
  if ((unsigned)which > WHORL_EXECUTOR_GROUPS_FROM_NODES)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_executor_callback_groups: %d is no choice of groups", (int)which);
  WHORL_TRY(whorl__executor_pin(handle, &self));
  pthread_mutex_lock(&self->context->lock);
  whorl__executor_visit_groups(self, list_group, &listing);
  pthread_mutex_unlock(&self->context->lock);
  whorl__executor_unpin(self);
  *ret_count = listing.count;
  return WHORL_OK;
}

static void count_group(whorl__group_t *group, void *arg)
{
  whorl_executor_counts_t *counts = arg;
  for (whorl__link_t *link = whorl__list_first(&group->mailbox.records); link != NULL;
       link = whorl__list_next(&group->mailbox.records, link)) {
    switch (WHORL__CONTAINER(link, whorl__record_t, link)->ops->rank) {
    case WHORL__RANK_TIMER: counts->timers++; break;
    case WHORL__RANK_SUBSCRIPTION: counts->subscriptions++; break;
    case WHORL__RANK_SERVICE: counts->services++; break;
    default: counts->others++; break;
    }
  }
}

int whorl_executor_count_entities(whorl_executor_t handle, whorl_executor_counts_t *ret_counts)
{
  whorl__executor_t *self;
  if (ret_counts == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_executor_count_entities: ret_counts is NULL");
  WHORL_TRY(whorl__executor_pin(handle, &self));
  *ret_counts = (whorl_executor_counts_t){0};
  pthread_mutex_lock(&self->context->lock);
  whorl__core_lock(self->seat.core);
  whorl__executor_visit_groups(self, count_group, ret_counts);
  whorl__core_unlock(self->seat.core);
  pthread_mutex_unlock(&self->context->lock);
  whorl__executor_unpin(self);
  return WHORL_OK;
}
