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
  bool handle_signals;   // SIGINT and SIGTERM shut the context down; a second one has its default action
  bool domain_id_given;  // else ROS_DOMAIN_ID, else 0
  uint32_t domain_id;
  const char *enclave;   // default "/"
  // Called inside create, on its thread, for each value of the environment that is ignored or replaced: one sentence. NULL: nobody is told.
  void (*warn)(void *arg, const char *sentence);
  void *warn_arg;
} whorl_context_options_t;

// Opens the participant. argv may be NULL; `--ros-args` in it is left for a later version and ignored. Blocks for milliseconds. Any thread.
// INVALID_ARGUMENT (domain), TRANSPORT_ERROR, NO_MEMORY, LIMIT_EXCEEDED (no free participant index).
int whorl_context_create(int argc, char **argv, const whorl_context_options_t *options, whorl_context_t *ret_context);
// Destroys everything in it, then the context. Returns `status`, or the first failure of its own when `status` is OK. Not from inside a task of one of its nodes: WOULD_DEADLOCK.
int whorl_context_destroy(whorl_context_t context, int status);
// Sticky; cancels every node scope and the task of whorl_main. Any thread; not from a signal handler.
int whorl_context_shutdown(whorl_context_t context);
bool whorl_context_is_shutdown(whorl_context_t context); // also true for a destroyed one

// A whole program: context with signals, loop, one task that runs `app`. Returns the process's exit code: 0, or 1 after printing the failure on stderr, where warnings about the environment go too.
typedef int (*whorl_app_t)(whorl_context_t context, void *arg);
int whorl_main(int argc, char **argv, whorl_app_t app, void *arg);

#ifdef __cplusplus
}
#endif
#endif
