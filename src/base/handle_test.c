#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "base/handle.h"
#include "base/memory.h"
#include "whorl/status.h"

static int thing; // what the ids of these tests stand for

static uint64_t create(whorl__handle_table_t *table)
{
  uint64_t id = 0;
  assert_int_equal(whorl__handle_create(table, &thing, &id), WHORL_OK);
  assert_true(id != 0);
  return id;
}

static void a_pin_gives_the_object(void **state)
{
  (void)state;
  static whorl__handle_table_t table = WHORL__HANDLE_TABLE("node");
  uint64_t id = create(&table);
  void *object = NULL;
  assert_int_equal(whorl__handle_pin(&table, id, &object), WHORL_OK);
  assert_ptr_equal(object, &thing);
  whorl__handle_unpin(&table, id);
  assert_int_equal(whorl__handle_retire(&table, id, 0), WHORL_OK);
}

static void a_stale_id_is_destroyed_for_ever(void **state)
{
  (void)state;
  static whorl__handle_table_t table = WHORL__HANDLE_TABLE("node");
  uint64_t old = create(&table);
  assert_int_equal(whorl__handle_retire(&table, old, 0), WHORL_OK);
  uint64_t fresh = create(&table); // the same slot
  assert_int_equal((uint32_t)fresh, (uint32_t)old);
  void *object = &table;
  assert_int_equal(whorl__handle_pin(&table, old, &object), WHORL_DESTROYED);
  assert_string_equal(whorl_detail(), "the node was destroyed");
  assert_ptr_equal(object, &table); // untouched
  assert_int_equal(whorl__handle_retire(&table, old, 0), WHORL_DESTROYED);
  assert_int_equal(whorl__handle_retire(&table, fresh, 0), WHORL_OK);
  assert_int_equal(whorl__handle_retire(&table, fresh, 0), WHORL_DESTROYED);
}

static void a_made_up_id_is_invalid(void **state)
{
  (void)state;
  static whorl__handle_table_t table = WHORL__HANDLE_TABLE("client");
  uint64_t id = create(&table);
  const uint64_t made_up[] = {0, 1, id + 1, id + (UINT64_C(1) << 32), UINT64_MAX, UINT64_C(1) << 32, 77};
  for (size_t i = 0; i < sizeof made_up / sizeof made_up[0]; i++) {
    void *object;
    assert_int_equal(whorl__handle_pin(&table, made_up[i], &object), WHORL_INVALID_HANDLE);
    assert_string_equal(whorl_detail(), "this is no handle of a client");
    assert_int_equal(whorl__handle_retire(&table, made_up[i], 0), WHORL_INVALID_HANDLE);
  }
  assert_int_equal(whorl__handle_retire(&table, id, 0), WHORL_OK);
}

static void the_callers_own_pins_end_with_the_id(void **state)
{
  (void)state;
  static whorl__handle_table_t table = WHORL__HANDLE_TABLE("node");
  uint64_t id = create(&table);
  void *object;
  assert_int_equal(whorl__handle_pin(&table, id, &object), WHORL_OK);
  assert_int_equal(whorl__handle_pin(&table, id, &object), WHORL_OK);
  assert_int_equal(whorl__handle_retire(&table, id, 2), WHORL_OK);
  assert_int_equal(whorl__handle_pin(&table, id, &object), WHORL_DESTROYED);
  uint64_t fresh = create(&table); // starts without pins: this must not wait
  assert_int_equal(whorl__handle_retire(&table, fresh, 0), WHORL_OK);
}

static void live_ids_are_counted_across_chunks(void **state)
{
  (void)state;
  static whorl__handle_table_t table = WHORL__HANDLE_TABLE("task");
  enum { COUNT = 1000 };
  static uint64_t ids[COUNT];
  for (int i = 0; i < COUNT; i++) ids[i] = create(&table);
  assert_int_equal(whorl__handle_count(&table), COUNT);
  for (int i = 0; i < COUNT; i++) {
    void *object;
    assert_int_equal(whorl__handle_pin(&table, ids[i], &object), WHORL_OK);
    whorl__handle_unpin(&table, ids[i]);
  }
  for (int i = 0; i < COUNT; i += 2) assert_int_equal(whorl__handle_retire(&table, ids[i], 0), WHORL_OK);
  assert_int_equal(whorl__handle_count(&table), COUNT / 2);
  for (int i = 1; i < COUNT; i += 2) assert_int_equal(whorl__handle_retire(&table, ids[i], 0), WHORL_OK);
  assert_int_equal(whorl__handle_count(&table), 0);
}

static void a_failed_allocation_leaves_no_trace(void **state)
{
  (void)state;
  static whorl__handle_table_t table = WHORL__HANDLE_TABLE("node");
  uint64_t id = 5;
  whorl__memory_fail_at(1);
  assert_int_equal(whorl__handle_create(&table, &thing, &id), WHORL_NO_MEMORY);
  whorl__memory_fail_at(0);
  assert_int_equal(id, 5);
  assert_int_equal(whorl__handle_count(&table), 0);
  id = create(&table);
  assert_int_equal((uint32_t)id, 1);
  assert_int_equal(whorl__handle_retire(&table, id, 0), WHORL_OK);
}

// Threads against each other: pinners try whatever id was published last, retirers replace it. Each object says whether it is alive;
// a pin that sees a dead one, or a retire that returns while a pin is held, shows in `alive` or `users`.
enum { PINNERS = 3, ROUNDS = 4000 };

typedef struct object {
  int alive; // plain on purpose: ThreadSanitizer then judges the protocol
  atomic_int users;
} object_t;

static whorl__handle_table_t contested = WHORL__HANDLE_TABLE("object");
static _Atomic uint64_t published;
static atomic_bool over;
static atomic_int mistakes;

static void *pin_whatever_is_there(void *arg)
{
  int *pins = arg;
  while (!atomic_load(&over)) {
    uint64_t id = atomic_load(&published);
    void *memory;
    if (whorl__handle_pin(&contested, id, &memory) != WHORL_OK) continue;
    object_t *object = memory;
    atomic_fetch_add(&object->users, 1);
    if (object->alive != 1) atomic_fetch_add(&mistakes, 1);
    if (++*pins % 64 == 0) sched_yield(); // let the retirer meet a held pin, so that it has to sleep
    atomic_fetch_sub(&object->users, 1);
    whorl__handle_unpin(&contested, id);
  }
  return NULL;
}

static void a_retired_object_is_the_retirers_alone(void **state)
{
  (void)state;
  pthread_t threads[PINNERS];
  int pins[PINNERS * 32] = {0}; // far apart
  object_t objects[2] = {{0}};
  objects[0].alive = 1;
  uint64_t id = 0;
  assert_int_equal(whorl__handle_create(&contested, &objects[0], &id), WHORL_OK);
  atomic_store(&published, id);
  for (int i = 0; i < PINNERS; i++) assert_int_equal(pthread_create(&threads[i], NULL, pin_whatever_is_there, &pins[i * 32]), 0);
  for (int round = 1; round <= ROUNDS; round++) {
    object_t *old = &objects[(round + 1) % 2], *fresh = &objects[round % 2];
    uint64_t fresh_id = 0;
    fresh->alive = 1;
    assert_int_equal(whorl__handle_create(&contested, fresh, &fresh_id), WHORL_OK);
    atomic_store(&published, fresh_id);
    assert_int_equal(whorl__handle_retire(&contested, id, 0), WHORL_OK);
    if (atomic_load(&old->users) != 0) atomic_fetch_add(&mistakes, 1);
    old->alive = 0;
    id = fresh_id;
    if (round % 16 == 0) sched_yield();
  }
  atomic_store(&over, true);
  for (int i = 0; i < PINNERS; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
  assert_int_equal(whorl__handle_retire(&contested, id, 0), WHORL_OK);
  assert_int_equal(atomic_load(&mistakes), 0);
  assert_int_equal(whorl__handle_count(&contested), 0);
}

typedef struct retirer {
  whorl__handle_table_t *table;
  uint64_t id;
  int status;
  atomic_bool *returned;
} retirer_t;

static void *retire_it(void *arg)
{
  retirer_t *retirer = arg;
  retirer->status = whorl__handle_retire(retirer->table, retirer->id, 0);
  if (retirer->returned != NULL) atomic_store(retirer->returned, true);
  return NULL;
}

static void retire_waits_for_the_last_pin(void **state)
{
  (void)state;
  static whorl__handle_table_t table = WHORL__HANDLE_TABLE("node");
  atomic_bool returned = false;
  retirer_t retirer = {&table, create(&table), 1, &returned};
  void *object;
  assert_int_equal(whorl__handle_pin(&table, retirer.id, &object), WHORL_OK);
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, retire_it, &retirer), 0);
  void *other;
  while (whorl__handle_pin(&table, retirer.id, &other) == WHORL_OK) { // until the retirer has marked it
    whorl__handle_unpin(&table, retirer.id);
    sched_yield();
  }
  for (int i = 0; i < 50; i++) sched_yield();
  assert_false(atomic_load(&returned));
  whorl__handle_unpin(&table, retirer.id);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(retirer.status, WHORL_OK);
}

static void only_one_of_several_retirers_wins(void **state)
{
  (void)state;
  enum { RETIRERS = 4 };
  static whorl__handle_table_t table = WHORL__HANDLE_TABLE("node");
  for (int round = 0; round < 100; round++) {
    uint64_t id = create(&table);
    pthread_t threads[RETIRERS];
    retirer_t retirers[RETIRERS];
    for (int i = 0; i < RETIRERS; i++) {
      retirers[i] = (retirer_t){&table, id, 1, NULL};
      assert_int_equal(pthread_create(&threads[i], NULL, retire_it, &retirers[i]), 0);
    }
    int winners = 0;
    for (int i = 0; i < RETIRERS; i++) {
      assert_int_equal(pthread_join(threads[i], NULL), 0);
      winners += retirers[i].status == WHORL_OK;
      assert_true(retirers[i].status == WHORL_OK || retirers[i].status == WHORL_DESTROYED);
    }
    assert_int_equal(winners, 1);
  }
}

static void *create_and_retire(void *arg)
{
  whorl__handle_table_t *table = arg;
  for (int i = 0; i < 2000; i++) {
    uint64_t ids[3];
    for (int k = 0; k < 3; k++) {
      if (whorl__handle_create(table, &ids[k], &ids[k]) != WHORL_OK) return "create";
    }
    for (int k = 0; k < 3; k++) {
      void *object;
      if (whorl__handle_pin(table, ids[k], &object) != WHORL_OK || object != &ids[k]) return "pin";
      if (whorl__handle_retire(table, ids[k], 1) != WHORL_OK) return "retire";
    }
  }
  return NULL;
}

static void slots_are_never_given_to_two(void **state)
{
  (void)state;
  static whorl__handle_table_t table = WHORL__HANDLE_TABLE("node");
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, create_and_retire, &table), 0);
  for (int i = 0; i < 4; i++) {
    void *fault = NULL;
    assert_int_equal(pthread_join(threads[i], &fault), 0);
    assert_null(fault);
  }
  assert_int_equal(whorl__handle_count(&table), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_pin_gives_the_object),
      cmocka_unit_test(a_stale_id_is_destroyed_for_ever),
      cmocka_unit_test(a_made_up_id_is_invalid),
      cmocka_unit_test(the_callers_own_pins_end_with_the_id),
      cmocka_unit_test(live_ids_are_counted_across_chunks),
      cmocka_unit_test(a_failed_allocation_leaves_no_trace),
      cmocka_unit_test(a_retired_object_is_the_retirers_alone),
      cmocka_unit_test(retire_waits_for_the_last_pin),
      cmocka_unit_test(only_one_of_several_retirers_wins),
      cmocka_unit_test(slots_are_never_given_to_two),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
