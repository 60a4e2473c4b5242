// Context: one participant in one ROS domain, the root of everything; whorl_main: a program's main function around it.
#ifndef WHORL_CONTEXT_H
#define WHORL_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "whorl/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct whorl_context {
  uint64_t id;
} whorl_context_t;

typedef struct whorl_context_options { // zero: the default
  // SIGINT and SIGTERM shut the context down; a second one has its default action. A handler that the program installs after this stays; a forked child has the default action.
  bool handle_signals;
  bool domain_id_given; // else ROS_DOMAIN_ID, else 0
  uint32_t domain_id;
  const char *enclave; // default "/"; named as a namespace is. Copied. `--enclave` of the command line comes before it
  // Called at most once, inside create, on its thread: the values of the environment that are ignored or replaced, joined by "; ". NULL: nobody is told.
  void (*warn)(void *arg, const char *sentence);
  void *warn_arg;
  // After a shutdown what cleans up in a shield gets so much time, however long its own limit is; a shield that is opened later ends at the same moment. 0: each as long as its limit. INVALID_ARGUMENT: negative.
  int64_t shutdown_grace_ns;
  // What this context says of its nodes (ros_discovery_info) carries GIDs of so many bytes: 16, or 24 for a domain of ROS 2 Humble and older, whose nodes read nothing else, as later ones read only the other. 0: WHORL_GID_SIZE of the environment, or
  // 16. Both are understood when read, whatever is said here. INVALID_ARGUMENT: another number.
  uint32_t gid_size;
  bool
      strict_qos; // what holds for publishers, subscriptions, services and clients with that option holds for all that its nodes' users create
  bool bare_nodes; // its nodes come without the parts of a ROS 2 node that whorl_node_options_t can switch on, unless they do so
} whorl_context_options_t;

// Opens the participant. argv may be NULL; what stands behind `--ros-args` in it is for all nodes of the context (docs/arguments.md), the rest is not looked at. Blocks for milliseconds. Any thread.
// INVALID_ARGUMENT and INVALID_NAME (an argument, with its index), MALFORMED, NOT_FOUND and IO_ERROR (a parameter's value or file), INVALID_ARGUMENT (domain, static peers), INVALID_NAME (enclave), TRANSPORT_ERROR (CYCLONEDDS_URI, the network), NO_MEMORY, IO_ERROR (a descriptor for signals), LIMIT_EXCEEDED (no free
// participant index). The environment: docs/configuration.md.
int whorl_context_create(int argc, char **argv, const whorl_context_options_t *options, whorl_context_t *ret_context);
// The program's own arguments: moves those that are none of ROS's to the front of argv, in their order, and tells how many they are; argv[0] is one. After whorl_context_create. Any thread.
int whorl_remove_ros_arguments(int argc, char **argv, int *ret_argc);
// Shuts it down and destroys everything in it, nodes first, then the context; blocks until their callbacks have ended. Any thread. Returns `status`, or when that is OK (or SHUTDOWN: what a spin says of a clean end) its own failure, after which
// the context is still there: WOULD_DEADLOCK while a node of it is open and the caller is a loop's thread, or nobody runs the node's driver: close the node first; and from a callback of a node's parameters.
int whorl_context_destroy(whorl_context_t context, int status);
// Sticky; cancels every node scope and the task of whorl_main; from then on nothing can be created or opened (SHUTDOWN), publishers go on. Any thread, never blocks for long; not from a signal handler.
// A second one is harmless.
int whorl_context_shutdown(whorl_context_t context);
// Calls the function once, when the context is shut down or destroyed: on the thread that does it (after Ctrl-C: one of the library's), with everything cancelled already and no lock held, one after the other in their
// order of adding. It may not suspend. `ret_callback` may be NULL. Any thread. SHUTDOWN: too late, it is not called. NO_MEMORY.
typedef struct whorl_shutdown_callback {
  uint64_t id;
} whorl_shutdown_callback_t;
int whorl_context_on_shutdown(whorl_context_t context, void (*function)(void *arg), void *arg, whorl_shutdown_callback_t *ret_callback);
int whorl_shutdown_callback_remove(
    whorl_shutdown_callback_t callback); // any thread. DESTROYED: it was removed, or has been called, or is being called now
bool whorl_context_is_shutdown(whorl_context_t context); // also true for a destroyed one

// A whole program: context with signals, loop, one task that runs `app` and is cancelled on shutdown; the context is destroyed at the end. Returns the process's exit code: 0, or 1 after printing the failure on stderr, where warnings about the environment go too.
typedef int (*whorl_app_t)(whorl_context_t context, void *arg);
int whorl_main(int argc, char **argv, whorl_app_t app, void *arg);

#ifdef __cplusplus
}
#endif
#endif
