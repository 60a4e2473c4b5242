// What a wait set may wait for among the entities: their handles, by kind. (The operations' `ready` says whether there is something to take.)
#ifndef WHORL_NODE_WAITED_H
#define WHORL_NODE_WAITED_H

#include "node/entity.h"

extern whorl__handle_table_t whorl__subscriptions, whorl__timers, whorl__services, whorl__guard_conditions, whorl__waitables;

#endif
