// Timers on simulated time against a plain model: a list, looked through for the earliest. Random creations, resets, cancels, periods, destructions, ticks and jumps of the clock in both directions.
#include "dispatch/fake_source.h"
#include "dispatch/timer.h"

enum { TIMERS = 24, OPERATIONS = 10000, SEEDS = 20, FIRES = 256 };

typedef struct fire {
  int timer;
  int64_t expected_ns, actual_ns;
  uint64_t missed;
} fire_t;

typedef struct log {
  fire_t fires[FIRES];
  size_t count;
} log_t;

typedef struct real {
  whorl__mailbox_t own;
  whorl__timer_t timer;
} real_t;

typedef struct model {
  bool exists, running, one_shot;
  int64_t period_ns, due_ns; // before the start: what is left from there
  uint64_t arming;
} model_t;

static struct {
  whorl__ros_time_t *time;
  whorl__ros_clock_t clock;
  real_t real[TIMERS];
  model_t model[TIMERS];
  log_t seen, wanted;
  bool started;
  int64_t now_ns;
  uint64_t armings;
} world;

static int on_tick(whorl__record_t *record)
{
  whorl__timer_t *timer = WHORL__CONTAINER(record, whorl__timer_t, record);
  CHECK(world.seen.count < FIRES);
  world.seen.fires[world.seen.count++] = (fire_t){(int)(WHORL__CONTAINER(timer, real_t, timer) - world.real), timer->last.expected_ns,
                                                  timer->last.actual_ns, timer->last.missed};
  return WHORL_OK;
}

static const whorl__record_ops_t ops = {.run = on_tick, .picked = whorl__timer_picked};

// --- The model

static void model_arm(model_t *model, int64_t due_ns)
{
  model->due_ns = due_ns;
  model->arming = ++world.armings;
}

static void model_reset(model_t *model)
{
  model->running = true;
  model_arm(model, (world.started ? world.now_ns : 0) + model->period_ns);
}

static model_t *model_earliest(void)
{
  model_t *best = NULL;
  for (model_t *model = world.model; model < world.model + TIMERS; model++) {
    if (!model->exists || !model->running || model->due_ns > world.now_ns) continue;
    if (best == NULL || model->due_ns < best->due_ns || (model->due_ns == best->due_ns && model->arming < best->arming)) best = model;
  }
  return best;
}

static void model_fire(model_t *model)
{
  fire_t fire = {.timer = (int)(model - world.model), .expected_ns = model->due_ns, .actual_ns = world.now_ns};
  int64_t next = model->due_ns + model->period_ns;
  for (; !model->one_shot && next <= world.now_ns; next += model->period_ns) fire.missed++;
  world.wanted.fires[world.wanted.count++] = fire;
  model->running = !model->one_shot;
  model_arm(model, next);
}

// Going back: who then stood before the beginning of his present period begins one there.
static void model_tick(int64_t now_ns)
{
  bool back = world.started && now_ns < world.now_ns;
  for (model_t *model = world.model; model < world.model + TIMERS; model++) {
    if (!world.started) model->due_ns += now_ns;
    if (back && model->due_ns - model->period_ns > now_ns) model->due_ns = now_ns + model->period_ns;
  }
  world.started = true;
  world.now_ns = now_ns;
  for (model_t *model; (model = model_earliest()) != NULL;) model_fire(model);
}

// --- Both

static void create(int i, int64_t period_ns, bool one_shot)
{
  real_t *real = &world.real[i];
  *real = (real_t){.timer.period_ns = 0};
  whorl__mailbox_init(&real->own, kit.core, WHORL__MAILBOX_REENTRANT);
  whorl__timer_init(&real->timer, &ops, &real->own,
                    &(whorl__timer_options_t){.period_ns = period_ns, .clock = &world.clock, .one_shot = one_shot}, (uint64_t)i, "timer");
  whorl__record_go_live(&real->timer.record);
  whorl__timer_reset(&real->timer);
  world.model[i] = (model_t){.exists = true, .period_ns = period_ns, .one_shot = one_shot};
  model_reset(&world.model[i]);
}

static void destroy(int i)
{
  assert_true(whorl__record_close(&world.real[i].timer.record));
  whorl__timer_fini(&world.real[i].timer);
  world.model[i].exists = false;
}

static void change_one(int i, uint64_t *seed)
{
  model_t *model = &world.model[i];
  whorl__timer_t *timer = &world.real[i].timer;
  uint32_t kind = draw(seed, 8);
  if (!model->exists) {
    create(i, 1 + draw(seed, 40), kind == 0);
  } else if (kind == 0) {
    destroy(i);
  } else if (kind == 1) {
    model->period_ns = 1 + draw(seed, 40);
    whorl__timer_set_period(timer, model->period_ns);
  } else if (kind < 4) {
    whorl__timer_cancel(timer);
    model->running = false;
  } else {
    whorl__timer_reset(timer);
    model_reset(model);
  }
}

static void compare_logs(uint64_t seed, int operation)
{
  for (size_t i = 0; i < world.wanted.count && i < world.seen.count; i++) {
    const fire_t *wanted = &world.wanted.fires[i], *seen = &world.seen.fires[i];
    if (memcmp(wanted, seen, sizeof *seen) == 0) continue;
    fail_msg("seed %llu, operation %d, call %zu: timer %d for %lld at %lld (%llu missed), wanted timer %d for %lld at %lld (%llu missed)",
             (unsigned long long)seed, operation, i, seen->timer, (long long)seen->expected_ns, (long long)seen->actual_ns,
             (unsigned long long)seen->missed, wanted->timer, (long long)wanted->expected_ns, (long long)wanted->actual_ns,
             (unsigned long long)wanted->missed);
  }
  assert_int_equal(world.wanted.count, world.seen.count);
  world.wanted.count = world.seen.count = 0;
}

static void check_state(int i)
{
  const model_t *model = &world.model[i];
  if (!model->exists) return;
  assert_int_equal(whorl__timer_canceled(&world.real[i].timer), !model->running);
  assert_int_equal(whorl__timer_until_next(&world.real[i].timer),
                   !model->running ? WHORL_FOREVER : model->due_ns - (world.started ? world.now_ns : 0));
}

static void compare_with_the_model(uint64_t seed)
{
  uint64_t draws = seed;
  memset(&world, 0, sizeof world);
  assert_int_equal(whorl__ros_time_create(&world.time), WHORL_OK);
  whorl__ros_clock_init(&world.clock, world.time);
  whorl__ros_clock_set_simulated(&world.clock, true, 0);
  for (int operation = 0; operation < OPERATIONS; operation++) {
    if (operation < 20 || draw(&draws, 3) > 0) { // some before time starts
      change_one((int)draw(&draws, TIMERS), &draws);
    } else {
      uint32_t kind = draw(&draws, 32);
      int64_t now_ns = world.now_ns + (kind == 0 ? 300 : kind == 1 ? -(int64_t)draw(&draws, 300) : draw(&draws, 20));
      model_tick(now_ns < 0 ? 0 : now_ns);
      whorl__ros_time_tick(world.time, now_ns < 0 ? 0 : now_ns);
      run_ready_now(kit.core);
      compare_logs(seed, operation);
    }
    check_state((int)draw(&draws, TIMERS));
  }
  for (int i = 0; i < TIMERS; i++)
    if (world.model[i].exists) destroy(i);
  whorl__ros_clock_close(&world.clock);
  whorl__ros_time_destroy(world.time);
}

static void PAIN_09_calls_order_missed_counts_and_phase_are_those_of_the_model(void **state)
{
  (void)state;
  for (uint64_t seed = 1; seed <= SEEDS; seed++) compare_with_the_model(seed);
}

int main(void)
{
  const struct CMUnitTest tests[] = {DISPATCH_TEST(PAIN_09_calls_order_missed_counts_and_phase_are_those_of_the_model)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
