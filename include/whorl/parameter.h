// Parameters of a node: named values that its user declares, that the command line overrides, and that anybody in the graph may look at and change. docs/parameters.md.
//
// Every node has `use_sim_time` and `start_type_description_service` from the start. All calls: any thread. Those that look never wait. Those that change something, or whose callbacks are called, come one after the other: they may suspend a task, or block a
// plain thread, while another change's callbacks wait or /parameter_events is throttled (whorl_publish); events are told in the order of the changes. CANCELED while it waits, and where nothing can wait (a post, a hook) WOULD_DEADLOCK:
// then nothing has changed.
#ifndef WHORL_PARAMETER_H
#define WHORL_PARAMETER_H

#include "whorl/node.h"
#include "whorl/parameter_value.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct whorl_integer_range {
  int64_t from, to; // both included
  uint64_t step;    // 0: any value between them; else from, from + step, ... and `to`
} whorl_integer_range_t;
typedef struct whorl_double_range {
  double from, to, step;
} whorl_double_range_t;

typedef struct whorl_parameter_options { // zero: the default
  const char *description;
  const char *additional_constraints; // in words, for people
  bool read_only;                     // only its declaration and the command line give it a value
  bool dynamic_typing;                // may be set to values of any type, and to none
  bool ignore_override;               // of the command line
  whorl_parameter_type_t type; // for a default that is not set: its type; the command line must give the value, or whorl_parameter_set
  const whorl_integer_range_t *integer_range; // of integers and their arrays
  const whorl_double_range_t *double_range;   // of doubles and their arrays
} whorl_parameter_options_t;

// The value is the command line's when that has one for the node and the name, else `value`. `ret_value` may be NULL; else it is the receiver's to fini. The node's on-set callbacks are asked, as for every value.
// INVALID_ARGUMENT (the name, a range), ALREADY_ADDED: declared before. WRONG_TYPE: the command line's value is of another type. REJECTED: out of its range, or by a callback. WRONG_STATE: from a parameter callback. NO_MEMORY, DESTROYED.
int whorl_parameter_declare(whorl_node_t node, const char *name, whorl_parameter_value_t value, const whorl_parameter_options_t *options,
                            whorl_parameter_value_t *ret_value);
int whorl_parameter_undeclare(whorl_node_t node, const char *name); // tells no event. NOT_FOUND; REJECTED: it is read-only; WRONG_STATE
bool whorl_parameter_is_declared(whorl_node_t node, const char *name);

// get: the value is the receiver's to fini. NOT_FOUND: not declared (not set, where the node allows undeclared ones). WRONG_STATE: declared without a value, and none came yet. The typed ones: also WRONG_TYPE.
int whorl_parameter_get(whorl_node_t node, const char *name, whorl_parameter_value_t *ret_value);
int whorl_parameter_get_bool(whorl_node_t node, const char *name, bool *ret_value);
int whorl_parameter_get_integer(whorl_node_t node, const char *name, int64_t *ret_value);
int whorl_parameter_get_double(whorl_node_t node, const char *name, double *ret_value);

typedef struct whorl_parameter {
  const char *name;
  whorl_parameter_value_t value;
} whorl_parameter_t;

// set: one; a value that is not set undeclares a dynamically typed one. set_atomically: all or none, told as one event. For several that may fail each by itself, call set for each.
// NOT_FOUND: not declared (else, where the node allows undeclared ones, it is declared by this). WRONG_TYPE. REJECTED: read-only, out of its range, or by a callback, whose reason the detail has. WRONG_STATE: from a parameter callback. NO_MEMORY,
// DESTROYED; nothing has changed then.
int whorl_parameter_set(whorl_node_t node, const char *name, whorl_parameter_value_t value);
int whorl_parameter_set_atomically(whorl_node_t node, const whorl_parameter_t *parameters, size_t count);

typedef struct whorl_parameter_descriptor {
  whorl_parameter_type_t type; // of the value now
  const char *description, *additional_constraints;
  bool read_only, dynamic_typing, has_integer_range, has_double_range;
  whorl_integer_range_t integer_range;
  whorl_double_range_t double_range;
} whorl_parameter_descriptor_t;
// The descriptor is the receiver's to fini. NOT_FOUND, NO_MEMORY.
int whorl_parameter_describe(whorl_node_t node, const char *name, whorl_parameter_descriptor_t *ret_descriptor);
void whorl_parameter_descriptor_fini(whorl_parameter_descriptor_t *descriptor); // leaves it zero. NULL: nothing to do

// Changes that could not be told on /parameter_events, for lack of memory or of the publisher. 0 when stale.
uint64_t whorl_parameter_lost_events(whorl_node_t node);

// Calls `visit` for the names that are a prefix or begin with one and a dot; prefix_count 0: for all. depth: at most so many parts, after the prefix; 0: all. In alphabetic order. The string lives during the call, no lock is held. NO_MEMORY.
typedef void (*whorl_parameter_visitor_t)(const char *name, void *arg);
int whorl_parameter_list(whorl_node_t node, const char *const *prefixes, size_t prefix_count, uint64_t depth,
                         whorl_parameter_visitor_t visit, void *arg);

// --- Callbacks, on the thread or task that changes something, the one that was added last first. They may suspend, while other changes of the node's parameters wait for their turn; and may not change, declare or undeclare parameters of their node, nor add or
// remove its callbacks (WRONG_STATE), nor wait for somebody who does; get is fine.
#define WHORL_PARAMETER_REASON_SIZE 200
typedef struct whorl_parameter_changes whorl_parameter_changes_t; // what is about to be set
typedef void (*whorl_parameter_before_set_t)(whorl_parameter_changes_t *changes, void *arg);
// Any status but OK refuses all of them; `reason` (empty at first, to be filled with snprintf) is told to who wanted to set them.
typedef int (*whorl_parameter_on_set_t)(const whorl_parameter_t *parameters, size_t count, char reason[WHORL_PARAMETER_REASON_SIZE],
                                        void *arg);
typedef void (*whorl_parameter_after_set_t)(const whorl_parameter_t *parameters, size_t count, void *arg);
typedef struct whorl_parameter_callback {
  uint64_t id;
} whorl_parameter_callback_t;
// Before anything is checked: may change what is set (not for declarations). On set: has the last word, for declarations too. After set: it is done (not for declarations). `ret_callback` may be NULL. WRONG_STATE, NO_MEMORY, DESTROYED.
int whorl_parameter_before_set(whorl_node_t node, whorl_parameter_before_set_t function, void *arg,
                               whorl_parameter_callback_t *ret_callback);
int whorl_parameter_on_set(whorl_node_t node, whorl_parameter_on_set_t function, void *arg, whorl_parameter_callback_t *ret_callback);
int whorl_parameter_after_set(whorl_node_t node, whorl_parameter_after_set_t function, void *arg, whorl_parameter_callback_t *ret_callback);
int whorl_parameter_remove_callback(
    whorl_node_t node, whorl_parameter_callback_t callback); // it does not run any more when this returns. NOT_FOUND, WRONG_STATE
// For before_set callbacks: how many, one of them (valid until the next put or drop; NULL value of name: no such index), another one or another value for one that is there, and one less.
size_t whorl_parameter_changes_count(const whorl_parameter_changes_t *changes);
whorl_parameter_t whorl_parameter_changes_at(const whorl_parameter_changes_t *changes, size_t index);
int whorl_parameter_changes_put(whorl_parameter_changes_t *changes, const char *name, whorl_parameter_value_t value); // NO_MEMORY
int whorl_parameter_changes_drop(whorl_parameter_changes_t *changes, const char *name);                               // NOT_FOUND

#ifdef __cplusplus
}
#endif
#endif
