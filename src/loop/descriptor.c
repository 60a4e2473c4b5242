// Waiting for descriptors: one *watch*, that is one uv_poll_t, for each descriptor that somebody waits for; both directions share it. A watch lives only as long as a task waits: between two waits nothing
// of ours knows the descriptor, so closing it then needs no word. Everything happens on the loop's thread, hence no locks.
//
// libuv's callback only records that a watch has fired; the post hands that over in the next turn. A waiter is off its watch from the moment it was committed, and a watch is off the table (and stopped, so
// that no event of it can come) from the moment it has no waiter: a descriptor with the same number starts afresh even in the same turn.
#include "whorl/descriptor.h"

#include <assert.h>
#include <stdio.h>

#include "base/detail.h"
#include "base/memory.h"
#include "loop/outside.h"
#include "task/place.h"
#include "task/wait.h"

enum { READABLE, WRITABLE, DIRECTIONS };
static const int uv_events[DIRECTIONS] = {UV_READABLE, UV_WRITABLE};
static const whorl__wait_kind_t a_descriptor = {NULL, "", "the kernel"};
static const char *const direction_names[DIRECTIONS] = {"readable", "writable"};

typedef struct whorl__watch {
  whorl__link_t link; // in fired or spare
  uv_poll_t poll;
  whorl__descriptors_t *table;
  int fd;
  int events; // UV_READABLE | UV_WRITABLE that have been seen
  struct waiting *waiting[DIRECTIONS];
} watch_t;

typedef struct waiting {
  whorl__waiter_t waiter;
  watch_t *watch; // NULL: taken off it
  int direction;
  char what[48]; // "descriptor 7 readable"
} waiting_t;

// --- Watches

static void on_closed(uv_handle_t *handle)
{
  watch_t *watch = handle->data;
  watch->table->closing--;
  whorl__list_append(&watch->table->spare, &watch->link);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
  watch_t *watch = poll->data;
  whorl__descriptors_t *table = watch->table;
  watch->events |= status < 0 ? UV_READABLE | UV_WRITABLE : events; // an error shows at the user's read or write
  if (!whorl__link_listed(&watch->link)) whorl__list_append(&table->fired, &watch->link);
  if (table->posted) return;
  table->posted = true;
  whorl__outside_post(table->outside, &table->post);
}

// Polls for what is waited for; a watch without waiters ends.
static int update(watch_t *watch)
{
  whorl__descriptors_t *table = watch->table;
  int events = 0;
  for (int i = 0; i < DIRECTIONS; i++)
    if (watch->waiting[i] != NULL) events |= uv_events[i];
  if (events != 0) return uv_poll_start(&watch->poll, events, on_ready);
  if (whorl__link_listed(&watch->link)) whorl__list_remove(&watch->link);
  table->by_fd[watch->fd] = NULL;
  table->closing++;
  uv_close((uv_handle_t *)&watch->poll, on_closed); // stops it at once
  return 0;
}

static void commit(watch_t *watch, int direction, int status)
{
  waiting_t *waiting = watch->waiting[direction];
  if (waiting == NULL) return;
  watch->waiting[direction] = NULL;
  waiting->watch = NULL;
  whorl__wait_commit(&waiting->waiter, status);
}

static void hand_over(whorl__post_t *post, bool closed)
{
  whorl__descriptors_t *table = WHORL__CONTAINER(post, whorl__descriptors_t, post);
  (void)closed;
  table->posted = false;
  for (whorl__link_t *link; (link = whorl__list_pop(&table->fired)) != NULL;) {
    watch_t *watch = WHORL__CONTAINER(link, watch_t, link);
    for (int i = 0; i < DIRECTIONS; i++)
      if ((watch->events & uv_events[i]) != 0) commit(watch, i, WHORL_OK);
    watch->events = 0;
    (void)update(watch);
  }
}

static watch_t *find(const whorl__descriptors_t *table, int fd) { return fd >= 0 && (size_t)fd < table->size ? table->by_fd[fd] : NULL; }

static int make_room(whorl__descriptors_t *table, int fd)
{
  if ((size_t)fd < table->size) return WHORL_OK;
  size_t size = ((size_t)fd + 64) / 64 * 64;
  watch_t **by_fd = whorl__realloc(table->by_fd, size * sizeof *by_fd);
  if (by_fd == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory to wait for descriptor %d", fd);
  for (size_t i = table->size; i < size; i++) by_fd[i] = NULL;
  table->by_fd = by_fd;
  table->size = size;
  return WHORL_OK;
}

static int refused(int fd, int error)
{
  if (error == UV_EPERM)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "descriptor %d cannot be waited for: it is a file or a directory, always ready", fd);
  if (error == UV_EBADF) return whorl__fail(WHORL_INVALID_ARGUMENT, "descriptor %d is not open", fd);
  if (error == UV_EEXIST) return whorl__fail(WHORL_BUSY, "descriptor %d already belongs to another handle of this event loop", fd);
  if (error == UV_ENOMEM || error == UV_ENOSPC)
    return whorl__fail(WHORL_LIMIT_EXCEEDED, "the system cannot watch descriptor %d too: %s", fd, uv_strerror(error));
  return whorl__fail(WHORL_IO_ERROR, "descriptor %d cannot be waited for: %s", fd, uv_strerror(error));
}

static int open_watch(whorl__descriptors_t *table, int fd, watch_t **ret_watch)
{
  int status = make_room(table, fd);
  if (status < 0) return status;
  whorl__link_t *link = whorl__list_pop(&table->spare);
  watch_t *watch = link != NULL ? WHORL__CONTAINER(link, watch_t, link) : whorl__alloc(sizeof *watch);
  if (watch == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory to wait for descriptor %d", fd);
  *watch = (watch_t){.table = table, .fd = fd};
  int error = uv_poll_init(table->outside->parker->uv, &watch->poll, fd);
  if (error != 0) {
    whorl__list_append(&table->spare, &watch->link);
    return refused(fd, error);
  }
  watch->poll.data = watch;
  *ret_watch = table->by_fd[fd] = watch;
  return WHORL_OK;
}

// --- Waiting

static int begin(whorl__descriptors_t *table, int fd, waiting_t *waiting)
{
  const char *name = direction_names[waiting->direction];
  if (fd < 0) return whorl__fail(WHORL_INVALID_ARGUMENT, "descriptor %d is none", fd);
  watch_t *watch = find(table, fd);
  if (watch != NULL && watch->waiting[waiting->direction] != NULL)
    return whorl__fail(WHORL_BUSY, "another task waits for descriptor %d to be %s", fd, name);
  if (watch == NULL) {
    int status = open_watch(table, fd, &watch);
    if (status < 0) return status;
  }
  watch->waiting[waiting->direction] = waiting;
  int error = update(watch);
  if (error != 0) {
    watch->waiting[waiting->direction] = NULL;
    (void)update(watch);
    return refused(fd, error);
  }
  snprintf(waiting->what, sizeof waiting->what, "descriptor %d %s", fd, name);
  waiting->watch = watch;
  whorl__wait_begin_for(&waiting->waiter, &a_descriptor, waiting->what);
  return WHORL_OK;
}

static int wait_for(int fd, int direction)
{
  struct whorl__outside *outside = whorl__core_outside();
  if (outside == NULL || outside->jobs != NULL)
    return whorl__fail(WHORL_UNSUPPORTED,
                       "descriptor %d: only tasks of an event loop can wait for descriptors, not those of a simulation or an executor", fd);
  waiting_t waiting = {.direction = direction};
  int status = begin(&outside->descriptors, fd, &waiting);
  if (status < 0) return status;
  status = whorl__wait_suspend(&waiting.waiter);
  if (waiting.watch != NULL) { // cancelled
    waiting.watch->waiting[direction] = NULL;
    (void)update(waiting.watch);
  }
  return status == WHORL_CLOSED ? whorl__fail(status, "descriptor %d was closed while this task waited for it", fd) : status;
}

WHORL__SUSPENDING int whorl_wait_readable(int fd)
{
  int status = whorl__wait_entry_checked();
  return status < 0 ? status : wait_for(fd, READABLE);
}

WHORL__SUSPENDING int whorl_wait_writable(int fd)
{
  int status = whorl__wait_entry_checked();
  return status < 0 ? status : wait_for(fd, WRITABLE);
}

int whorl_fd_closing(int fd)
{
  struct whorl__outside *outside = whorl__core_outside();
  if (outside == NULL && !whorl__core_thread_is_busy()) return whorl__fail_wrong_thread("whorl_fd_closing", NULL, "descriptor %d", fd);
  watch_t *watch = outside != NULL ? find(&outside->descriptors, fd) : NULL;
  if (watch == NULL) return WHORL_OK;
  for (int i = 0; i < DIRECTIONS; i++) commit(watch, i, WHORL_CLOSED);
  (void)update(watch);
  return WHORL_OK;
}

// --- Of a loop

void whorl__descriptors_init(whorl__descriptors_t *table, struct whorl__outside *outside)
{
  *table = (whorl__descriptors_t){.outside = outside, .post.run = hand_over};
  whorl__list_init(&table->fired);
  whorl__list_init(&table->spare);
}

void whorl__descriptors_fini(whorl__descriptors_t *table)
{
  for (size_t i = 0; i < table->size; i++) assert(table->by_fd[i] == NULL);
  assert(table->closing == 0);
  for (whorl__link_t *link; (link = whorl__list_pop(&table->spare)) != NULL;) whorl__free(WHORL__CONTAINER(link, watch_t, link));
  whorl__free(table->by_fd);
}
