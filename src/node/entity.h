// What publishers, subscriptions and timers have in common: an owner, a handle, perhaps callbacks, and the one way to end.
//
// Destroy (docs/dispatch.md 2.8): whoever retires the handle owns the end. It unlinks the entity, tells the graph, closes the record, cancels the scope of its callbacks, and then waits at the gate, unless nothing is
// in flight, or the caller stands below the entity's own scope or another one that is being ended (ending.h), or has no task to wait with on the driver's own thread: then the last callback that leaves finishes the entity. Finishing closes the
// transport's endpoint (on a loop: by the reaper), frees the memory and gives the node's use back.
#ifndef WHORL_NODE_ENTITY_H
#define WHORL_NODE_ENTITY_H

#include "dispatch/record.h"
#include "message/type.h"
#include "node/group.h"

typedef struct whorl__entity whorl__entity_t;

typedef struct whorl__readiness {
  uint64_t signals; // of a guard condition or a waitable: taken away
  int64_t until_ns; // not ready, but it will be so without a word to its watcher after that much steady time
} whorl__readiness_t;

typedef struct whorl__entity_ops {
  void (*retire)(
      whorl__entity_t *entity); // right after its handle has ended, no lock held: who waits for something of it is told; NULL: nobody does
  void (*close)(whorl__entity_t *entity);   // the transport's endpoints; may block; NULL: nothing to close
  void (*release)(whorl__entity_t *entity); // the memory
  // For wait sets, with its handle pinned: is there something to take? `ret` is as new. NULL: it cannot be waited for so.
  bool (*ready)(whorl__entity_t *entity, whorl__readiness_t *ret_readiness);
} whorl__entity_ops_t;

struct whorl__entity {
  const whorl__entity_ops_t *ops;
  whorl__handle_table_t *table;
  uint64_t id;
  whorl__node_t *node;
  whorl__link_t link;       // node->entities, then node->ending; tree lock
  whorl__record_t *record;  // NULL: no callbacks
  whorl__group_t *group;    // fixed for life; NULL: no callbacks
  whorl__mailbox_t mailbox; // its own under a loop
  whorl__scope_t *scope;    // of its callbacks while driven; tree lock
  whorl__ending_t end;
  whorl__gate_t gate;
  bool by_hand;                  // no callback: its record never goes live
  bool deferred;                 // nobody waits at the gate
  const whorl__type_t *types[2]; // its message's; of a service or client request and response; NULL: none
  bool is_reader, is_writer;     // or both: listed in the graph by these
  uint8_t reader_gid[16], writer_gid[16];
  whorl__reaper_job_t job;
};

// First step of a creation: uses the node, prepares mailbox and gate. Then make record and endpoint, then publish; or abandon. DESTROYED, SHUTDOWN.
int whorl__entity_prepare(whorl__entity_t *entity, const whorl__entity_ops_t *ops, whorl__handle_table_t *table, whorl__node_t *node);
// For one that has callbacks, after prepare: the mailbox in which its record begins. The zero handle stands for the node's default group. INVALID_ARGUMENT: another node's. DESTROYED.
int whorl__entity_enter_group(whorl__entity_t *entity, whorl_callback_group_t group, whorl__mailbox_t **ret_mailbox);
// The same, and initialises the record that is to have its callbacks there.
int whorl__entity_add_record(whorl__entity_t *entity, whorl__record_t *record, const whorl__record_ops_t *ops, whorl_callback_group_t group,
                             uint32_t max_in_flight, const char *name);
void whorl__entity_abandon(whorl__entity_t *entity);
// INVALID_ARGUMENT: a callback for one that is taken by hand, none for another. `kind` for the sentence.
int whorl__entity_check_callback(const char *kind, bool has_callback, bool by_hand);
// Last step: joins the node (and its driver), gets its handle (written before a callback can run), its record goes live, it becomes visible in the graph.
int whorl__entity_publish(whorl__entity_t *entity, uint64_t *ret_id);
int whorl__entity_destroy(whorl__handle_table_t *table, uint64_t id);
// For the node, which owns the end of all its entities: never waits.
void whorl__entity_destroy_deferred(whorl__entity_t *entity);
// A callback's result, inside its task: a real error goes to the node's scope with the entity's name.
int whorl__entity_report(whorl__entity_t *entity, int status);
void whorl__entity_quiet(whorl__record_t *record, whorl__entity_t *entity); // for the record's ops

// Driver side, tree lock held: see whorl__node_attach.
void whorl__entity_regroup(whorl__entity_t *entity, bool own); // into its own mailbox or its group's
int whorl__entity_make_scope(whorl__entity_t *entity, whorl__scope_t *node_scope);
void whorl__entity_drop_scope(whorl__entity_t *entity);

#endif
