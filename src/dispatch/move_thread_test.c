// A group that moves between two drivers that run, while others put, close and create: on real threads (docs/dispatch.md 2.8 and 3).
#include <pthread.h>
#include <sched.h>

#include "dispatch/record.h"
#include "task/kit.h"

enum { MEMBERS = 3, PUTS = 3000, LIVES = 300 };

typedef struct runner {
  whorl__futex_parker_t parker;
  whorl__core_t *core;
  pthread_t thread;
  atomic_bool stop;
} runner_t;

typedef struct member {
  whorl__record_t record;
  struct field *field;
  pthread_mutex_t lock; // a ring's
  int waiting;
  bool armed;
  atomic_int taken, quiet;
} member_t;

typedef struct field {
  runner_t runners[2];
  whorl__mailbox_t group;
  member_t members[MEMBERS];
  atomic_int active, most_active;
  atomic_bool done;
} field_t;

static int take_and_sleep(whorl__record_t *record)
{
  member_t *member = WHORL__CONTAINER(record, member_t, record);
  field_t *field = member->field;
  pthread_mutex_lock(&member->lock);
  bool took = member->waiting > 0;
  if (took) member->waiting--;
  bool more = member->waiting > 0;
  if (!more) member->armed = false;
  pthread_mutex_unlock(&member->lock);
  if (more) whorl__record_more(record);
  if (!took) return WHORL_OK;
  int active = atomic_fetch_add(&field->active, 1) + 1;
  if (active > atomic_load(&field->most_active)) atomic_store(&field->most_active, active);
  int status = atomic_fetch_add(&member->taken, 1) % 4 == 0 ? whorl_sleep(1000) : whorl_yield();
  atomic_fetch_sub(&field->active, 1);
  return status;
}

static void count_quiet(whorl__record_t *record) { atomic_fetch_add(&WHORL__CONTAINER(record, member_t, record)->quiet, 1); }

static const whorl__record_ops_t ops = {.run = take_and_sleep, .quiet = count_quiet};

static void put(member_t *member)
{
  pthread_mutex_lock(&member->lock);
  member->waiting++;
  bool mark = !member->armed;
  member->armed = true;
  pthread_mutex_unlock(&member->lock);
  if (mark) whorl__record_mark(&member->record);
}

static bool is_stopped(void *arg)
{
  return atomic_load(&((runner_t *)arg)->stop) && whorl__core_read_counts(((runner_t *)arg)->core).live_tasks == 0;
}

static void *run_core(void *arg)
{
  runner_t *runner = arg;
  whorl__core_run(runner->core, is_stopped, runner);
  return NULL;
}

static void nothing(whorl__post_t *post, bool closed)
{
  (void)post;
  (void)closed;
}

static void init_member(field_t *field, int index)
{
  member_t *member = &field->members[index];
  *member = (member_t){.field = field, .lock = PTHREAD_MUTEX_INITIALIZER};
  whorl__record_init(&member->record, &ops, &field->group, 1, (uint64_t)index, "member");
  whorl__record_go_live(&member->record);
}

static int setup(void **state)
{
  static field_t field;
  memset(&field, 0, sizeof field);
  for (int i = 0; i < 2; i++) {
    runner_t *runner = &field.runners[i];
    whorl__futex_parker_init(&runner->parker);
    assert_int_equal(WHORL_OK, whorl__core_create(&(whorl__core_options_t){.parker = &runner->parker.base, .name = "real"}, &runner->core));
    assert_int_equal(0, pthread_create(&runner->thread, NULL, run_core, runner));
  }
  whorl__mailbox_init(&field.group, field.runners[0].core, WHORL__MAILBOX_EXCLUSIVE);
  for (int i = 0; i < MEMBERS; i++) init_member(&field, i);
  *state = &field;
  return 0;
}

static int teardown(void **state)
{
  field_t *field = *state;
  for (int i = 0; i < 2; i++) {
    runner_t *runner = &field->runners[i];
    whorl__post_t wake = {.run = nothing};
    atomic_store(&runner->stop, true);
    whorl__core_post(runner->core, &wake);
    pthread_join(runner->thread, NULL);
    whorl__core_destroy(runner->core);
  }
  return 0;
}

static void *put_all(void *arg)
{
  field_t *field = arg;
  for (int i = 0; i < PUTS; i++) put(&field->members[i % MEMBERS]);
  atomic_store(&field->done, true);
  return NULL;
}

static int taken(field_t *field)
{
  int sum = 0;
  for (int i = 0; i < MEMBERS; i++) sum += atomic_load(&field->members[i].taken);
  return sum;
}

static void close_and_wait(member_t *member)
{
  if (whorl__record_close(&member->record)) return;
  while (atomic_load(&member->quiet) == 0) sched_yield();
}

static void an_exclusive_group_that_moves_loses_nothing_and_never_runs_two(void **state)
{
  field_t *field = *state;
  pthread_t producer;
  assert_int_equal(0, pthread_create(&producer, NULL, put_all, field));
  for (int move = 0; !atomic_load(&field->done) || taken(field) < PUTS; move++) {
    whorl__mailbox_move(&field->group, field->runners[move % 2].core);
    sched_yield();
  }
  pthread_join(producer, NULL);
  for (int i = 0; i < MEMBERS; i++) close_and_wait(&field->members[i]);
  assert_int_equal(taken(field), PUTS);
  assert_int_equal(atomic_load(&field->most_active), 1);
  assert_int_equal(field->group.busy, 0);
}

// Closed while it is queued, in flight here, in flight where it was before: quiet is told once, or close says so.
static void members_close_and_come_again_while_the_group_moves(void **state)
{
  field_t *field = *state;
  for (int life = 0; life < LIVES; life++) {
    member_t *member = &field->members[life % MEMBERS];
    for (int i = 0; i < MEMBERS; i++) put(&field->members[i]);
    whorl__mailbox_move(&field->group, field->runners[life % 2].core);
    for (int spin = life % 32; spin > 0; spin--) sched_yield();
    if (life % 3 == 0) whorl__mailbox_move(&field->group, field->runners[(life + 1) % 2].core);
    close_and_wait(member);
    assert_true(atomic_load(&member->quiet) <= 1);
    init_member(field, life % MEMBERS);
  }
  for (int i = 0; i < MEMBERS; i++) close_and_wait(&field->members[i]);
  assert_int_equal(atomic_load(&field->active), 0);
  assert_true(atomic_load(&field->most_active) <= 1); // none, when every close came first
  assert_int_equal(field->group.busy, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(an_exclusive_group_that_moves_loses_nothing_and_never_runs_two, setup, teardown),
      cmocka_unit_test_setup_teardown(members_close_and_come_again_while_the_group_moves, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
