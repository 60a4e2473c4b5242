// Parameters of another node: looking at them and setting them. docs/parameters.md.
//
// The calls that go to the other node are calls of services (whorl_client_call): they may suspend a task or block a plain thread, wait for the node to be there, and have no time limit of their own: use a timeout. Beside what is said at
// each they return what whorl_client_call does.
#ifndef WHORL_PARAMETER_CLIENT_H
#define WHORL_PARAMETER_CLIENT_H

#include "whorl/client.h"
#include "whorl/parameter.h"

#ifdef __cplusplus
extern "C" {
#endif

// The clients of the other node's six services: owned by `node`, as any clients.
typedef struct whorl_parameter_client {
  whorl_client_t describe, get, get_types, list, set, set_atomically;
} whorl_parameter_client_t;

// `remote`: the other node's name, expanded as a service's is ("/arm/driver", or "driver" in the own namespace). Statuses as whorl_client_create.
int whorl_parameter_client_create(whorl_node_t node, const char *remote, whorl_parameter_client_t *ret_client);
int whorl_parameter_client_destroy(whorl_parameter_client_t client); // as whorl_client_destroy
int whorl_parameter_client_wait(whorl_parameter_client_t client);    // until all six are there: whorl_client_wait_for_service

// `ret_values`: room for `count`; filled on success only, each the receiver's to fini. INVALID_ARGUMENT: a name is NULL. NOT_FOUND: the node has not declared one of them.
int whorl_parameter_client_get(whorl_parameter_client_t client, const char *const *names, size_t count,
                               whorl_parameter_value_t *ret_values);
// Types alone: cheaper for large arrays.
int whorl_parameter_client_get_types(whorl_parameter_client_t client, const char *const *names, size_t count,
                                     whorl_parameter_type_t *ret_types);
// Room for `count`; filled on success only, each the receiver's to fini. NOT_FOUND as above.
int whorl_parameter_client_describe(whorl_parameter_client_t client, const char *const *names, size_t count,
                                    whorl_parameter_descriptor_t *ret_descriptors);
// As whorl_parameter_list.
int whorl_parameter_client_list(whorl_parameter_client_t client, const char *const *prefixes, size_t prefix_count, uint64_t depth,
                                whorl_parameter_visitor_t visit, void *arg);
// set: each by itself, in order, all are tried; REJECTED when one or more were refused: the detail has the first one's reason, `ret_accepted` (which may be NULL; else room for `count`) says which were not, also then.
// set_atomically: all or none; REJECTED with the reason.
int whorl_parameter_client_set(whorl_parameter_client_t client, const whorl_parameter_t *parameters, size_t count, bool *ret_accepted);
int whorl_parameter_client_set_atomically(whorl_parameter_client_t client, const whorl_parameter_t *parameters, size_t count);

#ifdef __cplusplus
}
#endif
#endif
