// Graph: who is there, in the whole domain: nodes, topics, services, actions and their types, publishers and subscriptions with their QoS, pairs that do not fit. And waiting until somebody is.
//
// What this process has created is there at once; the rest as it is discovered. Waits are woken by discovery, they do not poll, and have no limit of their own: use a timeout. docs/graph.md.
#ifndef WHORL_GRAPH_H
#define WHORL_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "whorl/message.h"
#include "whorl/node.h"
#include "whorl/publisher.h"
#include "whorl/qos.h"
#include "whorl/qos_event.h"

#ifdef __cplusplus
extern "C" {
#endif

// Calls `visit` for every node that is known now, the process's own first; names may occur twice, as in the graph. The strings live during the call. Any thread, no lock is held. `node` is any node of the
// context that asks. DESTROYED, NO_MEMORY.
typedef void (*whorl_node_visitor_t)(const char *name, const char *node_namespace, void *arg);
int whorl_node_visit_nodes(whorl_node_t node, whorl_node_visitor_t visit, void *arg);
// How many there are on a topic now, whatever their types, own ones included. The name is expanded with the node's. Any thread. INVALID_NAME, DESTROYED, NO_MEMORY.
int whorl_node_count_publishers(whorl_node_t node, const char *topic, size_t *ret_count);
int whorl_node_count_subscribers(whorl_node_t node, const char *topic, size_t *ret_count);
int whorl_node_count_services(whorl_node_t node, const char *service, size_t *ret_count); // servers; else as above
int whorl_node_count_clients(whorl_node_t node, const char *service, size_t *ret_count);

// --- names with their types

typedef struct whorl_graph_options { // zero: the default
  bool skip_hidden;                  // leave out names of which a part begins with an underscore, as ROS 2's tools do
  bool dds_names; // topics only: all topics of DDS, by their names and types there ("rt/chatter", "std_msgs::msg::dds_::String_")
} whorl_graph_options_t;

// One name with all types that it is used with, mostly one; both in alphabetical order. The strings live during the call. The visitor may do what it likes, no lock is held.
typedef void (*whorl_names_visitor_t)(const char *name, const char *const *types, size_t type_count, void *arg);
// What is known now in the whole domain, own ones included, also what only subscribers or clients know of. Hidden names are among it unless the options say otherwise. Actions are found by their feedback topics. Any thread. DESTROYED, NO_MEMORY,
// TRANSPORT_ERROR.
int whorl_node_visit_topics(whorl_node_t node, const whorl_graph_options_t *options, whorl_names_visitor_t visit, void *arg);
int whorl_node_visit_services(whorl_node_t node, const whorl_graph_options_t *options, whorl_names_visitor_t visit, void *arg);
int whorl_node_visit_actions(whorl_node_t node, const whorl_graph_options_t *options, whorl_names_visitor_t visit, void *arg);
// The same of one node, which is named in full ("/arm/driver"; a leading slash is added when it is missing); what several nodes of that name have is put together. `node` is any node of the context that asks.
// Another process's node is known before its endpoints are. NOT_FOUND: no such node is known. INVALID_NAME. Else as above.
int whorl_node_visit_publishers_of(whorl_node_t node, const char *of, const whorl_graph_options_t *options, whorl_names_visitor_t visit,
                                   void *arg);
int whorl_node_visit_subscriptions_of(whorl_node_t node, const char *of, const whorl_graph_options_t *options, whorl_names_visitor_t visit,
                                      void *arg);
int whorl_node_visit_services_of(whorl_node_t node, const char *of, const whorl_graph_options_t *options, whorl_names_visitor_t visit,
                                 void *arg);
int whorl_node_visit_clients_of(whorl_node_t node, const char *of, const whorl_graph_options_t *options, whorl_names_visitor_t visit,
                                void *arg);
int whorl_node_visit_action_servers_of(whorl_node_t node, const char *of, const whorl_graph_options_t *options, whorl_names_visitor_t visit,
                                       void *arg);
int whorl_node_visit_action_clients_of(whorl_node_t node, const char *of, const whorl_graph_options_t *options, whorl_names_visitor_t visit,
                                       void *arg);
// Has the name of a node, topic or service a part that begins with an underscore? Tools do not list such names unless asked to. Pure.
bool whorl_name_is_hidden(const char *name);

// --- endpoints with their QoS

typedef enum whorl_endpoint_kind {
  WHORL_ENDPOINT_PUBLISHER,
  WHORL_ENDPOINT_SUBSCRIPTION,
  WHORL_ENDPOINT_SERVICE, // a server's reader of requests or its writer of replies
  WHORL_ENDPOINT_CLIENT,  // a client's writer of requests or its reader of replies
} whorl_endpoint_kind_t;

// Its strings live during the call.
typedef struct whorl_endpoint_info {
  whorl_endpoint_kind_t kind;
  const char *name;      // of the topic or service, in full; of a topic that is none of ROS's, its name in DDS
  const char *type;      // "std_msgs/msg/String"; what is none of ROS's, as DDS names it
  const char *type_hash; // of that type, "RIHS01_..."; of a service: of its request or response. "": its process does not tell
  const char *node_name, *node_namespace; // "": not known: its process has not said so yet, or is none of ROS's
  uint8_t gid[16];                        // as messages carry it: whorl_message_info_t
  whorl_qos_t qos;                        // as it stands; a subscription's lifespan is not told to others. Without limit: WHORL_FOREVER
} whorl_endpoint_info_t;

typedef void (*whorl_endpoint_visitor_t)(const whorl_endpoint_info_t *endpoint, void *arg);
// Every publisher, or subscription, on a topic that is known now, own ones included. The name is expanded and remapped as a publisher's of the node would be; with `dds_names` it is the name in DDS. No lock is held, any thread.
// INVALID_NAME, DESTROYED, NO_MEMORY, TRANSPORT_ERROR.
int whorl_node_visit_publishers(whorl_node_t node, const char *topic, const whorl_graph_options_t *options, whorl_endpoint_visitor_t visit,
                                void *arg);
int whorl_node_visit_subscriptions(whorl_node_t node, const char *topic, const whorl_graph_options_t *options,
                                   whorl_endpoint_visitor_t visit, void *arg);

// --- pairs that do not fit

// A writer and a reader of the same topic, own or of any other process, of which the one does not reach the other; all that stands in the way. Its strings and what it points to live during the call.
typedef struct whorl_misfit {
  const whorl_endpoint_info_t *writer, *reader; // of a service: its server and a client, once for requests, once for replies
  bool types_differ;                            // by name
  // The same name, but another definition, as far as both processes tell. DDS matches such a pair (unless the rest does not fit); what comes is malformed, or means something else.
  bool hashes_differ;
  const whorl_qos_policy_t *policies; // in which the reader requests more than the writer offers: their values are in both ends' `qos`
  size_t policy_count;
  const char *text; // all of this in a sentence
} whorl_misfit_t;

typedef void (*whorl_misfit_visitor_t)(const whorl_misfit_t *misfit, void *arg);
// Every such pair in the domain that is known now, by the topics' names in DDS; wait for more with whorl_node_wait_for_graph_change. `dds_names`: also pairs on topics that are none of ROS's. No lock is held, any thread.
// DESTROYED, NO_MEMORY, TRANSPORT_ERROR.
int whorl_node_visit_misfits(whorl_node_t node, const whorl_graph_options_t *options, whorl_misfit_visitor_t visit, void *arg);

// --- numbers, and waiting

// What came on ros_discovery_info. malformed: descriptions that were dropped for what is in them; lost: for lack of memory, or because more came at once than fit.
typedef struct whorl_graph_counts {
  uint64_t samples, malformed, lost;
} whorl_graph_counts_t;
int whorl_node_read_graph_counts(whorl_node_t node, whorl_graph_counts_t *ret_counts);

// May suspend, until a node of that full name ("/arm/driver"; a leading slash is added when it is missing) is in the graph, in this process or another one. CANCELED, INVALID_NAME; DESTROYED: the node that
// waits was destroyed, or its context; SHUTDOWN; NOT_IN_TASK, NO_MEMORY.
int whorl_node_wait_for_node(whorl_node_t node, const char *name);
// Waiting for any change: read the version, look at whatever is of interest, and if it is not as wanted wait until the version is another one; nothing is missed in between. More may change than a look shows. read:
// any thread. wait: may suspend; as whorl_node_wait_for_node.
int whorl_node_read_graph_version(whorl_node_t node, uint64_t *ret_version);
int whorl_node_wait_for_graph_change(whorl_node_t node, uint64_t since);
// May suspend, until at least so many subscriptions are matched with the publisher. CANCELED, DESTROYED, SHUTDOWN, NOT_IN_TASK.
int whorl_publisher_wait_for_subscribers(whorl_publisher_t publisher, size_t count);
// May suspend, until a message comes on the topic: subscribes, takes the first one, and unsubscribes. The node need not be open. `message` must be initialised (zeros will do); it is filled on success only, and
// what it owns then is the caller's to fini. Malformed messages are passed over. CANCELED, DESTROYED, SHUTDOWN, NOT_IN_TASK, and as whorl_subscription_create.
typedef struct whorl_wait_for_message_options { // zero: the default
  const whorl_qos_t *qos;                       // NULL: WHORL_QOS_DEFAULT
} whorl_wait_for_message_options_t;
int whorl_node_wait_for_message(whorl_node_t node, whorl_message_type_t type, const char *topic,
                                const whorl_wait_for_message_options_t *options, void *message);

#ifdef __cplusplus
}
#endif
#endif
