// SIGINT and SIGTERM as a shutdown of contexts. Installed only while a context asks for it; the process's former handlers come back with the last one, but where somebody has put
// another one in place of ours meanwhile: that stays.
//
// The handler only writes a descriptor; a thread of the library reads it and shuts the watched contexts down. After the first signal both have their default action, so a second one ends a process that hangs. In a forked child they
// have it at once: its signals are not its parent's.
#ifndef WHORL_NODE_SIGNAL_H
#define WHORL_NODE_SIGNAL_H

#include "whorl/context.h"

int whorl__signal_watch(whorl_context_t context);    // IO_ERROR, NO_MEMORY
void whorl__signal_unwatch(whorl_context_t context); // harmless when it was not watched; not from the library's signal thread

#endif
