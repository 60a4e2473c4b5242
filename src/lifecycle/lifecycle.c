// A lifecycle's life: what it is made of, its end, and the publishers that it manages.
#include "lifecycle/lifecycle.h"

#include <lifecycle_msgs/msg/transition_event.h>

#include "base/detail.h"
#include "base/memory.h"
#include "node/publisher.h"

static whorl__handle_table_t lifecycles = WHORL__HANDLE_TABLE("lifecycle");

static whorl__lifecycle_t *lifecycle_of(whorl__compound_t *base) { return WHORL__CONTAINER(base, whorl__lifecycle_t, base); }

int whorl__lifecycle_use(uint64_t id, whorl__lifecycle_t **ret_lifecycle)
{
  whorl__compound_t *base;
  WHORL_TRY(whorl__compound_use(&lifecycles, id, &base));
  *ret_lifecycle = lifecycle_of(base);
  return WHORL_OK;
}

void whorl__lifecycle_unuse(whorl__lifecycle_t *self) { whorl__compound_unuse(&self->base); }

static void free_lifecycle(whorl__compound_t *base)
{
  whorl__lifecycle_t *self = lifecycle_of(base);
  pthread_mutex_destroy(&self->lock);
  whorl__free(self->publishers);
  whorl__free(self->logger);
  whorl__free(self);
}

// Its publishers are free again.
static void retire_lifecycle(whorl__compound_t *base)
{
  whorl__lifecycle_t *self = lifecycle_of(base);
  pthread_mutex_lock(&self->lock);
  for (size_t i = 0; i < self->count; i++) (void)whorl__publisher_set_silent(self->publishers[i], false);
  self->count = 0;
  pthread_mutex_unlock(&self->lock);
}

static void destroy_parts(whorl__lifecycle_t *self)
{
  for (int i = 0; i < WHORL__LIFECYCLE_SERVICES; i++) (void)whorl_service_destroy(self->services[i]);
  (void)whorl_publisher_destroy(self->events);
  whorl__group_end(self->group);
}

static int make_parts(whorl__lifecycle_t *self, whorl_callback_group_t group)
{
  if (group.id == 0) {
    WHORL_TRY(whorl_callback_group_create(self->node, WHORL_CALLBACK_GROUP_REENTRANT, NULL, &self->group));
    group = self->group;
  }
  WHORL_TRY(
      whorl_publisher_create(self->node, WHORL_MESSAGE(lifecycle_msgs, msg, TransitionEvent), "~/transition_event", NULL, &self->events));
  return whorl__lifecycle_open_services(self, group);
}

static int allocate(whorl_node_t node, const whorl_lifecycle_callbacks_t *callbacks, void *arg, whorl__lifecycle_t **ret_self)
{
  static const whorl_lifecycle_callbacks_t none = {0};
  whorl__lifecycle_t *self = whorl__alloc(sizeof *self);
  char *logger = whorl__strdup(whorl_node_logger(node));
  if (self == NULL || logger == NULL) {
    whorl__free(self);
    whorl__free(logger);
    return whorl__fail(WHORL_NO_MEMORY, "no memory for a lifecycle");
  }
  self->base.retire = retire_lifecycle;
  self->base.free_self = free_lifecycle;
  self->node = node;
  self->clock = whorl_node_clock(node);
  self->logger = logger;
  self->callbacks = callbacks != NULL ? *callbacks : none;
  self->arg = arg;
  self->state = WHORL_STATE_UNCONFIGURED;
  pthread_mutex_init(&self->lock, NULL);
  *ret_self = self;
  return WHORL_OK;
}

int whorl_lifecycle_create(whorl_node_t handle, const whorl_lifecycle_callbacks_t *callbacks, void *arg,
                           const whorl_lifecycle_options_t *options, whorl_lifecycle_t *ret_lifecycle)
{
  whorl__node_t *node;
  whorl__lifecycle_t *self = NULL;
  if (ret_lifecycle == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_lifecycle_create: ret_lifecycle is NULL");
  WHORL_TRY(whorl__node_enter(handle, &node));
  int status = allocate(handle, callbacks, arg, &self);
  if (status == WHORL_OK) {
    status = whorl__compound_start(&self->base, &lifecycles, node, NULL, NULL);
    if (status < 0) free_lifecycle(&self->base);
  }
  whorl__node_unuse(node);
  WHORL_TRY(status);
  status = make_parts(self, options != NULL ? options->callback_group : (whorl_callback_group_t){0});
  if (status == WHORL_OK) {
    *ret_lifecycle = (whorl_lifecycle_t){self->base.entity.id};
  } else {
    (void)whorl__compound_end(&self->base);
    destroy_parts(self);
  }
  whorl__lifecycle_unuse(self);
  return status;
}

int whorl_lifecycle_destroy(whorl_lifecycle_t lifecycle)
{
  whorl__lifecycle_t *self;
  WHORL_TRY(whorl__lifecycle_use(lifecycle.id, &self));
  int status = whorl__compound_end(&self->base);
  if (status == WHORL_OK) destroy_parts(self);
  whorl__lifecycle_unuse(self);
  return status;
}

// --- its publishers

static int add_publisher(whorl__lifecycle_t *self, whorl_publisher_t publisher)
{
  int status = WHORL_OK;
  pthread_mutex_lock(&self->lock);
  whorl_publisher_t *grown = whorl__realloc(self->publishers, (self->count + 1) * sizeof *grown);
  if (grown != NULL) {
    self->publishers = grown;
    status = whorl__publisher_set_silent(publisher, self->state != WHORL_STATE_ACTIVE);
    if (status == WHORL_OK) grown[self->count++] = publisher;
  }
  pthread_mutex_unlock(&self->lock);
  return grown != NULL ? status : whorl__fail(WHORL_NO_MEMORY, "no memory for a publisher of a lifecycle");
}

int whorl_lifecycle_manage_publisher(whorl_lifecycle_t lifecycle, whorl_publisher_t handle)
{
  whorl__lifecycle_t *self;
  whorl__publisher_t *publisher;
  WHORL_TRY(whorl__publisher_pin(handle, &publisher));
  uint64_t node = publisher->entity.node->id;
  whorl__publisher_unpin(handle);
  WHORL_TRY(whorl__lifecycle_use(lifecycle.id, &self));
  int status = node == self->node.id ? add_publisher(self, handle)
                                     : whorl__fail(WHORL_INVALID_ARGUMENT, "the publisher is of another node than the lifecycle");
  whorl__lifecycle_unuse(self);
  return status;
}
