// For floors above: a subscription that owns what its callback works with.
#ifndef WHORL_NODE_SUBSCRIPTION_H
#define WHORL_NODE_SUBSCRIPTION_H

#include "whorl/subscription.h"

// As whorl_subscription_create. `release` is called once with `arg` when the subscription has ended and no callback of it runs any more; not when the creation fails. Under no lock; it may free, no more.
int whorl__subscription_create_owning(whorl_node_t node, whorl_message_type_t type, const char *topic, whorl_message_callback_t callback,
                                      void *arg, void (*release)(void *arg), const whorl_subscription_options_t *options,
                                      whorl_subscription_t *ret_subscription);

#endif
