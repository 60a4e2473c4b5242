// The parameters of a node: made with it, kept with it (whorl__node_keep).
//
// Two locks. `change`: held by whoever changes something, from the first check to the event that tells it, so that changes come one after the other, and are told so; what it protects is read under it without the other. Taken with
// no lock held; user code, which may suspend, simulated time's change and the publishing of the event run under it. `lock`: the rows' memory, against those who read; innermost, held for moments.
#ifndef WHORL_PARAMETER_PARAMETERS_H
#define WHORL_PARAMETER_PARAMETERS_H

#include <pthread.h>

#include "node/ending.h"
#include "node/node.h"
#include "node/turnstile.h"
#include "whorl/parameter.h"
#include "whorl/publisher.h"

typedef struct whorl__parameter {
  char *name;
  whorl_parameter_value_t value;
  whorl_parameter_descriptor_t descriptor; // its type: what the value may be; NOT_SET: anything
} whorl__parameter_t;

typedef struct whorl__parameters {
  whorl__node_t *node;
  bool allows_undeclared;
  whorl__turnstile_t change;
  whorl__stay_t stay; // of who has come through it
  pthread_mutex_t lock;
  whorl__parameter_t **rows; // by name
  size_t count, room;
  whorl__list_t callbacks;      // change
  whorl_publisher_t events;     // zero: none. Written before the node's user has the node
  atomic_uint_fast64_t unheard; // events that could not be published
} whorl__parameters_t;

// What is about to be set, or has been: `wanted` as users see it, and what becomes of it beside.
typedef enum whorl__parameter_effect {
  WHORL__PARAMETER_CHANGED,
  WHORL__PARAMETER_NEW,
  WHORL__PARAMETER_DELETED,
  WHORL__PARAMETER_NOTHING
} whorl__parameter_effect_t;
typedef struct whorl__parameter_step {
  whorl__parameter_t *row;       // that gets the value: one of the node's, or a new one
  whorl_parameter_value_t value; // a copy, so that the commit cannot fail
  whorl__parameter_effect_t effect;
} whorl__parameter_step_t;
struct whorl_parameter_changes {
  whorl_parameter_t *wanted;      // its own
  whorl__parameter_step_t *steps; // NULL before they are planned
  size_t count;
};

// --- the rows (rows.c)
int whorl__parameters_create(whorl__node_t *node, whorl__parameters_t **ret_parameters);
void whorl__parameters_free(void *parameters);
whorl__parameters_t *whorl__parameters_of(const whorl__node_t *node);
// By whoever holds one of the locks.
whorl__parameter_t *whorl__parameters_find(const whorl__parameters_t *self, const char *name);
// `change` held. reserve: room for so many more, NO_MEMORY; insert takes one over and cannot fail after it; remove frees it.
int whorl__parameters_reserve(whorl__parameters_t *self, size_t more);
void whorl__parameters_insert(whorl__parameters_t *self, whorl__parameter_t *row);
void whorl__parameters_remove(whorl__parameters_t *self, whorl__parameter_t *row);
// NULL: no memory.
whorl__parameter_t *whorl__parameter_create(const char *name, const whorl_parameter_options_t *options);
void whorl__parameter_free(whorl__parameter_t *row);

// --- changing (change.c)
// The node's parameters while something is done to them; may wait for others. WRONG_STATE from inside a callback of theirs. CANCELED, WOULD_DEADLOCK, NOT_IN_TASK: while somebody else is inside.
int whorl__parameters_begin(whorl__parameters_t *self);
void whorl__parameters_end(whorl__parameters_t *self);
int whorl__parameters_declare(whorl__parameters_t *self, const char *name, const whorl_parameter_value_t *value,
                              const whorl_parameter_options_t *options, whorl_parameter_value_t *ret_value);
int whorl__parameters_set(whorl__parameters_t *self, const whorl_parameter_t *parameters, size_t count);
void whorl__parameter_changes_fini(whorl_parameter_changes_t *changes);

// The command line's value, the node's own arguments before the program's; NULL: none.
const whorl_parameter_value_t *whorl__parameters_override(const whorl__node_t *node, const char *name);

// --- QoS (qos_override.c): replaces it by what parameters say, which it declares. No lock held.
int whorl__parameters_override_qos(whorl__node_t *node, const whorl__overridden_t *what, whorl_qos_t *qos);

// --- what may be set (check.c)
int whorl__parameter_check_options(const char *name, const whorl_parameter_options_t *options);
// WRONG_TYPE, REJECTED.
int whorl__parameter_check_value(const whorl__parameter_t *row, const whorl_parameter_value_t *value);

// --- callbacks (callback.c); `change` held
void whorl__parameters_call_before(whorl__parameters_t *self, whorl_parameter_changes_t *changes);
int whorl__parameters_ask(whorl__parameters_t *self, const whorl_parameter_t *parameters, size_t count); // REJECTED, CANCELED
void whorl__parameters_call_after(whorl__parameters_t *self, const whorl_parameter_t *parameters, size_t count);
void whorl__parameters_free_callbacks(whorl__parameters_t *self);

// --- the wire
void whorl__parameters_tell(whorl__parameters_t *self, const whorl_parameter_changes_t *changes); // event.c; `change` held
int whorl__parameters_open_events(whorl__parameters_t *self, whorl_node_t node);
int whorl__parameters_open_services(whorl__parameters_t *self, whorl_node_t node); // services.c
// Names for a list request, its own copies; NULL terminated.
int whorl__parameters_list(whorl__parameters_t *self, const char *const *prefixes, size_t prefix_count, uint64_t depth, char ***ret_names,
                           size_t *ret_count);
void whorl__parameters_free_names(char **names, size_t count);
int whorl__parameters_describe(whorl__parameters_t *self, const char *name, whorl_parameter_descriptor_t *ret_descriptor);
int whorl__parameters_get(whorl__parameters_t *self, const char *name, whorl_parameter_value_t *ret_value);

// With the node's making.
int whorl__parameters_bring(whorl__node_t *node, const whorl_node_options_t *options);

#endif
