// Timers of the dispatcher in virtual time: against a plain model, and what the model leaves out (docs/dispatch.md 2.7; invariants 6, 7).
#include "dispatch/fake_source.h"
#include "dispatch/timer.h"

typedef struct clocked {
  whorl__mailbox_t own;
  whorl__timer_t timer;
  const char *name;
  int (*body)(struct clocked *clocked);
} clocked_t;

static int clocked_run(whorl__record_t *record)
{
  clocked_t *clocked = WHORL__CONTAINER(record, clocked_t, timer.record);
  return clocked->body(clocked);
}

static const whorl__record_ops_t clocked_ops = {.run = clocked_run, .picked = whorl__timer_picked};

static int clocked_note(clocked_t *clocked)
{
  note("%s@%g", clocked->name, (double)clocked->timer.last.actual_ns / 1e9);
  return WHORL_OK;
}

static void clocked_init(clocked_t *clocked, const char *name, whorl__core_t *core, int64_t period_ns, uint64_t registration)
{
  *clocked = (clocked_t){.name = name, .body = clocked_note};
  whorl__mailbox_init(&clocked->own, core, WHORL__MAILBOX_REENTRANT);
  whorl__timer_init(&clocked->timer, &clocked_ops, &clocked->own, &(whorl__timer_options_t){.period_ns = period_ns}, registration, name);
  whorl__record_go_live(&clocked->timer.record);
}

static void clocked_start(clocked_t *clocked, const char *name, int64_t period_ns)
{
  clocked_init(clocked, name, kit.core, period_ns, 0);
  whorl__timer_reset(&clocked->timer);
}

static void clocked_end(clocked_t *clocked) { assert_true(whorl__record_close(&clocked->timer.record)); }

static void advance_to(double seconds)
{
  set_time(SECONDS(seconds));
  run_ready_now(kit.core);
  run_ready_now(second.core);
}

// --- The model: a list of timers, looked through for the earliest

enum { TIMERS = 24, OPERATIONS = 10000, SEEDS = 20, FIRES = 4096 };

typedef struct fire {
  int timer, core;
  int64_t expected_ns, actual_ns;
  uint64_t missed;
} fire_t;

typedef struct log {
  fire_t fires[FIRES];
  size_t count;
} log_t;

typedef struct model_timer {
  bool exists, armed, pending, one_shot;
  int core;
  int64_t period_ns, due_ns, start_ns;
  uint64_t arming; // order among equal deadlines
  unsigned fired;
} model_timer_t;

static struct {
  clocked_t real[TIMERS];
  model_timer_t model[TIMERS];
  log_t seen, wanted;
  uint64_t armings;
} world;

// What a callback does to another timer, as a function of who it is and how often it has fired: the same for both.
typedef enum act { ACT_NOTHING, ACT_CANCEL, ACT_RESET } act_t;
static act_t act_of(int timer, unsigned fired, int *ret_target)
{
  uint64_t seed = (uint64_t)timer * 1000003 + fired;
  *ret_target = (int)draw(&seed, TIMERS);
  uint32_t kind = draw(&seed, 8);
  return kind == 0 ? ACT_CANCEL : kind == 1 ? ACT_RESET : ACT_NOTHING;
}

static void model_arm(int timer, int64_t due_ns)
{
  model_timer_t *model = &world.model[timer];
  model->due_ns = due_ns;
  model->armed = true;
  model->arming = ++world.armings;
}

static void model_cancel(int timer) { world.model[timer].armed = world.model[timer].pending = false; }

static void model_reset(int timer)
{
  model_timer_t *model = &world.model[timer];
  model->pending = false;
  model->start_ns = kit.parker.now;
  model_arm(timer, kit.parker.now + model->period_ns);
}

static void model_fire(int timer, int core)
{
  model_timer_t *model = &world.model[timer];
  int64_t now = kit.parker.now;
  uint64_t missed = 0;
  int64_t expected = model->due_ns, next = expected + model->period_ns;
  for (; !model->one_shot && next <= now; next += model->period_ns) missed++; // one period after the other
  world.wanted.fires[world.wanted.count++] = (fire_t){timer, core, expected, now, missed};
  model->pending = false;
  if (!model->one_shot) model_arm(timer, next);
  int target;
  act_t act = act_of(timer, model->fired++, &target);
  if (!world.model[target].exists) return;
  if (act == ACT_CANCEL) model_cancel(target);
  if (act == ACT_RESET) model_reset(target);
}

static int model_earliest(int core, int64_t limit_ns)
{
  int best = -1;
  for (int i = 0; i < TIMERS; i++) {
    const model_timer_t *a = &world.model[i], *b = &world.model[best < 0 ? 0 : best];
    if (!a->exists || !a->armed || a->core != core || a->due_ns > limit_ns) continue;
    if (best < 0 || a->due_ns < b->due_ns || (a->due_ns == b->due_ns && a->arming < b->arming)) best = i;
  }
  return best;
}

// A turn at this instant: all that is due is released, then called in that order, unless a callback before it says otherwise.
static void model_turn(int core)
{
  int order[TIMERS], count = 0;
  for (int timer; (timer = model_earliest(core, kit.parker.now)) >= 0;) {
    world.model[timer].armed = false;
    world.model[timer].pending = true;
    order[count++] = timer;
  }
  for (int i = 0; i < count; i++)
    if (world.model[order[i]].pending) model_fire(order[i], core);
}

static int log_and_act(clocked_t *clocked)
{
  int timer = (int)(clocked - world.real);
  const whorl__timer_t *real = &clocked->timer;
  int core = atomic_load(&clocked->own.core) == second.core;
  CHECK(world.seen.count < FIRES);
  world.seen.fires[world.seen.count++] = (fire_t){timer, core, real->last.expected_ns, real->last.actual_ns, real->last.missed};
  int target;
  act_t act = act_of(timer, (unsigned)real->record.picks - 1, &target);
  if (clocked[target - timer].name == NULL) return WHORL_OK;
  if (act == ACT_CANCEL) whorl__timer_cancel(&world.real[target].timer);
  if (act == ACT_RESET) whorl__timer_reset(&world.real[target].timer);
  return WHORL_OK;
}

static void create(int timer, int64_t period_ns, bool stopped, bool one_shot)
{
  clocked_init(&world.real[timer], "timer", kit.core, period_ns, (uint64_t)timer);
  world.real[timer].body = log_and_act;
  world.real[timer].timer.one_shot = one_shot;
  world.model[timer] = (model_timer_t){.exists = true, .period_ns = period_ns, .one_shot = one_shot};
  if (stopped) return;
  whorl__timer_reset(&world.real[timer].timer);
  model_reset(timer);
}

static void destroy(int timer)
{
  clocked_end(&world.real[timer]);
  world.real[timer].name = NULL;
  world.model[timer].exists = world.model[timer].armed = false;
}

static void move(int timer)
{
  model_timer_t *model = &world.model[timer];
  model->core = !model->core;
  whorl__mailbox_move(&world.real[timer].own, model->core ? second.core : kit.core);
  if (model->armed) model->arming = ++world.armings;
}

// The next call keeps its time, and the grid goes on from there.
static void set_period(int timer, int64_t period_ns)
{
  model_timer_t *model = &world.model[timer];
  whorl__timer_set_period(&world.real[timer].timer, period_ns);
  assert_int_equal(whorl__timer_period(&world.real[timer].timer), period_ns);
  model->period_ns = period_ns;
  model->start_ns = model->due_ns;
}

static void change_one(int timer, uint64_t *seed)
{
  if (!world.model[timer].exists) {
    create(timer, 1 + draw(seed, 40), draw(seed, 8) == 0, draw(seed, 4) == 0);
    return;
  }
  switch (draw(seed, 8)) {
  case 0: destroy(timer); break;
  case 1: move(timer); break;
  case 4: set_period(timer, 1 + draw(seed, 40)); break;
  case 2:
  case 3:
    whorl__timer_cancel(&world.real[timer].timer);
    model_cancel(timer);
    break;
  default:
    whorl__timer_reset(&world.real[timer].timer);
    model_reset(timer);
    break;
  }
}

static void compare_logs(uint64_t seed, int operation)
{
  for (size_t i = 0; i < world.wanted.count && i < world.seen.count; i++)
    if (memcmp(&world.wanted.fires[i], &world.seen.fires[i], sizeof(fire_t)) != 0) {
      const fire_t *wanted = &world.wanted.fires[i], *seen = &world.seen.fires[i];
      fail_msg("seed %llu, operation %d, call %zu: timer %d for %lld (%llu missed), wanted timer %d for %lld (%llu missed)",
               (unsigned long long)seed, operation, i, seen->timer, (long long)seen->expected_ns, (unsigned long long)seen->missed,
               wanted->timer, (long long)wanted->expected_ns, (unsigned long long)wanted->missed);
    }
  assert_int_equal(world.wanted.count, world.seen.count);
  world.wanted.count = world.seen.count = 0;
}

// Invariants 16 and 17, and what can be asked about a timer.
static void check_state(int timer)
{
  const model_timer_t *model = &world.model[timer];
  clocked_t *real = &world.real[timer];
  if (!model->exists) return;
  check_mailbox(&real->own, false);
  assert_int_equal(whorl__timer_canceled(&real->timer), !model->armed);
  assert_int_equal(real->timer.deadline.node.queued, model->armed);
  assert_int_equal(whorl__timer_until_next(&real->timer), model->armed ? model->due_ns - kit.parker.now : WHORL_FOREVER);
  if (model->armed) assert_int_equal((real->timer.due_ns - model->start_ns) % model->period_ns, 0);
}

static void compare_with_the_model(uint64_t seed)
{
  uint64_t draws = seed;
  memset(&world, 0, sizeof world);
  for (int operation = 0; operation < OPERATIONS; operation++) {
    if (draw(&draws, 3) > 0) {
      change_one((int)draw(&draws, TIMERS), &draws);
    } else {
      set_time(kit.parker.now + (draw(&draws, 16) == 0 ? 200 : draw(&draws, 20)));
      whorl__core_turn(kit.core);
      model_turn(0);
      whorl__core_turn(second.core);
      model_turn(1);
      compare_logs(seed, operation);
    }
    check_state((int)draw(&draws, TIMERS));
  }
  for (int i = 0; i < TIMERS; i++)
    if (world.model[i].exists) destroy(i);
}

static void PAIN_09_calls_order_missed_counts_and_phase_are_those_of_the_model(void **state)
{
  (void)state;
  for (uint64_t seed = 1; seed <= SEEDS; seed++) {
    set_time(0);
    compare_with_the_model(seed);
    run_ready_now(kit.core);
  }
}

// --- What the model leaves out

static int clocked_sleep(clocked_t *clocked)
{
  note("%s(%llu missed", clocked->name, (unsigned long long)clocked->timer.last.missed);
  int status = whorl_sleep(SECONDS(2.5));
  note(")");
  return status;
}

static void due_again_while_it_is_in_flight_it_is_pending_once(void **state)
{
  clocked_t a;
  (void)state;
  clocked_start(&a, "a", SECONDS(1));
  a.body = clocked_sleep;
  for (double time = 0; time <= 6; time += 0.5)
    advance_to(time); // 1 to 3.5; then for 2, at 3.5, with 3 missed, to 6; then for 4 with 5 and 6 missed
  assert_trace("a(0 missed ) a(1 missed ) a(2 missed");
  whorl__timer_cancel(&a.timer);
  advance_to(9);
  assert_trace("a(0 missed ) a(1 missed ) a(2 missed )");
  clocked_end(&a);
}

static void cancelling_a_pending_one_takes_it_back(void **state)
{
  clocked_t a, b;
  whorl__mailbox_t *own = &a.own;
  (void)state;
  clocked_start(&a, "a", SECONDS(1));
  a.body = clocked_sleep;
  advance_to(1);
  advance_to(2.5); // pending behind its own callback
  assert_true(a.timer.record.again);
  whorl__timer_cancel(&a.timer);
  assert_false(a.timer.record.again);
  advance_to(3.5);
  check_mailbox(own, false);
  assert_trace("a(0 missed )");
  clocked_end(&a);
  clocked_start(&b, "b", SECONDS(1));
  whorl__timer_cancel(&b.timer);
  whorl__timer_cancel(&b.timer);
  advance_to(10);
  assert_int_equal(b.timer.record.picks, 0);
  clocked_end(&b);
}

static int cancel_itself(clocked_t *clocked)
{
  whorl__timer_cancel(&clocked->timer);
  return clocked_note(clocked);
}

static void a_callback_may_cancel_its_own_timer(void **state)
{
  clocked_t a, zero;
  (void)state;
  clocked_start(&a, "a", SECONDS(1));
  clocked_start(&zero, "zero", 0);
  a.body = zero.body = cancel_itself;
  advance_to(1);
  advance_to(5);
  assert_trace("zero@1 a@1");
  clocked_end(&a);
  clocked_end(&zero);
}

static int reset_itself(clocked_t *clocked)
{
  whorl__timer_reset(&clocked->timer);
  return clocked_note(clocked);
}

static void a_reset_in_its_own_callback_counts_from_now(void **state)
{
  clocked_t a;
  (void)state;
  clocked_start(&a, "a", SECONDS(1));
  a.body = reset_itself;
  advance_to(1.25);
  advance_to(2);
  advance_to(2.25);
  assert_trace("a@1.25 a@2.25");
  clocked_end(&a);
}

static int zero_tick(clocked_t *clocked)
{
  note(".");
  if (clocked->timer.record.picks == 4) whorl__timer_cancel(&clocked->timer);
  return WHORL_OK;
}

// docs/dispatch.md 2.7.4
static void a_zero_period_lets_everyone_else_who_is_ready_go_first(void **state)
{
  clocked_t zero;
  source_t other;
  (void)state;
  source_init(&other, "x", kit.core, NULL, 1);
  other.body = source_note;
  for (int i = 0; i < 3; i++) source_put(&other);
  clocked_start(&zero, "zero", 0);
  zero.body = zero_tick;
  run_ready_now(kit.core);
  assert_trace("x . x . x . .");
  clocked_end(&zero);
  assert_true(whorl__record_close(&other.record));
}

static void equal_deadlines_go_in_the_order_of_arming(void **state)
{
  clocked_t a, b, c;
  (void)state;
  clocked_start(&a, "a", SECONDS(2));
  clocked_start(&b, "b", SECONDS(1));
  clocked_start(&c, "c", SECONDS(2));
  advance_to(2);
  assert_trace("b@2 a@2 c@2");
  clocked_end(&a);
  clocked_end(&b);
  clocked_end(&c);
}

static void an_armed_timer_keeps_its_phase_through_limbo(void **state)
{
  clocked_t a;
  whorl__core_t *limbo;
  (void)state;
  assert_int_equal(WHORL_OK, whorl__core_create(&(whorl__core_options_t){.clock = &kit.parker.base, .name = "limbo"}, &limbo));
  clocked_init(&a, "a", limbo, SECONDS(1), 0);
  whorl__timer_reset(&a.timer);
  set_time(SECONDS(3.5));
  assert_int_equal(whorl__timer_until_next(&a.timer), SECONDS(-2.5)); // overdue, and nobody drives it
  whorl__mailbox_move(&a.own, kit.core);
  run_ready_now(kit.core);
  assert_int_equal(a.timer.last.missed, 2);
  assert_int_equal(a.timer.last.expected_ns, SECONDS(1));
  whorl__mailbox_move(&a.own, limbo);
  whorl__mailbox_move(&a.own, second.core);
  advance_to(4);
  assert_trace("a@3.5 a@4");
  clocked_end(&a);
  whorl__core_destroy(limbo);
}

static void a_pending_timer_moves_along(void **state)
{
  clocked_t a, mover;
  (void)state;
  clocked_start(&a, "a", SECONDS(1));
  a.body = clocked_sleep;
  clocked_init(&mover, "mover", kit.core, SECONDS(1), 1);
  advance_to(1);
  advance_to(2.25); // due again: pending behind its callback
  whorl__mailbox_move(&a.own, second.core);
  advance_to(3.5); // ends in the old core; starts in the new one
  assert_trace("a(0 missed ) a(1 missed");
  assert_int_equal(a.own.busy, 1);
  whorl__timer_cancel(&a.timer);
  advance_to(6);
  clocked_end(&a);
  clocked_end(&mover);
}

static void a_period_without_limit_is_never_due(void **state)
{
  clocked_t a;
  (void)state;
  set_time(SECONDS(1));
  clocked_start(&a, "a", WHORL_FOREVER);
  assert_int_equal(whorl__timer_until_next(&a.timer), WHORL_FOREVER);
  assert_int_equal(whorl__core_next_deadline(kit.core), WHORL_FOREVER);
  whorl__timer_reset(&a.timer);
  assert_false(whorl__timer_canceled(&a.timer));
  clocked_end(&a);
  clocked_start(&a, "a", WHORL_FOREVER - SECONDS(1) - 1); // due at the last moment there is
  set_time(WHORL_FOREVER - 1);
  run_ready_now(kit.core);
  assert_int_equal(a.timer.record.picks, 1);
  assert_int_equal(whorl__timer_until_next(&a.timer), WHORL_FOREVER);
  clocked_end(&a);
}

static void reset_after_close_does_nothing(void **state)
{
  clocked_t a;
  (void)state;
  clocked_start(&a, "a", SECONDS(1));
  clocked_end(&a);
  whorl__timer_reset(&a.timer);
  whorl__timer_cancel(&a.timer);
  assert_int_equal(whorl__core_next_deadline(kit.core), WHORL_FOREVER);
  advance_to(5);
  assert_trace("");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      DISPATCH_TEST(PAIN_09_calls_order_missed_counts_and_phase_are_those_of_the_model),
      DISPATCH_TEST(due_again_while_it_is_in_flight_it_is_pending_once),
      DISPATCH_TEST(cancelling_a_pending_one_takes_it_back),
      DISPATCH_TEST(a_callback_may_cancel_its_own_timer),
      DISPATCH_TEST(a_reset_in_its_own_callback_counts_from_now),
      DISPATCH_TEST(a_zero_period_lets_everyone_else_who_is_ready_go_first),
      DISPATCH_TEST(equal_deadlines_go_in_the_order_of_arming),
      DISPATCH_TEST(an_armed_timer_keeps_its_phase_through_limbo),
      DISPATCH_TEST(a_pending_timer_moves_along),
      DISPATCH_TEST(a_period_without_limit_is_never_due),
      DISPATCH_TEST(reset_after_close_does_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
