// A storm on a channel, from seeds: whatever happens, each item is received once, released once, or still its sender's (docs/tasks.md R4, R28).
#include "task/kit.h"
#include "whorl/channel.h"

static whorl_channel_t channel;

static void *item_of(int number) { return (void *)(intptr_t)number; }
static int number_of(void *item) { return (int)(intptr_t)item; }

enum { STORM_TASKS = 12, STORM_STEPS = 60, STORM_ITEMS = STORM_TASKS * STORM_STEPS };
typedef enum fate { KEPT, SENT, RECEIVED, RELEASED } fate_t;
static fate_t fates[STORM_ITEMS];
static uint64_t seed;

static unsigned roll(unsigned sides)
{
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(seed >> 33) % sides;
}

static void move(int number, fate_t from, fate_t to)
{
  CHECK_INT(from, fates[number]);
  fates[number] = to;
}

static void storm_release(void *item) { move(number_of(item), SENT, RELEASED); }

static int storm_step(int number)
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, (int64_t)roll(5));
  void *item = NULL;
  bool sending = roll(2) == 0;
  int status;
  if (sending) fates[number] = SENT; // before: its receiver may be faster than we are
  if (roll(3) == 0)
    status = sending ? whorl_channel_try_send(channel, item_of(number)) : whorl_channel_try_receive(channel, &item);
  else
    status = sending ? whorl_channel_send(channel, item_of(number)) : whorl_channel_receive(channel, &item);
  if (sending && status < 0) move(number, SENT, KEPT);
  if (!sending && status == WHORL_OK) move(number_of(item), SENT, RECEIVED);
  return whorl_timeout_close(&timeout, status);
}

static int storms(void *arg)
{
  int first = (int)(intptr_t)arg;
  for (int i = 0; i < STORM_STEPS; i++) {
    storm_step(first + i);
    WHORL_TRY(whorl_sleep(roll(3)));
  }
  return WHORL_OK;
}

static int storm(void *arg)
{
  whorl_task_group_t group;
  (void)arg;
  CHECK_INT(WHORL_OK, whorl_channel_create(roll(4), &(whorl_channel_options_t){.release = storm_release}, &channel));
  whorl_task_group_open(&group);
  for (int i = 0; i < STORM_TASKS; i++) whorl_task_group_spawn(&group, storms, item_of(i * STORM_STEPS));
  CHECK_INT(WHORL_OK, whorl_sleep(roll(400)));
  if (roll(2) == 0) CHECK_INT(WHORL_OK, whorl_channel_close(channel));
  CHECK_INT(WHORL_OK, whorl_sleep(roll(100)));
  if (roll(2) == 0) CHECK_INT(WHORL_OK, whorl_channel_destroy(channel));
  if (roll(2) == 0) whorl_task_group_cancel(&group);
  CHECK_INT(WHORL_OK, whorl_task_group_close(&group, WHORL_OK));
  (void)whorl_channel_destroy(channel);
  return WHORL_OK;
}

static void a_storm_loses_no_item(void **state)
{
  int counts[4] = {0};
  (void)state;
  for (uint64_t i = 1; i <= 40; i++) {
    memset(fates, 0, sizeof fates);
    seed = i;
    kit_test(storm);
    for (int j = 0; j < STORM_ITEMS; j++) counts[fates[j]]++;
    assert_int_equal(0, counts[SENT]);
  }
  assert_true(counts[RECEIVED] > 1000 && counts[KEPT] > 1000 && counts[RELEASED] > 0); // it did blow
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_storm_loses_no_item),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
