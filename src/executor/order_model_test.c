// Random programs of triggers and messages beside a plain list: in each short spin of each kind, whoever runs is who stands first in it. What follows from that order is fair too: see docs/dispatch.md.
#include "executor/executor_fixture.h"

enum { GUARDS = 5, ITEMS = 8, GROUPS = 3, DEPTH = 4, STEPS = 60, PROGRAMS = 100 };

typedef struct item {
  struct model *model;
  whorl_guard_condition_t guard;
  whorl_publisher_t publisher; // of a subscription
  int group, registration, messages;
  bool is_subscription, queued, running, again;
  uint64_t epoch, ticket;
} item_t;

typedef struct model {
  bench_t *bench;
  item_t items[ITEMS];
  int priority[GROUPS], position[GROUPS];
  uint64_t random, epoch, limit, tickets;
  int ran;
} model_t;

static unsigned draw(model_t *model, unsigned below)
{
  model->random = model->random * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(model->random >> 33) % below;
}

// --- The list

static int compare(uint64_t left, uint64_t right) { return left < right ? -1 : left > right; }

static bool goes_before(const model_t *model, const item_t *a, const item_t *b)
{
  whorl_executor_kind_t kind = model->bench->kind;
  int order = kind == WHORL_EXECUTOR_STATIC ? 0 : model->priority[b->group] - model->priority[a->group];
  if (order == 0) order = compare(a->epoch, b->epoch);
  if (order == 0 && kind == WHORL_EXECUTOR_STATIC) order = model->position[a->group] - model->position[b->group];
  if (order == 0 && kind == WHORL_EXECUTOR_SINGLE_THREADED) order = b->is_subscription - a->is_subscription;
  if (order == 0 && kind != WHORL_EXECUTOR_SINGLE_THREADED && kind != WHORL_EXECUTOR_STATIC) order = compare(a->ticket, b->ticket);
  return order != 0 ? order < 0 : a->registration < b->registration;
}

static item_t *first(model_t *model)
{
  item_t *found = NULL;
  for (int i = 0; i < ITEMS; i++)
    if (model->items[i].queued && (found == NULL || goes_before(model, &model->items[i], found))) found = &model->items[i];
  return found;
}

static void make_ready(item_t *item)
{
  model_t *model = item->model;
  if (item->running) item->again = true;
  if (item->running || item->queued) return;
  item->queued = true;
  item->epoch = model->epoch;
  item->ticket = ++model->tickets;
}

// --- What callbacks do

static void trigger(item_t *item)
{
  assert_int_equal(whorl_guard_condition_trigger(item->guard), WHORL_OK);
  make_ready(item);
}

static int run_item(item_t *self)
{
  model_t *model = self->model;
  assert_ptr_equal(first(model), self);
  assert_true(self->epoch <= model->limit);
  self->queued = false;
  self->running = true;
  model->ran++;
  for (unsigned count = draw(model, 3); count > 0; count--) trigger(&model->items[draw(model, GUARDS)]);
  self->running = false;
  if (self->again || self->messages > 0) make_ready(self);
  self->again = false;
  return WHORL_OK;
}

static int on_trigger(uint64_t triggers, void *arg) { return (void)triggers, run_item(arg); }

static int on_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  item_t *self = arg;
  (void)message, (void)info;
  self->messages--;
  return run_item(self);
}

// --- A program

static void publish_to(item_t *item)
{
  if (item->messages == DEPTH) return;
  assert_int_equal(whorl_publish(item->publisher, &(std_msgs__msg__Int32){.data = 1}), WHORL_OK);
  bench_let_pass(item->model->bench, WHORL_MILLISECONDS(1)); // it arrives
  item->messages++;
  make_ready(item);
}

static void spin_some(model_t *model)
{
  model->limit = model->epoch++;
  model->ran = 0;
  int count = whorl_executor_spin_some(model->bench->executor, 0);
  assert_int_equal(count, model->ran);
  const item_t *left = first(model);
  assert_true(left == NULL || left->epoch > model->limit); // something more urgent came, which is the next spin's
}

static void make_item(model_t *model, int number, whorl_callback_group_t group)
{
  bench_t *bench = model->bench;
  item_t *item = &model->items[number];
  static const whorl_qos_t qos = {.depth = DEPTH};
  char topic[16];
  item->is_subscription = number >= GUARDS;
  snprintf(topic, sizeof topic, "topic%d", number);
  if (item->is_subscription) {
    const whorl_subscription_options_t options = {.qos = &qos, .callback_group = group};
    assert_int_equal(whorl_publisher_create(bench->node, INT32, topic, &(whorl_publisher_options_t){.qos = &qos}, &item->publisher),
                     WHORL_OK);
    assert_int_equal(whorl_subscription_create(bench->node, INT32, topic, on_message, item, &options, NULL), WHORL_OK);
  } else {
    const whorl_guard_condition_options_t options = {.callback_group = group};
    assert_int_equal(whorl_guard_condition_create(bench->node, on_trigger, item, &options, &item->guard), WHORL_OK);
  }
}

static void make_all(model_t *model)
{
  whorl_callback_group_t groups[GROUPS];
  for (int i = 0; i < GROUPS; i++) {
    model->priority[i] = (int)draw(model, 2) * 10;
    const whorl_callback_group_options_t options = {.manual = true, .priority = (uint8_t)model->priority[i]};
    whorl_callback_group_kind_t kind = draw(model, 2) == 0 ? WHORL_CALLBACK_GROUP_EXCLUSIVE : WHORL_CALLBACK_GROUP_REENTRANT;
    assert_int_equal(whorl_callback_group_create(model->bench->node, kind, &options, &groups[i]), WHORL_OK);
  }
  for (int i = 0; i < ITEMS; i++) {
    model->items[i] = (item_t){.model = model, .registration = i, .group = (int)draw(model, GROUPS)};
    make_item(model, i, groups[model->items[i].group]);
  }
  for (int i = 0, start = (int)draw(model, GROUPS); i < GROUPS; i++) { // their order need not be that of making
    int group = (start + i) % GROUPS;
    model->position[group] = i;
    assert_int_equal(whorl_executor_add_callback_group(model->bench->executor, groups[group]), WHORL_OK);
  }
  bench_let_pass(model->bench, WHORL_SECONDS(1)); // they find each other
}

static void run_program(bench_t *bench, uint64_t seed)
{
  model_t model = {.bench = bench, .random = seed, .epoch = 1};
  int ran = 0;
  make_all(&model);
  for (int step = 0; step < STEPS; step++) {
    item_t *item = &model.items[draw(&model, ITEMS)];
    if (item->is_subscription)
      publish_to(item);
    else
      trigger(item);
    if (draw(&model, 3) != 0) continue;
    spin_some(&model);
    ran += model.ran;
  }
  assert_true(ran > STEPS / 2);
}

static void D1_each_kind_runs_who_stands_first(void **state)
{
  for (uint64_t program = 0; program < PROGRAMS; program++)
    for (size_t kind = 0; kind < sizeof bench_kinds / sizeof bench_kinds[0]; kind++) {
      bench_t bench;
      assert_int_equal(fixture_teardown(state), WHORL_OK);
      assert_int_equal(fixture_setup(state), 0);
      bench_create(&bench, *state, bench_kinds[kind], NULL);
      run_program(&bench, program);
      bench_destroy(&bench);
    }
}

int main(void)
{
  const struct CMUnitTest tests[] = {NODE_TEST(D1_each_kind_runs_who_stands_first)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
