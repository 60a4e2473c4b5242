// Wait sets. Entities tell a set's changes whenever they may have become ready (dispatch/record.h), futures their completion; a wait looks at all members, and waits for the next change.
//
// The set's lock is taken before those of what is in it, and never by those who tell: they know the changes only, whose memory is there for good.
#include "whorl/wait_set.h"

#include "base/detail.h"
#include "base/memory.h"
#include "base/time_after.h"
#include "node/blocking.h"
#include "node/waited.h"
#include "task/future.h"

typedef struct wait_set {
  uint64_t id;
  whorl_context_t context;
  whorl__changes_t *changes;
  atomic_uint references; // the handle's, and a wait's
  char name[WHORL__WAIT_NAME];
  pthread_mutex_t lock; // the rest
  whorl__list_t members, spare;
  size_t capacity;     // 0: members are allocated
  struct member *room; // `capacity` of them, of which `used` have been members: the others' memory has not been touched
  size_t used;
  bool waiting;
} wait_set_t;

typedef struct member {
  whorl__link_t link;
  whorl_wait_item_t item;
  wait_set_t *set;
  whorl__future_watch_t watch; // of a future
} member_t;

static whorl__handle_table_t sets = WHORL__HANDLE_TABLE("wait set");

static const struct {
  const char *noun;
  whorl__handle_table_t *table; // NULL: a future
} kinds[] = {
    [WHORL_WAIT_SUBSCRIPTION] = {"subscription", &whorl__subscriptions},
    [WHORL_WAIT_SERVICE] = {"service", &whorl__services},
    [WHORL_WAIT_TIMER] = {"timer", &whorl__timers},
    [WHORL_WAIT_GUARD_CONDITION] = {"guard condition", &whorl__guard_conditions},
    [WHORL_WAIT_WAITABLE] = {"waitable", &whorl__waitables},
    [WHORL_WAIT_FUTURE] = {"future", NULL},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static uint64_t id_of(const whorl_wait_item_t *item) // every handle is one such field
{
  switch (item->kind) {
  case WHORL_WAIT_SUBSCRIPTION: return item->on.subscription.id;
  case WHORL_WAIT_SERVICE: return item->on.service.id;
  case WHORL_WAIT_TIMER: return item->on.timer.id;
  case WHORL_WAIT_GUARD_CONDITION: return item->on.guard_condition.id;
  case WHORL_WAIT_WAITABLE: return item->on.waitable.id;
  case WHORL_WAIT_FUTURE: return item->on.future.id;
  }
  return 0;
}

// --- life

static void unref(wait_set_t *self)
{
  if (atomic_fetch_sub(&self->references, 1) != 1) return;
  whorl__free(self->room);
  if (self->changes != NULL) whorl__changes_release(self->changes);
  pthread_mutex_destroy(&self->lock);
  whorl__free(self);
}

static int reserve(wait_set_t *self)
{
  if (self->capacity == 0) return WHORL_OK;
  if (self->capacity <= PTRDIFF_MAX / sizeof *self->room) self->room = whorl__alloc(self->capacity * sizeof *self->room);
  if (self->room == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a wait set with room for %zu", self->capacity);
  return WHORL_OK;
}

static int create(whorl_context_t context, const whorl_wait_set_options_t *options, uint64_t *ret_id)
{
  wait_set_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a wait set");
  self->context = context;
  self->capacity = options->capacity;
  atomic_init(&self->references, 1);
  pthread_mutex_init(&self->lock, NULL);
  whorl__list_init(&self->members);
  whorl__list_init(&self->spare);
  whorl__wait_name(self->name, options->name, "wait set");
  self->changes = whorl__changes_create();
  int status = self->changes != NULL ? reserve(self) : whorl__fail(WHORL_NO_MEMORY, "no memory for a wait set");
  if (status == WHORL_OK) status = whorl__handle_create(&sets, self, &self->id);
  if (status < 0) {
    unref(self);
    return status;
  }
  *ret_id = self->id;
  return WHORL_OK;
}

int whorl_wait_set_create(whorl_context_t context_handle, const whorl_wait_set_options_t *options, whorl_wait_set_t *ret_set)
{
  static const whorl_wait_set_options_t defaults = {0};
  whorl__context_t *context;
  if (ret_set == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_wait_set_create: ret_set is NULL");
  WHORL_TRY(whorl__context_pin(context_handle, &context));
  int status = atomic_load(&context->shut_down) ? whorl__fail(WHORL_SHUTDOWN, "the context was shut down") : WHORL_OK;
  whorl__context_unpin(context);
  WHORL_TRY(status);
  return create(context_handle, options != NULL ? options : &defaults, &ret_set->id);
}

static int pin(whorl_wait_set_t handle, wait_set_t **ret_self) { return whorl__handle_pin(&sets, handle.id, (void **)ret_self); }
static void unpin(whorl_wait_set_t handle) { whorl__handle_unpin(&sets, handle.id); }

// --- members

static void told(whorl__future_watch_t *watch) { whorl__changes_tell(WHORL__CONTAINER(watch, member_t, watch)->set->changes); }

static int begin_entity(wait_set_t *self, const whorl_wait_item_t *item)
{
  whorl__entity_t *entity;
  WHORL_TRY(whorl__handle_pin(kinds[item->kind].table, id_of(item), (void **)&entity));
  int status = WHORL_OK;
  if (item->kind == WHORL_WAIT_TIMER && !entity->by_hand)
    status = whorl__fail(WHORL_WRONG_STATE, "a timer with a callback does not go into a wait set: make one by hand");
  else if (!whorl__record_watch(entity->record, self->changes))
    status = whorl__fail(WHORL_ADDED_ELSEWHERE, "the %s is in another wait set", kinds[item->kind].noun);
  whorl__handle_unpin(kinds[item->kind].table, entity->id);
  return status;
}

static int begin(wait_set_t *self, member_t *member)
{
  bool complete; // then it is not watched, and every look finds it so
  if (kinds[member->item.kind].table != NULL) return begin_entity(self, &member->item);
  return whorl__future_watch(member->item.on.future, &member->watch, &complete);
}

// Nobody tells it any more. What has gone has ended this itself.
static void end(member_t *member)
{
  const whorl_wait_item_t *item = &member->item;
  whorl__handle_table_t *table = kinds[item->kind].table;
  whorl__entity_t *entity;
  bool complete;
  if (table == NULL) {
    (void)whorl__future_unwatch(item->on.future, &member->watch, &complete);
  } else if (whorl__handle_pin(table, id_of(item), (void **)&entity) == WHORL_OK) {
    whorl__record_unwatch(entity->record);
    whorl__handle_unpin(table, entity->id);
  }
}

static void give_back(wait_set_t *self, member_t *member)
{
  whorl__list_remove(&member->link);
  if (self->capacity > 0)
    whorl__list_append(&self->spare, &member->link);
  else
    whorl__free(member);
}

static void drop(wait_set_t *self, member_t *member)
{
  end(member);
  give_back(self, member);
}

static member_t *find(wait_set_t *self, const whorl_wait_item_t *item)
{
  for (whorl__link_t *link = whorl__list_first(&self->members); link != NULL; link = whorl__list_next(&self->members, link)) {
    member_t *member = WHORL__CONTAINER(link, member_t, link);
    if (member->item.kind == item->kind && id_of(&member->item) == id_of(item)) return member;
  }
  return NULL;
}

static int new_member(wait_set_t *self, member_t **ret_member)
{
  whorl__link_t *spare = whorl__list_pop(&self->spare);
  if (spare != NULL)
    *ret_member = WHORL__CONTAINER(spare, member_t, link);
  else if (self->used < self->capacity)
    *ret_member = &self->room[self->used++];
  else if (self->capacity > 0)
    return whorl__fail(WHORL_LIMIT_EXCEEDED, "wait set '%s' has room for %zu", self->name, self->capacity);
  else
    *ret_member = whorl__alloc(sizeof **ret_member);
  return *ret_member != NULL ? WHORL_OK : whorl__fail(WHORL_NO_MEMORY, "no memory for one more in wait set '%s'", self->name);
}

static int add(wait_set_t *self, const whorl_wait_item_t *item)
{
  member_t *member;
  if (find(self, item) != NULL)
    return whorl__fail(WHORL_ALREADY_ADDED, "the %s is in wait set '%s' already", kinds[item->kind].noun, self->name);
  WHORL_TRY(new_member(self, &member));
  *member = (member_t){.item = *item, .set = self, .watch.told = told};
  member->item.signals = 0;
  whorl__list_append(&self->members, &member->link);
  int status = begin(self, member);
  if (status == WHORL_OK) return WHORL_OK;
  give_back(self, member);
  return status;
}

static int remove_item(wait_set_t *self, const whorl_wait_item_t *item)
{
  member_t *member = find(self, item);
  if (member == NULL) return whorl__fail(WHORL_NOT_ADDED, "the %s is not in wait set '%s'", kinds[item->kind].noun, self->name);
  drop(self, member);
  return WHORL_OK;
}

static int change(whorl_wait_set_t handle, const whorl_wait_item_t *item, int (*function)(wait_set_t *, const whorl_wait_item_t *),
                  const char *name)
{
  wait_set_t *self;
  if (item == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "%s: item is NULL", name);
  if ((unsigned)item->kind >= KINDS) return whorl__fail(WHORL_INVALID_ARGUMENT, "%s: kind %d of an item is none", name, (int)item->kind);
  WHORL_TRY(pin(handle, &self));
  pthread_mutex_lock(&self->lock);
  int status = function(self, item);
  pthread_mutex_unlock(&self->lock);
  if (status == WHORL_OK) whorl__changes_tell(self->changes);
  unpin(handle);
  return status;
}

int whorl_wait_set_add(whorl_wait_set_t set, const whorl_wait_item_t *item) { return change(set, item, add, "whorl_wait_set_add"); }

int whorl_wait_set_remove(whorl_wait_set_t set, const whorl_wait_item_t *item)
{
  return change(set, item, remove_item, "whorl_wait_set_remove");
}

int whorl_wait_set_destroy(whorl_wait_set_t handle)
{
  wait_set_t *self;
  WHORL_TRY(pin(handle, &self));
  int status = whorl__handle_retire(&sets, handle.id, 1);
  if (status < 0) {
    unpin(handle);
    return status;
  }
  pthread_mutex_lock(&self->lock);
  for (whorl__link_t *link; (link = whorl__list_first(&self->members)) != NULL;) drop(self, WHORL__CONTAINER(link, member_t, link));
  pthread_mutex_unlock(&self->lock);
  whorl__changes_close(self->changes);
  unref(self);
  return WHORL_OK;
}

// --- looking

typedef struct look {
  whorl_wait_item_t *items;
  size_t capacity, count;
  int64_t until_ns; // steady time until a timer is due
} look_t;

typedef enum state { IDLE, READY, GONE } state_t;

static state_t look_at_entity(const member_t *member, whorl__readiness_t *ret_readiness)
{
  whorl__handle_table_t *table = kinds[member->item.kind].table;
  whorl__entity_t *entity;
  if (whorl__handle_pin(table, id_of(&member->item), (void **)&entity) < 0) return GONE;
  bool ready = entity->ops->ready(entity, ret_readiness);
  whorl__handle_unpin(table, entity->id);
  return ready ? READY : IDLE;
}

static state_t look_at_future(const member_t *member)
{
  bool complete;
  if (whorl__future_look(member->item.on.future, &complete) < 0) return GONE;
  return complete ? READY : IDLE;
}

static state_t look_at(const member_t *member, look_t *look, uint64_t *ret_signals)
{
  whorl__readiness_t readiness = {.until_ns = WHORL_FOREVER};
  state_t state = kinds[member->item.kind].table == NULL ? look_at_future(member) : look_at_entity(member, &readiness);
  if (state == IDLE && readiness.until_ns < look->until_ns) look->until_ns = readiness.until_ns;
  *ret_signals = readiness.signals;
  return state;
}

// Lock held. Those that were told go to the end, so that everybody's turn comes.
static void look_around(wait_set_t *self, look_t *look)
{
  whorl__list_t seen;
  whorl__list_init(&seen);
  look->count = 0;
  look->until_ns = WHORL_FOREVER;
  for (whorl__link_t *link = whorl__list_first(&self->members), *next; link != NULL && look->count < look->capacity; link = next) {
    next = whorl__list_next(&self->members, link);
    member_t *member = WHORL__CONTAINER(link, member_t, link);
    uint64_t signals;
    state_t state = look_at(member, look, &signals);
    if (state == GONE) drop(self, member);
    if (state != READY) continue;
    look->items[look->count] = member->item;
    look->items[look->count++].signals = signals;
    whorl__list_remove(link);
    whorl__list_append(&seen, link);
  }
  for (whorl__link_t *link; (link = whorl__list_pop(&seen)) != NULL;) whorl__list_append(&self->members, link);
}

// --- waiting

static int rest(wait_set_t *self, uint64_t seen, int64_t until_ns)
{
  static const whorl__wait_kind_t one_of = {"wait set", "", WHORL__WAIT_NOBODY};
  whorl__waiter_t waiter;
  whorl__blocking_t blocking;
  whorl__context_t *context;
  if (whorl__context_pin(self->context, &context) < 0)
    return whorl__fail(WHORL_SHUTDOWN, "the context of wait set '%s' has gone", self->name);
  int status = whorl__blocking_begin(&blocking, context, "whorl_wait_set_wait");
  whorl__context_unpin(context);
  WHORL_TRY(status);
  if (whorl__changes_begin(self->changes, seen, &waiter, &one_of, self->name))
    status = whorl__changes_end_until(self->changes, &waiter, until_ns);
  status = whorl__blocking_end(&blocking, status);
  return status == WHORL_TIMED_OUT || status == WHORL_DESTROYED ? WHORL_OK : status; // the next look finds out
}

static bool is_over(const wait_set_t *self)
{
  whorl__context_t *context;
  if (whorl__context_pin(self->context, &context) < 0) return true;
  bool over = atomic_load(&context->shut_down);
  whorl__context_unpin(context);
  return over;
}

static bool is_destroyed(const wait_set_t *self)
{
  wait_set_t *found;
  if (pin((whorl_wait_set_t){self->id}, &found) < 0) return true;
  unpin((whorl_wait_set_t){self->id});
  return false;
}

static int wait_for(wait_set_t *self, int64_t deadline_ns, look_t *look)
{
  for (;;) {
    uint64_t seen = whorl__changes_count(self->changes);
    pthread_mutex_lock(&self->lock);
    look_around(self, look);
    bool empty = whorl__list_empty(&self->members);
    pthread_mutex_unlock(&self->lock);
    if (look->count > 0) return WHORL_WAIT_READY;
    if (is_destroyed(self)) return whorl__fail(WHORL_DESTROYED, "wait set '%s' was destroyed", self->name);
    if (is_over(self)) return whorl__fail(WHORL_SHUTDOWN, "the context was shut down");
    if (empty) return WHORL_WAIT_EMPTY;
    int64_t now_ns = whorl_now_ns(), next_ns = whorl__time_after(now_ns, look->until_ns);
    if (now_ns >= deadline_ns) return WHORL_WAIT_TIMEOUT;
    WHORL_TRY(rest(self, seen, next_ns < deadline_ns ? next_ns : deadline_ns));
  }
}

static int take_turn(whorl_wait_set_t handle, wait_set_t **ret_self)
{
  wait_set_t *self;
  WHORL_TRY(pin(handle, &self));
  pthread_mutex_lock(&self->lock);
  bool busy = self->waiting;
  self->waiting = true;
  pthread_mutex_unlock(&self->lock);
  if (!busy) atomic_fetch_add(&self->references, 1);
  unpin(handle);
  *ret_self = self;
  return busy ? whorl__fail(WHORL_BUSY, "somebody waits in this wait set already") : WHORL_OK;
}

WHORL__SUSPENDING int whorl_wait_set_wait(whorl_wait_set_t handle, int64_t timeout_ns, whorl_wait_item_t *ret_items, size_t capacity,
                                          size_t *ret_count)
{
  wait_set_t *self;
  if (ret_items == NULL || ret_count == NULL || capacity == 0)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_wait_set_wait: there is no room for what is ready");
  if (timeout_ns != 0) WHORL_TRY(whorl__wait_entry_anywhere_checked());
  WHORL_TRY(take_turn(handle, &self));
  look_t look = {.items = ret_items, .capacity = capacity};
  int64_t deadline_ns = timeout_ns < 0 ? WHORL_FOREVER : whorl__time_after(whorl_now_ns(), timeout_ns);
  int result = wait_for(self, deadline_ns, &look);
  pthread_mutex_lock(&self->lock);
  self->waiting = false;
  pthread_mutex_unlock(&self->lock);
  unref(self);
  if (result >= 0) *ret_count = look.count;
  return result;
}
