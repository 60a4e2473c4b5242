// Inside a lifecycle.
#ifndef WHORL_LIFECYCLE_LIFECYCLE_H
#define WHORL_LIFECYCLE_LIFECYCLE_H

#include "lifecycle/state_machine.h"
#include "node/compound.h"
#include "whorl/clock.h"
#include "whorl/service.h"

enum { WHORL__LIFECYCLE_SERVICES = 5 };

typedef struct whorl__lifecycle {
  whorl__compound_t base;
  whorl_node_t node;
  whorl_clock_t clock;
  char *logger;
  whorl_lifecycle_callbacks_t callbacks;
  void *arg;
  whorl_service_t services[WHORL__LIFECYCLE_SERVICES];
  whorl_publisher_t events;
  whorl_callback_group_t group; // its own; zero: the user's is used
  pthread_mutex_t lock;         // the rest; a leaf but for the handles of publishers
  whorl_lifecycle_state_t state;
  bool is_changing; // somebody does a transition: he alone writes the state
  whorl_publisher_t *publishers;
  size_t count;
} whorl__lifecycle_t;

int whorl__lifecycle_use(uint64_t id, whorl__lifecycle_t **ret_lifecycle);
void whorl__lifecycle_unuse(whorl__lifecycle_t *self);
whorl_lifecycle_state_t whorl__lifecycle_state(whorl__lifecycle_t *self);
// A transition by its number, or 0 and its label: whorl_lifecycle_change.
int whorl__lifecycle_change(whorl__lifecycle_t *self, uint8_t id, const char *label);
// The five services (services.c).
int whorl__lifecycle_open_services(whorl__lifecycle_t *self, whorl_callback_group_t group);

#endif
