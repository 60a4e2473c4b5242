// Inside a callback group, and what an executor shows to the nodes and groups that it has.
//
// The group's mailbox holds the records of its entities, but while a loop drives the node: then each record sits in its entity's own mailbox. The mailbox is in the core of the group's executor, or in limbo.
#ifndef WHORL_NODE_GROUP_H
#define WHORL_NODE_GROUP_H

#include "dispatch/mailbox.h"
#include "node/node.h"
#include "whorl/callback_group.h"

struct whorl__executor_seat {
  whorl__link_t link; // context->executors; tree lock
  whorl__core_t *core;
  const char *name;
  size_t capacity, entities; // of its groups, those on their way included; capacity 0: no limit. Tree lock
  uint64_t id;
  int (*destroy)(uint64_t id); // for the end of its context
};

struct whorl__group {
  uint64_t id;
  whorl__node_t *node;
  whorl__link_t link; // node->groups; tree lock
  whorl__mailbox_t mailbox;
  whorl_callback_group_kind_t kind;
  bool manual;
  // Who may still look at the mailbox: its node, and each entity until its endpoint is closed. A message that is just being delivered marks a record that was closed before, and by then the entity counts no more:
  // the user may destroy the group.
  atomic_uint references;
  // Tree lock.
  whorl__executor_seat_t *executor; // that has it; NULL: none
  bool by_hand;                     // added as a group, not with its node
  size_t entities;
  bool ending; // nobody may enter any more
};

extern whorl__handle_table_t whorl__groups;

int whorl__group_pin(whorl_callback_group_t handle, whorl__group_t **ret_group);
void whorl__group_unpin(whorl__group_t *group);
int whorl__group_make(whorl__node_t *node, whorl_callback_group_kind_t kind, const whorl_callback_group_options_t *options,
                      whorl__group_t **ret_group); // not listed yet
// Tree lock held.
int whorl__executor_check_room(const whorl__executor_seat_t *executor, size_t entities); // for so many more: LIMIT_EXCEEDED
// What whorl__group_enter counted, but for the reference. Not NULL: the group goes with it, and is to be freed when the lock has been given back.
whorl__group_t *whorl__group_leave_entity(whorl__group_t *group);
void whorl__group_join(whorl__group_t *group, whorl__executor_seat_t *executor, bool by_hand);
void whorl__group_leave(whorl__group_t *group); // its executor, if any: no callback starts there any more; those that have begun end there
void whorl__groups_end(whorl__node_t *node);    // the node goes: handles become stale, all leave their executors
void whorl__groups_free(whorl__node_t *node);
// No lock held. End: of a group that somebody has made for entities which he has destroyed; it goes with the last of them, which may be a callback's that is calling this. Until then nobody enters. Free: one that has left its node.
void whorl__group_end(whorl_callback_group_t group);
void whorl__group_free(whorl__group_t *group);  // its memory goes with the last reference
void whorl__group_unref(whorl__group_t *group); // an entity's, after it has left, when nobody marks its record any more
// For an entity: the group of that handle, which must be the node's; the zero handle: the default one. Counts the entity, which has a reference from here on. INVALID_ARGUMENT, DESTROYED, LIMIT_EXCEEDED.
int whorl__group_enter(whorl__node_t *node, whorl_callback_group_t handle, whorl__group_t **ret_group);

#endif
