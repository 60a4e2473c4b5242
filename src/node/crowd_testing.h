// Many processes with a node each, over Cyclone DDS on the loopback interface: all of them find all the others. Each node has what a ROS 2 node has, and talks and listens on one topic.
#ifndef WHORL_NODE_CROWD_TESTING_H
#define WHORL_NODE_CROWD_TESTING_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "node/fixture.h"

enum { CROWD_MOST = 100 };

typedef struct crowd {
  int size;
  int ready[2], go[2]; // pipes: a byte for each process that has found all; closed when all have
  whorl_node_t node;
  whorl_publisher_t publisher;
  whorl_subscription_t subscription;
} crowd_t;

static void crowd_count_node(const char *name, const char *node_namespace, void *arg)
{
  (void)node_namespace;
  *(int *)arg += strncmp(name, "member_", strlen("member_")) == 0;
}

// Until its publisher and its subscription are matched with those of everybody, itself included, and every node is known by its name.
static int crowd_find_all(void *arg)
{
  crowd_t *self = arg;
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

static int crowd_join(crowd_t *self, int number, whorl_context_t context)
{
  char name[32];
  whorl_loop_t loop;
  snprintf(name, sizeof name, "member_%d", number);
  WHORL_TRY(whorl_node_create(context, name, NULL, &self->node));
  WHORL_TRY(whorl_publisher_create(self->node, INT32, "crowd", NULL, &self->publisher));
  const whorl_subscription_options_t by_hand = {.by_hand = true};
  WHORL_TRY(whorl_subscription_create(self->node, INT32, "crowd", NULL, NULL, &by_hand, &self->subscription));
  WHORL_TRY(whorl_loop_create(NULL, &loop));
  WHORL_TRY(whorl_loop_run(loop, crowd_find_all, self));
  return whorl_loop_destroy(loop);
}

static int crowd_be_member(crowd_t *self, int number)
{
  whorl_context_t context;
  char end;
  prctl(PR_SET_PDEATHSIG, SIGKILL); // when the test is stopped, nobody stays behind
  close(self->go[1]);
  int status = whorl_context_create(0, NULL, NULL, &context);
  if (status == WHORL_OK) status = crowd_join(self, number, context);
  if (status < 0) fprintf(stderr, "member %d: %s: %s\n", number, whorl_status_name(status), whorl_detail());
  if (write(self->ready[1], status == WHORL_OK ? "+" : "-", 1) != 1) return 1;
  while (read(self->go[0], &end, 1) > 0) {} // nobody leaves before the last one has found all
  return status < 0 || whorl_context_destroy(context, WHORL_OK) < 0;
}

static double crowd_seconds(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

// Prints how long it took; the time is not judged.
static void crowd_meet(int size)
{
  crowd_t self = {.size = size};
  pid_t members[CROWD_MOST];
  double began = crowd_seconds();
  assert_true(size <= CROWD_MOST && pipe(self.ready) == 0 && pipe(self.go) == 0);
  fflush(NULL);
  for (int i = 0; i < size; i++) {
    members[i] = fork();
    assert_true(members[i] >= 0);
    if (members[i] == 0) _exit(crowd_be_member(&self, i));
  }
  close(self.ready[1]);
  int found = 0;
  for (char word; found < size && read(self.ready[0], &word, 1) == 1 && word == '+';) found++;
  double took = crowd_seconds() - began;
  close(self.go[1]);
  for (int i = 0; i < size; i++) {
    int status;
    assert_int_equal(waitpid(members[i], &status, 0), members[i]);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  close(self.ready[0]);
  close(self.go[0]);
  assert_int_equal(found, size);
  printf("%d processes of one node each: all matched after %.2f s\n", size, took);
}

#endif
