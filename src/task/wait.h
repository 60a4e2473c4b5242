// Waiting inside the library: the one way in which a task gives up its thread until something commits.
//
// A source (event, future, publisher that is throttled, node that closes, ...) keeps a list of waiters under a lock of its own and lives in type-stable memory. Protocol:
//   lock source; if satisfied: unlock, done; whorl__wait_begin(&waiter); append waiter.link; unlock;
//   status = whorl__wait_suspend(&waiter);              // switches away; R3's entry check is made by whorl__wait_entry before all this
//   lock source; if still linked: unlink; unlock;       // a cancelled waiter unlinks itself
// The completer, any thread: lock source; unlink waiter; whorl__wait_commit(waiter, status); unlock. The first commit wins (R5); a lost one returns false and changes nothing.
#ifndef WHORL_TASK_WAIT_H
#define WHORL_TASK_WAIT_H

#include "base/list.h"
#include "task/core.h"

typedef struct whorl__waiter {
  whorl__link_t link; // guarded by the source's lock
  struct whorl__task *task;
  void *value; // the source's own use
} whorl__waiter_t;

// What a task waits for, in words for dumps: `what` 'name'`suffix`. One static constant for each kind of wait.
typedef struct whorl__wait_kind {
  const char *what;   // "event"; NULL: the name says it all, without quotes
  const char *suffix; // ", readable"
  const char *holder; // who ends it: an edge of the wait graph (dump.h)
} whorl__wait_kind_t;
#define WHORL__WAIT_NOBODY "anybody" // an open edge: whoever has the handle may end it

// A source's own copy of its name: the one that was given, else file:line of the place where it was made, without folders.
enum { WHORL__WAIT_NAME = 48 };
void whorl__wait_name(char ret_name[static WHORL__WAIT_NAME], const char *name, const char *place);

// R3: CANCELED (detail: the reason) when a cancellation is visible; NOT_IN_TASK on a plain thread, in a post or a hook. Else OK. Counts towards the budget (R33). `_anywhere` is for what a plain thread
// may wait for too (R35): there it makes the thread's lone task, which whorl__wait_begin and all the rest then use, and the wait blocks the thread. Where a driver's thread is outside its tasks (a post, a
// hook, a release function, a callback of libuv): WOULD_DEADLOCK. NO_MEMORY on a plain thread.
#define whorl__wait_entry() whorl__wait_entry_from(__func__, NULL)
#define whorl__wait_entry_anywhere() whorl__wait_entry_anywhere_from(__func__, NULL)
// The same two in a public function that opens no scope itself and is never inlined: its frame also tells whether the storage of the caller's scopes is still there (R17).
#define WHORL__SUSPENDING __attribute__((noinline))
#if defined(__x86_64__) || defined(__i386__)
#define WHORL__FRAME __builtin_frame_address(0) // at the frame's upper end
#else
#define WHORL__FRAME __builtin_dwarf_cfa() // where the caller's frame ends: elsewhere the frame address may be at the lower end
#endif
#define whorl__wait_entry_checked() whorl__wait_entry_from(__func__, WHORL__FRAME)
#define whorl__wait_entry_anywhere_checked() whorl__wait_entry_anywhere_from(__func__, WHORL__FRAME)
int whorl__wait_entry_from(const char *function, const void *frame); // the public function, for the sentence; NULL: without that check
int whorl__wait_entry_anywhere_from(const char *function, const void *frame);
// Prepares the calling task, or the plain thread's lone one, to be committed from now on. `name` may be NULL; it stays as it is until the waiter is committed: a source that ends commits all its waiters first.
void whorl__wait_begin_for(whorl__waiter_t *waiter, const whorl__wait_kind_t *kind, const char *name);
void whorl__wait_begin(whorl__waiter_t *waiter, const char *what); // the same, all in words
// The closed edge: the wait ends with the tasks of `scope`, which lives until then and has the calling task's core.
void whorl__wait_begin_join(whorl__waiter_t *waiter, const struct whorl__scope *scope);
// Suspends until committed. The commit's status; CANCELED by a visible cancellation.
int whorl__wait_suspend(whorl__waiter_t *waiter);
// The same, up to a steady deadline (the commit is then TIMED_OUT: internal use, callers translate) ; and a drain wait that cancellation cannot end.
int whorl__wait_suspend_until(whorl__waiter_t *waiter, int64_t deadline_ns);
int whorl__wait_suspend_drain(whorl__waiter_t *waiter);
// False: another commit was first, nothing changed.
bool whorl__wait_commit(whorl__waiter_t *waiter, int status);
// A suspending call that completed at once: yields after 64 of them in one run (R33). Nothing on a plain thread.
void whorl__wait_completed_at_once(void);

#endif
