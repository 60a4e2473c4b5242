// Inside a node: its names, its entities, and who drives it.
//
// Two counts. `uses`: what must end before the node is quiet: one per entity and spawned task, and one of whoever destroys it, beside a closing bit. Destroying marks and cancels all; whoever takes
// it to zero in the closing state opens the gate for the destroyer that waits, or finishes the node itself. `references`: who may still look at the memory: the finisher, and the driver that
// has it open, as closing comes after destroying.
#ifndef WHORL_NODE_NODE_H
#define WHORL_NODE_NODE_H

#include "dispatch/ros_time.h"
#include "node/context.h"
#include "node/ending.h"
#include "node/gate.h"
#include "task/scope.h"
#include "whorl/node.h"
#include "whorl/qos_override.h"

typedef struct whorl__group whorl__group_t;
typedef struct whorl__executor_seat whorl__executor_seat_t;

typedef enum whorl__kept_kind { WHORL__KEPT_PARAMETERS, WHORL__KEPT_LOG, WHORL__KEPT_KINDS } whorl__kept_kind_t;
typedef struct whorl__kept {
  void *object; // written before the node's creator has its handle
  void (*free_object)(void *object);
} whorl__kept_t;

// An endpoint about to be created, whose QoS parameters may override.
typedef struct whorl__overridden {
  const char *topic; // full
  bool is_writer;
  const whorl_qos_overriding_t *options;
} whorl__overridden_t;

typedef struct whorl__node {
  uint64_t id;
  whorl__context_t *context;
  char *name, *node_namespace, *full_name, *logger;
  whorl__arguments_t *arguments; // its own; NULL: none
  bool ignores_global;           // arguments
  whorl__link_t link;            // context->nodes, then context->ending; tree lock
  whorl__list_t entities;        // tree lock
  whorl__list_t ending; // entities that are destroyed but not finished: their mailboxes and scopes go with the driver too; tree lock
  // Who drives it, tree lock. From attach to detach: `driver`, `scope` and `ended`; NULL while nobody does. `core`: where callbacks start: the driver's from attach to stop, else limbo.
  whorl__core_t *core, *driver;
  whorl__scope_t *scope;
  whorl_event_t ended;              // set by destroy and shutdown, for whorl_node_run
  whorl__executor_seat_t *executor; // that has it, instead of a driver; tree lock. NULL: none
  whorl__list_t groups;             // tree lock
  whorl__group_t *default_group;    // as long as the node
  whorl__ending_t end;
  whorl__ros_clock_t clock;
  whorl__ros_clock_t sim_steady;   // WHORL_CLOCK_SIM_STEADY: by the same ticks, on a time of its own that never goes back
  atomic_uint_fast64_t unanswered; // requests to services that it brought along
  bool strict_qos;                 // of what its user creates; written before he has its handle
  bool hears_clock;                // the context's /clock subscription is listed as its own, by:
  uint8_t clock_gid[16];
  atomic_uint uses; // WHORL__NODE_CLOSING | count
  atomic_uint references;
  whorl__gate_t gate;
  bool deferred; // nobody waits at the gate: the last use finishes the node
  int (*override_qos)(struct whorl__node *node, const whorl__overridden_t *what, whorl_qos_t *qos); // of the floor of parameters, as `kept`
  whorl__kept_t kept[WHORL__KEPT_KINDS];
} whorl__node_t;
enum { WHORL__NODE_CLOSING = 1u << 31 };

extern whorl__handle_table_t whorl__nodes;

// A bare node: whorl_node_create (standard/) makes one, and then what a ROS 2 node brings along. `options` may be NULL.
int whorl__node_create(whorl_context_t context, const char *name, const whorl_node_options_t *options, whorl_node_t *ret_node);
// All entities that it has now are of that kind: triggers of executors do not ask for them, and strict_qos is for those that come later.
void whorl__node_mark_standard(whorl__node_t *node, bool strict_qos);
// Is a part wanted that the options leave to the context, or not?
bool whorl__node_wants(const whorl__node_t *node, whorl_switch_t wanted);
// Keeps something of a higher floor with the node: found by any user of it, freed with its memory.
void whorl__node_keep(whorl__node_t *node, whorl__kept_kind_t kind, void *object, void (*free_object)(void *object));

int whorl__node_pin(whorl_node_t handle, whorl__node_t **ret_node);
void whorl__node_unpin(whorl__node_t *node);
// One more thing that needs the node. DESTROYED when it is closing.
int whorl__node_use(whorl__node_t *node);
void whorl__node_unuse(whorl__node_t *node);
// A use of it for a while in which user code may run, unlike with a pin. DESTROYED, INVALID_HANDLE.
int whorl__node_enter(whorl_node_t handle, whorl__node_t **ret_node);

// For drivers. attach: callbacks run on `core` in scopes below `scope` from here on. ALREADY_DRIVEN, DESTROYED, SHUTDOWN, NO_MEMORY; holds a reference until detach.
// `ended` is set when the node is destroyed or its context shut down.
int whorl__node_attach(whorl__node_t *node, whorl__core_t *core, whorl__scope_t *scope, whorl_event_t ended);
// No callback starts after it returned; those that have begun go on in their scopes.
void whorl__node_stop(whorl__node_t *node);
// After stop, when no callback is left: forgets the scopes, gives the reference back (the node may be gone then).
void whorl__node_detach(whorl__node_t *node);

#endif
