// Node: a name in the ROS graph that owns entities; driven by a loop (here) or by an executor.
#ifndef WHORL_NODE_H
#define WHORL_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "whorl/context.h"
#include "whorl/task.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct whorl_node {
  uint64_t id;
} whorl_node_t;

typedef enum whorl_switch {
  WHORL_SWITCH_DEFAULT, // on; off in simulations, and where the context's options have `bare_nodes`
  WHORL_SWITCH_ON,
  WHORL_SWITCH_OFF
} whorl_switch_t;

#define WHORL_UNLIMITED UINT32_MAX // max_in_flight of subscriptions and services

typedef struct whorl_node_options { // zero: the default
  const char *node_namespace;       // default "/"
  int argument_count;               // arguments of its own, as a command line has them: looked at before the context's
  const char *const *arguments;     // `--ros-args` first, e.g. {"--ros-args", "-r", "chatter:=news"}
  bool ignore_global_arguments;     // those of the context are not for this node
  bool use_sim_time;                // its ROS clock follows /clock from the start: whorl_node_set_use_sim_time
  bool
      strict_qos; // all publishers, subscriptions, services and clients that are created in it, those of actions among them, have that option
  bool allow_undeclared_parameters; // setting one declares it
  // Those that the command line has for the node are declared from the start, dynamically typed.
  bool declare_parameters_from_overrides;
  // What a ROS 2 node brings along: what its logger and those below it say on /rosout (--disable-rosout-logs comes before it); the six services by which others look at its parameters and set them; their changes on /parameter_events; and what
  // the types of its entities look like, by ~/get_type_description (docs/messages.md).
  whorl_switch_t rosout, parameter_services, parameter_events, type_description;
  bool logger_services; // ~/get_logger_levels and ~/set_logger_levels, for the loggers of this process
} whorl_node_options_t;

// Start-up arguments may give it another name and namespace; blocks while parameter files among its own are read. Any thread. INVALID_NAME with the place of the fault, INVALID_ARGUMENT (its arguments, a switch), MALFORMED, NOT_FOUND and IO_ERROR (a parameter's value or file in them), DESTROYED, SHUTDOWN, NO_MEMORY.
int whorl_node_create(whorl_context_t context, const char *name, const whorl_node_options_t *options, whorl_node_t *ret_node);
// Cancels its callbacks and destroys its entities first. Any thread. A task that is none of the node's suspends until every callback has ended (not cancellable), a plain thread blocks until then. One of the
// node's own callbacks (of its parameters too, whoever changes them), a post, and a thread that finds the node's loop not running do not wait: it marks, cancels and returns, and the end comes with the last callback's. A second destroy is DESTROYED and harmless.
int whorl_node_destroy(whorl_node_t node);
const char *whorl_node_name(whorl_node_t node);                 // "listener"; "" when stale. Lives as long as the node
const char *whorl_node_namespace(whorl_node_t node);            // "/"
const char *whorl_node_fully_qualified_name(whorl_node_t node); // "/listener"
const char *whorl_node_logger(whorl_node_t node); // the name of its logger: "robot.listener" of "/robot/listener" (whorl/log.h)
// What its loggers' entries have come to on /rosout: published, or lost because the middleware did not take them at once. Zeros when that is off. Any thread. INVALID_ARGUMENT, DESTROYED.
typedef struct whorl_rosout_counts {
  uint64_t published, lost;
} whorl_rosout_counts_t;
int whorl_node_read_rosout_counts(whorl_node_t node, whorl_rosout_counts_t *ret_counts);

// Requests to the services that a ROS 2 node brings along (parameters, loggers, types) that got no answer, for lack of memory: each is logged too, and ends nothing. Any thread; 0 when stale.
uint64_t whorl_node_unanswered_requests(whorl_node_t node);

// Driven by the loop of the calling task, several nodes by one if wanted. open: callbacks run from here on, as tasks of the node's scope; the first error of one cancels the body (the opener's waits).
// close, by the opener, in the reverse order of other scopes: cancels and waits for every callback (not cancellable); returns the body's `status` unless a callback failed first; CANCELED of the body that the
// node caused is absorbed. A closed node keeps its entities and can be opened again.
// open: ALREADY_DRIVEN (somewhere else, or here), NOT_IN_TASK, DESTROYED, SHUTDOWN, NO_MEMORY. close: WRONG_STATE (this task has not opened it), NOT_IN_TASK; then nothing was closed.
int whorl_node_open(whorl_node_t node);
int whorl_node_close(whorl_node_t node, int status);
// The errors of the node that the calling task closed (or ran) last, the first one first, as whorl_task_group_error_count and _at give a group's: those of callbacks, of spawned tasks, and the body's.
// Valid until the task's next close of a node or a group. `node` may be destroyed by then. Outside tasks: none.
size_t whorl_node_error_count(whorl_node_t node);
bool whorl_node_error_at(whorl_node_t node, size_t index, whorl_task_error_t *ret_error);
// open, wait until the node is destroyed, its context shut down or a callback fails, close. OK after a clean shutdown or destroy; CANCELED when the caller's scope was. May suspend. Else as open.
int whorl_node_run(whorl_node_t node);
// A task of the node's scope, queued only. It ends with the node; its error ends the node. On the thread of the node's loop: WRONG_THREAD. WRONG_STATE: the node is not open. CANCELED: it is ending.
// NO_MEMORY. `release` runs once in every outcome.
#define whorl_node_spawn(node, function, arg) \
  whorl_node_spawn_with_options((node), (function), (arg), NULL, NULL, #function " " WHORL_PLACE)
int whorl_node_spawn_with_options(whorl_node_t node, whorl_task_function_t function, void *arg, const whorl_task_options_t *options,
                                  whorl_task_t *ret_task, const char *place);

#ifdef __cplusplus
}
#endif
#endif
