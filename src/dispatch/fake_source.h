// For tests of dispatch: something with messages and a callback, a core to run it in virtual time, and the invariants of docs/dispatch.md section 4 as a function.
#ifndef WHORL_DISPATCH_FAKE_SOURCE_H
#define WHORL_DISPATCH_FAKE_SOURCE_H

#include "dispatch/record.h"
#include "task/kit.h"

typedef struct source {
  whorl__mailbox_t own; // used when it is in no group
  whorl__record_t record;
  const char *name;
  bool armed; // as a ring: set by the message that ends emptiness, cleared by the take that empties it
  int waiting;
  int started, active, most_active, empty_takes, quiet;
  uint64_t last_picked; // order of its last pick, and where: tickets are a core's own
  whorl__core_t *picked_in;
  int (*body)(struct source *source); // the user's callback; NULL: nothing
} source_t;

static inline source_t *source_of(whorl__record_t *record) { return WHORL__CONTAINER(record, source_t, record); }

static inline int source_run(whorl__record_t *record)
{
  source_t *source = source_of(record);
  if (source->waiting == 0) {
    source->armed = false;
    source->empty_takes++;
    return WHORL_OK;
  }
  if (--source->waiting == 0)
    source->armed = false;
  else
    whorl__record_more(record);
  source->started++;
  if (++source->active > source->most_active) source->most_active = source->active;
  int status = source->body != NULL ? source->body(source) : WHORL_OK;
  source->active--;
  return status;
}

static inline void source_picked(whorl__record_t *record, whorl__core_t *core)
{
  source_t *source = source_of(record);
  CHECK(core != source->picked_in || record->key.order > source->last_picked); // invariant 4
  source->last_picked = record->key.order;
  source->picked_in = core;
}

static inline void source_quiet(whorl__record_t *record)
{
  CHECK(whorl__core_current() == NULL); // its last callback has left its stack
  source_of(record)->quiet++;
}

static const whorl__record_ops_t source_ops = {.run = source_run, .picked = source_picked, .quiet = source_quiet};

// Live, in the group or, for NULL, in an exclusive mailbox of its own.
static inline void source_init(source_t *source, const char *name, whorl__core_t *core, whorl__mailbox_t *group, uint32_t max_in_flight)
{
  static uint64_t registration;
  *source = (source_t){.name = name};
  whorl__mailbox_init(&source->own, core, WHORL__MAILBOX_REENTRANT);
  whorl__record_init(&source->record, &source_ops, group != NULL ? group : &source->own, max_in_flight, ++registration, name);
  whorl__record_go_live(&source->record);
}

static inline void source_put(source_t *source)
{
  source->waiting++;
  if (source->armed) return;
  source->armed = true;
  whorl__record_mark(&source->record);
}

static inline int source_note(source_t *source)
{
  note("%s", source->name);
  return WHORL_OK;
}

static inline int source_sleep(source_t *source)
{
  note("%s(", source->name);
  int status = whorl_sleep(SECONDS(1));
  note(")%s", source->name);
  return status == WHORL_CANCELED ? WHORL_OK : status;
}

// Everything that is ready now and becomes ready by that, without moving the time.
static inline void run_ready_now(whorl__core_t *core)
{
  while (whorl__core_turn(core)) {}
}

// Invariants 1, 2, 3 and 12 of a mailbox that nobody is working on. `sources`: its records are sources.
static inline void check_mailbox(whorl__mailbox_t *mailbox, bool sources)
{
  size_t queued = 0;
  uint32_t busy = 0;
  const whorl__record_t *oldest = NULL;
  for (whorl__link_t *link = whorl__list_first(&mailbox->records); link != NULL; link = whorl__list_next(&mailbox->records, link)) {
    whorl__record_t *record = WHORL__CONTAINER(link, whorl__record_t, link);
    CHECK(!whorl__record_closing(record)); // a closing one is on no list
    CHECK(record->in_flight <= record->max_in_flight);
    busy += record->in_flight;
    if (sources && record->live && source_of(record)->armed) CHECK(record->node.queued || record->in_flight > 0 || record->again);
    if (!record->node.queued) continue;
    queued++;
    if (oldest == NULL || record->key.level < oldest->key.level ||
        (record->key.level == oldest->key.level && record->key.order < oldest->key.order))
      oldest = record;
  }
  CHECK_INT((int64_t)queued, (int64_t)mailbox->queued.count);
  CHECK(busy <= mailbox->busy); // closing records may be in flight too
  CHECK(mailbox->kind == WHORL__MAILBOX_REENTRANT || mailbox->busy <= 1);
  CHECK_INT(queued > 0 && (mailbox->kind == WHORL__MAILBOX_REENTRANT || mailbox->busy == 0), mailbox->runnable.node.queued);
  if (!mailbox->runnable.node.queued) return;
  CHECK(mailbox->runnable.key.order == oldest->key.order && mailbox->runnable.key.level == oldest->key.level);
}

// A second world beside kit.core: another driver on the same thread.
typedef struct second_core {
  whorl__virtual_parker_t parker;
  whorl__core_t *core;
} second_core_t;
static second_core_t second;

static inline void second_open(void)
{
  memset(&second, 0, sizeof second);
  whorl__virtual_parker_init(&second.parker);
  assert_int_equal(WHORL_OK, whorl__core_create(&(whorl__core_options_t){.parker = &second.parker.base, .name = "second"}, &second.core));
}

static inline void set_time(int64_t now_ns) { kit.parker.now = second.parker.now = now_ns; }

// Two cores, no main task: the test moves them by hand.
static inline int two_cores_setup(void **state)
{
  (void)state;
  trace_clear();
  kit_open();
  second_open();
  return 0;
}

static inline int two_cores_teardown(void **state)
{
  (void)state;
  kit_close();
  whorl__core_destroy(second.core);
  return 0;
}

#define DISPATCH_TEST(function) cmocka_unit_test_setup_teardown(function, two_cores_setup, two_cores_teardown)

// A plain generator: the same numbers everywhere.
static inline uint32_t draw(uint64_t *seed, uint32_t below)
{
  *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(*seed >> 33) % below;
}

#endif
