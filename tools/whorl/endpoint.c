#include "endpoint.h"

#include <string.h>

#include "qos_options.h"

static const char *kind_word(whorl_endpoint_kind_t kind)
{
  static const char *const words[] = {"PUBLISHER", "SUBSCRIPTION", "SERVICE", "CLIENT"};
  return words[kind];
}

void endpoint_print(const whorl_endpoint_info_t *endpoint, void *arg)
{
  (void)arg;
  const bool known = endpoint->node_name[0] != '\0';
  printf("Node name: %s\n", known ? endpoint->node_name : "_NODE_NAME_UNKNOWN_");
  printf("Node namespace: %s\n", known ? endpoint->node_namespace : "_NODE_NAMESPACE_UNKNOWN_");
  printf("Topic type: %s\nTopic type hash: %s\n", endpoint->type, endpoint->type_hash[0] != '\0' ? endpoint->type_hash : "INVALID");
  printf("Endpoint type: %s\nGID: ", kind_word(endpoint->kind));
  for (size_t i = 0; i < sizeof endpoint->gid; i++) printf("%s%02x", i > 0 ? "." : "", endpoint->gid[i]);
  puts("\nQoS profile:");
  qos_print(&endpoint->qos, stdout);
  putchar('\n');
}

char *endpoint_node(const whorl_endpoint_info_t *endpoint)
{
  if (endpoint->node_name[0] == '\0') return copy_text("a node that is not known");
  const char *between = strcmp(endpoint->node_namespace, "/") == 0 ? "" : "/";
  return format_text("%s%s%s", endpoint->node_namespace, between, endpoint->node_name);
}
