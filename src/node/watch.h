// Waiting for a change: a counter that grows, and the tasks that wait for it to grow. Whoever waits reads the counter, looks at whatever it stands for, and waits for more than he has read.
//
// Type-stable memory: a cancelled waiter takes itself off the list of whatever is there now.
#ifndef WHORL_NODE_WATCH_H
#define WHORL_NODE_WATCH_H

#include "task/wait.h"

typedef struct whorl__watch whorl__watch_t;

whorl__watch_t *whorl__watch_create(void); // NULL: no memory
// Who waits gets DESTROYED, and whoever comes later. The memory goes with `release`, when nobody can come any more.
void whorl__watch_close(whorl__watch_t *watch);
void whorl__watch_release(whorl__watch_t *watch);
void whorl__watch_tell(whorl__watch_t *watch); // something has changed; any thread, also inside a transport's hook
uint64_t whorl__watch_changes(whorl__watch_t *watch);
// Begins a wait, while the owner is pinned. False: it has changed since `seen`. True: `end` must follow, unpinned.
bool whorl__watch_begin(whorl__watch_t *watch, uint64_t seen, whorl__waiter_t *waiter, const whorl__wait_kind_t *kind, const char *name);
int whorl__watch_end(whorl__watch_t *watch, whorl__waiter_t *waiter); // suspends. OK, CANCELED, DESTROYED (without a sentence)

#endif
