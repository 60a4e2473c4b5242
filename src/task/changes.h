// Waiting for a change: a counter that grows, and the tasks that wait for it to grow. Whoever waits reads the counter, looks at whatever it stands for, and waits for more than he has read.
//
// Type-stable memory: a cancelled waiter takes itself off the list of whatever is there now.
#ifndef WHORL_TASK_CHANGES_H
#define WHORL_TASK_CHANGES_H

#include "task/wait.h"

typedef struct whorl__changes whorl__changes_t;

whorl__changes_t *whorl__changes_create(void); // NULL: no memory
// Who waits gets DESTROYED, and whoever comes later. The memory goes with `release`, when nobody can come any more.
void whorl__changes_close(whorl__changes_t *changes);
void whorl__changes_release(whorl__changes_t *changes);
void whorl__changes_tell(whorl__changes_t *changes); // something has changed; any thread, also inside a transport's hook
uint64_t whorl__changes_count(whorl__changes_t *changes);
// Begins a wait, while the owner is pinned. False: it has changed since `seen`. True: `end` must follow, unpinned.
bool whorl__changes_begin(whorl__changes_t *changes, uint64_t seen, whorl__waiter_t *waiter, const whorl__wait_kind_t *kind,
                          const char *name);
int whorl__changes_end(whorl__changes_t *changes, whorl__waiter_t *waiter); // suspends. OK, CANCELED, DESTROYED (without a sentence)
int whorl__changes_end_until(whorl__changes_t *changes, whorl__waiter_t *waiter, int64_t deadline_ns); // steady time; TIMED_OUT besides

#endif
