// Ends that are on their way: the scopes of all entities and nodes of the process that are being destroyed.
//
// Destroying waits for callbacks, and a callback may destroy. So two callbacks that destroy each other's entity, or each other's node, could wait for each other. The rule that
// prevents it: who stands below a scope that is being ended never waits, and his victim is finished by whoever leaves it last (docs/dispatch.md 2.8). An end is entered here before its owner asks
// about himself; so of two that meet, at least one sees the other.
#ifndef WHORL_NODE_ENDING_H
#define WHORL_NODE_ENDING_H

#include "task/scope.h"

typedef struct whorl__ending {
  whorl__link_t link;
  const whorl__scope_t *scope;
  const void *owner;
} whorl__ending_t;

// Of the tasks below a scope (NULL: none is meant) and of those that run for an owner.
void whorl__ending_begin(whorl__ending_t *ending, const whorl__scope_t *scope, const void *owner);
void whorl__ending_drop_scope(whorl__ending_t *ending); // before the scope goes, but not the owner
void whorl__ending_end(whorl__ending_t *ending);        // before the scope and the owner go; harmless when it was not entered
bool whorl__ending_has_caller(void);                    // is the calling task or thread one of theirs?

// A task or plain thread, whoever's it is, that runs code of an owner's user for a while, as who changes parameters calls their callbacks: meanwhile it is one of the owner's.
typedef struct whorl__stay {
  whorl__link_t link;
  const void *caller, *owner;
} whorl__stay_t;
void whorl__stay_begin(whorl__stay_t *stay, const void *owner);
void whorl__stay_end(whorl__stay_t *stay);
bool whorl__stay_has_caller(const void *owner); // with that owner
// May the caller wait for callbacks that run on this core? Not where it would wait for itself or for nobody, or would stop a loop: outside tasks on a driver's thread, or while no thread runs the core.
bool whorl__ending_can_wait_for(whorl__core_t *core);
// The same for the tasks there that run for `owner`, as on executors. Then who runs the core now does so until they have ended, even if its spin is a short one.
bool whorl__ending_can_wait_for_owned(whorl__core_t *core, const void *owner);

#endif
