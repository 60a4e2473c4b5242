// A process of a crowd over Cyclone DDS: one node with what a ROS 2 node has, which talks and listens on one topic.
#ifndef WHORL_NODE_CROWD_NODE_TESTING_H
#define WHORL_NODE_CROWD_NODE_TESTING_H

#include <std_msgs/msg/int32.h>

#include "node/crowd_testing.h"
#include "whorl/context.h"
#include "whorl/graph.h"
#include "whorl/loop.h"
#include "whorl/message.h"
#include "whorl/node.h"
#include "whorl/publisher.h"
#include "whorl/status.h"
#include "whorl/subscription.h"

typedef struct crowd_node {
  int size;
  whorl_context_t context;
  whorl_node_t node;
  whorl_publisher_t publisher;
  whorl_subscription_t subscription;
} crowd_node_t;

static crowd_node_t crowd_node; // of this process

static void crowd_count_node(const char *name, const char *node_namespace, void *arg)
{
  (void)node_namespace;
  *(int *)arg += strncmp(name, "member_", strlen("member_")) == 0;
}

// Until its publisher and its subscription are matched with those of everybody, itself included, and every node is known by its name.
static int crowd_find_all(void *arg)
{
  crowd_node_t *self = arg;
  for (;;) {
    uint64_t version;
    int nodes = 0;
    WHORL_TRY(whorl_node_read_graph_version(self->node, &version));
    WHORL_TRY(whorl_node_visit_nodes(self->node, crowd_count_node, &nodes));
    if (nodes == self->size && whorl_publisher_matched_count(self->publisher) == self->size &&
        whorl_subscription_matched_count(self->subscription) == self->size)
      return WHORL_OK;
    WHORL_TRY(whorl_node_wait_for_graph_change(self->node, version));
  }
}

static int crowd_open_node(crowd_node_t *self, int number)
{
  char name[32];
  whorl_loop_t loop;
  whorl_message_type_t type = WHORL_MESSAGE(std_msgs, msg, Int32);
  snprintf(name, sizeof name, "member_%d", number);
  WHORL_TRY(whorl_context_create(0, NULL, NULL, &self->context));
  WHORL_TRY(whorl_node_create(self->context, name, NULL, &self->node));
  WHORL_TRY(whorl_publisher_create(self->node, type, "crowd", NULL, &self->publisher));
  const whorl_subscription_options_t by_hand = {.by_hand = true};
  WHORL_TRY(whorl_subscription_create(self->node, type, "crowd", NULL, NULL, &by_hand, &self->subscription));
  WHORL_TRY(whorl_loop_create(NULL, &loop));
  WHORL_TRY(whorl_loop_run(loop, crowd_find_all, self));
  return whorl_loop_destroy(loop);
}

static bool crowd_join_as_node(int number, int size)
{
  crowd_node.size = size;
  int status = crowd_open_node(&crowd_node, number);
  if (status < 0) fprintf(stderr, "member %d: %s: %s\n", number, whorl_status_name(status), whorl_detail());
  return status == WHORL_OK;
}

static bool crowd_leave_as_node(void) { return whorl_context_destroy(crowd_node.context, WHORL_OK) == WHORL_OK; }

static const crowd_member_t crowd_of_nodes = {crowd_join_as_node, crowd_leave_as_node};

#endif
