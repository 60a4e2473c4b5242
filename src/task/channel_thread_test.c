// (stress) One channel between two cores on two threads and two plain threads, with cancellations in between: nothing lost, nothing twice, nothing overtaken. Judged by counts, never by time.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "task/kit.h"
#include "task/sanitizer.h"
#include "whorl/channel.h"

#ifdef WHORL__TSAN
enum { ITEMS = 1500 };
#else
enum { ITEMS = 10000 };
#endif
enum { SENDERS = 3, RECEIVERS = 3, CAPACITY = 2 }; // of each kind: two in tasks, one a plain thread

typedef struct item {
  int sender, number;
} item_t;

typedef struct side {
  whorl__futex_parker_t parker;
  whorl__core_t *core;
  whorl_task_function_t function;
  bool ended;
} side_t;

static whorl_channel_t channel;
static item_t items[SENDERS][ITEMS];
static atomic_int received[SENDERS][ITEMS];
static atomic_int canceled;
static _Atomic size_t out_of_order;

static int counted(int status)
{
  if (status == WHORL_TIMED_OUT) atomic_fetch_add(&canceled, 1);
  return status;
}

static int64_t limit_of(int i) { return i % 3 == 0 ? WHORL_MICROSECONDS(1 + i % 20) : WHORL_FOREVER; }

static int sends(void *arg)
{
  item_t *mine = arg;
  for (int i = 0; i < ITEMS; i++) {
    int status;
    whorl_timeout_t timeout;
    do {
      whorl_timeout_open(&timeout, limit_of(i));
      status = counted(whorl_timeout_close(&timeout, whorl_channel_send(channel, &mine[i])));
    } while (status == WHORL_TIMED_OUT);
    WHORL_TRY(status);
  }
  return WHORL_OK;
}

// Of one sender, a receiver sees the items in their order.
static void count(const item_t *item, int last[SENDERS])
{
  atomic_fetch_add(&received[item->sender][item->number], 1);
  if (item->number <= last[item->sender]) atomic_fetch_add(&out_of_order, 1);
  last[item->sender] = item->number;
}

static int receives(void *arg)
{
  int last[SENDERS] = {-1, -1, -1};
  (void)arg;
  for (int i = 0;; i++) {
    void *item;
    whorl_timeout_t timeout;
    whorl_timeout_open(&timeout, limit_of(i));
    int status = counted(whorl_timeout_close(&timeout, whorl_channel_receive(channel, &item)));
    if (status == WHORL_OK) count(item, last);
    if (status != WHORL_OK && status != WHORL_TIMED_OUT) return status == WHORL_CLOSED ? WHORL_OK : status;
  }
}

static int all_send(void *arg)
{
  whorl_task_group_t group;
  (void)arg;
  whorl_task_group_open(&group);
  for (int i = 0; i < SENDERS - 1; i++) whorl_task_group_spawn(&group, sends, items[i]);
  return whorl_task_group_close(&group, WHORL_OK);
}

static int all_receive(void *arg)
{
  whorl_task_group_t group;
  (void)arg;
  whorl_task_group_open(&group);
  for (int i = 0; i < RECEIVERS - 1; i++) whorl_task_group_spawn(&group, receives, NULL);
  return whorl_task_group_close(&group, WHORL_OK);
}

static int side_main(void *arg)
{
  side_t *side = arg;
  int status = side->function(NULL);
  side->ended = true;
  return status;
}

static bool side_done(void *arg)
{
  side_t *side = arg;
  return side->ended && whorl__core_read_counts(side->core).live_tasks == 0;
}

static void *run_side(void *arg)
{
  side_t *side = arg;
  whorl__futex_parker_init(&side->parker);
  CHECK_INT(WHORL_OK, whorl__core_create(&(whorl__core_options_t){.parker = &side->parker.base, .name = "side"}, &side->core));
  CHECK_INT(WHORL_OK, whorl__scope_spawn(whorl__core_root(side->core), side_main, side, NULL, NULL, "here"));
  CHECK_INT(WHORL_OK, whorl__core_run(side->core, side_done, side));
  CHECK_INT(WHORL_OK, whorl__scope_first_error(whorl__core_root(side->core)));
  whorl__core_destroy(side->core);
  return NULL;
}

static void *try_to_send(void *arg)
{
  (void)arg;
  for (int i = 0; i < ITEMS; i++)
    for (int status; (status = whorl_channel_try_send(channel, &items[SENDERS - 1][i])) != WHORL_OK;) {
      CHECK_INT(WHORL_WOULD_BLOCK, status);
      sched_yield();
    }
  return NULL;
}

static void *try_to_receive(void *arg)
{
  int last[SENDERS] = {-1, -1, -1}, status;
  void *item;
  (void)arg;
  while ((status = whorl_channel_try_receive(channel, &item)) != WHORL_CLOSED) {
    if (status == WHORL_OK)
      count(item, last);
    else
      sched_yield();
  }
  return NULL;
}

static void R28_between_two_cores_and_two_threads(void **state)
{
  side_t sending = {.function = all_send}, receiving = {.function = all_receive};
  pthread_t senders[2], receivers[2];
  (void)state;
  for (int i = 0; i < SENDERS; i++)
    for (int j = 0; j < ITEMS; j++) items[i][j] = (item_t){i, j};
  assert_int_equal(WHORL_OK, whorl_channel_create(CAPACITY, NULL, &channel));
  assert_int_equal(0, pthread_create(&receivers[0], NULL, run_side, &receiving));
  assert_int_equal(0, pthread_create(&receivers[1], NULL, try_to_receive, NULL));
  assert_int_equal(0, pthread_create(&senders[0], NULL, run_side, &sending));
  assert_int_equal(0, pthread_create(&senders[1], NULL, try_to_send, NULL));
  for (int i = 0; i < 2; i++) pthread_join(senders[i], NULL);
  assert_int_equal(WHORL_OK, whorl_channel_close(channel));
  for (int i = 0; i < 2; i++) pthread_join(receivers[i], NULL);
  assert_int_equal(0, whorl_channel_count(channel));
  assert_int_equal(WHORL_OK, whorl_channel_destroy(channel));
  for (int i = 0; i < SENDERS; i++)
    for (int j = 0; j < ITEMS; j++) assert_int_equal(1, received[i][j]);
  assert_int_equal(0, out_of_order);
  assert_true(canceled > 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(R28_between_two_cores_and_two_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
