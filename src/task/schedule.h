// Test kit of the nasty schedules: a schedule is a function that builds a small world, lets it run and says what is required of it. Each is run three ways:
//   as written;
//   permuted, by 20 seeds: its actors are spawned in another order, yield up to three times before each step, and share the thread and the instants with bystanders;
//   with every allocation of the library's own failing in turn: then the required outcome may be missed, but only when somebody was told NO_MEMORY.
// In every run each spawned task is released once, no memory is left over, and nothing hangs.
#ifndef WHORL_TASK_SCHEDULE_H
#define WHORL_TASK_SCHEDULE_H

#include "task/kit.h"

enum { SCHEDULE_SEEDS = 20, SCHEDULE_BYSTANDERS = 4, SCHEDULE_GROUPS = 4 };

static struct {
  void (*function)(void); // of this run
  uint64_t random;        // 0: as written
  uint64_t signature;     // of the order in which everybody moved
  bool failing;           // an allocation of this run fails
  bool timeless;          // the driver's time is real: nobody sleeps
  bool began, ended;
  int bystanders, spawned, released;
  int refusals;                                       // how often somebody was told NO_MEMORY
  const whorl_task_group_t *refused[SCHEDULE_GROUPS]; // groups that know of one: their close must tell
  char missed[256];                                   // the first requirement that was not met
} schedule;

// --- What permutes

static inline uint64_t schedule_chance(uint64_t choices)
{
  if (schedule.random == 0) return 0;
  schedule.random = schedule.random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (schedule.random >> 33) % choices;
}

static inline void schedule_mix(uint64_t what) { schedule.signature = (schedule.signature ^ what) * UINT64_C(1099511628211); }

// Before a step of an actor: others may come first, at the same instant. Not where the schedule says "in the same turn".
static inline void step(void)
{
  for (uint64_t yields = schedule_chance(4); yields > 0; yields--) (void)whorl_yield();
  for (const char *name = whorl_task_name(); *name != '\0'; name++) schedule_mix((uint64_t)*name);
}

static inline void count_released(void *arg)
{
  (void)arg;
  schedule.released++;
}

static inline int bystander(void *arg)
{
  static const double instants[] = {0, 0.1, 0.4, 0.5, 1};
  for (uint64_t moves = 3 + schedule_chance(10); moves > 0; moves--) {
    schedule_mix((uintptr_t)arg);
    uint64_t instant = schedule_chance(8);
    (void)(instant < 5 && !schedule.timeless ? whorl_sleep(SECONDS(instants[instant])) : whorl_yield());
  }
  schedule.bystanders--;
  return WHORL_OK;
}

// --- What a schedule is made of

typedef struct actor {
  const char *name;
  whorl_task_function_t function;
  void *arg;
} actor_t;

// What a call told: NO_MEMORY is an answer to be had while allocations fail.
static inline int heard(int status)
{
  schedule.refusals += status == WHORL_NO_MEMORY;
  return status;
}

static inline int spawn_actor(whorl_task_group_t *group, const actor_t *actor, whorl_task_t *ret_task)
{
  const whorl_task_options_t options = {.name = actor->name, .release = count_released};
  schedule.spawned++;
  int status = heard(whorl_task_group_spawn_with_options(group, actor->function, actor->arg, &options, ret_task, "actor"));
  for (int i = 0; status == WHORL_NO_MEMORY && i < SCHEDULE_GROUPS; i++) {
    if (schedule.refused[i] != NULL && schedule.refused[i] != group) continue;
    schedule.refused[i] = group;
    break;
  }
  return status;
}

static inline void spawn_actors(whorl_task_group_t *group, const actor_t *actors, size_t count)
{
  size_t order[8];
  CHECK(count <= 8);
  for (size_t i = 0; i < count; i++) { // a shuffle that grows from the left
    size_t at = schedule.random != 0 ? schedule_chance(i + 1) : i;
    order[i] = order[at];
    order[at] = i;
  }
  for (size_t i = 0; i < count; i++) (void)spawn_actor(group, &actors[order[i]], NULL);
}
#define SPAWN_ACTORS(group, ...) \
  spawn_actors((group), (const actor_t[]){__VA_ARGS__}, sizeof((const actor_t[]){__VA_ARGS__}) / sizeof(actor_t))

// A group that lacked memory for a spawn says so, or an error that came before, however its spawns were ignored (R19).
static inline int close_group(whorl_task_group_t *group, int status)
{
  int result = heard(whorl_task_group_close(group, status));
  for (int i = 0; i < SCHEDULE_GROUPS; i++) {
    if (schedule.refused[i] != group) continue;
    CHECK(result < 0 && result != WHORL_CANCELED);
    schedule.refused[i] = NULL;
  }
  return result;
}

#define REQUIRE(condition) require((condition), #condition, __FILE__, __LINE__)
#define REQUIRE_INT(expected, actual) require_int((expected), (actual), #actual, __FILE__, __LINE__)
#define REQUIRE_TRACE(expected) require_text((expected), trace, __FILE__, __LINE__)
static inline void require(bool good, const char *text, const char *file, int line)
{
  if (good) return;
  if (!schedule.failing) kit_check(good, text, file, line);
  if (schedule.missed[0] == '\0') snprintf(schedule.missed, sizeof schedule.missed, "%s:%d: not true: %.150s", file, line, text);
}
static inline void require_int(int64_t expected, int64_t actual, const char *text, const char *file, int line)
{
  if (actual == WHORL_NO_MEMORY) (void)heard(WHORL_NO_MEMORY);
  if (!schedule.failing) kit_check_int(expected, actual, text, file, line);
  require(expected == actual, text, file, line);
}
static inline void require_text(const char *expected, const char *actual, const char *file, int line)
{
  if (!schedule.failing) kit_check_text(expected, actual, "trace", file, line);
  require(strcmp(expected, actual) == 0, actual, file, line);
}

// --- Running it

static inline int schedule_main(void *arg)
{
  (void)arg;
  schedule.began = true;
  schedule.function();
  schedule.ended = true;
  return WHORL_OK;
}

static inline bool schedule_done(void *arg)
{
  (void)arg;
  return (schedule.ended && schedule.bystanders == 0) || kit.parker.stuck;
}

static inline void spawn_in_root(whorl_task_function_t function, void *arg, const char *name)
{
  schedule.spawned++;
  (void)heard(whorl__scope_spawn(whorl__core_root(kit.core), function, arg,
                                 &(whorl_task_options_t){.name = name, .release = count_released}, NULL, "schedule"));
}

static inline void spawn_bystanders(int *left, int until)
{
  for (; *left > until; --*left) spawn_in_root(bystander, (void *)(intptr_t)(*left + 1000), "bystander");
}

// For drivers that run one task: bystanders are tasks of a group around the schedule.
static inline int schedule_as_task(void *arg)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  schedule.bystanders = schedule.random != 0 ? SCHEDULE_BYSTANDERS : 0;
  for (int i = 0; i < schedule.bystanders; i++) (void)spawn_actor(&group, &(actor_t){"bystander", bystander, (void *)(intptr_t)i}, NULL);
  for (uint64_t turns = schedule_chance(4); turns > 0; turns--) (void)whorl_yield();
  (void)schedule_main(arg);
  return close_group(&group, WHORL_OK);
}

// In virtual time, by one core. Other drivers: assign schedule_drive.
static inline void drive_in_virtual_time(void)
{
  memset(&kit, 0, sizeof kit);
  whorl__virtual_parker_init(&kit.parker);
  const whorl__core_options_t options = {.parker = &kit.parker.base, .name = "schedule"};
  if (heard(whorl__core_create(&options, &kit.core)) < 0) return;
  int left = schedule.bystanders = schedule.random != 0 ? SCHEDULE_BYSTANDERS : 0;
  spawn_bystanders(&left, (int)schedule_chance(SCHEDULE_BYSTANDERS + 1));
  spawn_in_root(schedule_main, NULL, "main");
  spawn_bystanders(&left, 0);
  assert_int_equal(WHORL_OK, whorl__core_run(kit.core, schedule_done, NULL));
  (void)heard(whorl__scope_first_error(whorl__core_root(kit.core))); // no stack even for the first task
  schedule_mix(whorl__core_read_counts(kit.core).turns);
  if (schedule.began && !schedule.ended) fail_msg("the schedule hangs");
  kit_close();
}

static void (*schedule_drive)(void) = drive_in_virtual_time;

static inline void run_schedule(void (*function)(void), uint64_t random, bool failing)
{
  memset(&schedule, 0, sizeof schedule);
  schedule.function = function;
  schedule.random = random;
  schedule.failing = failing;
  trace_clear();
  schedule_drive();
  assert_int_equal(schedule.spawned, schedule.released);
  if (!schedule.ended && schedule.refusals == 0) fail_msg("it has not begun, and nobody was told why");
  if (schedule.missed[0] != '\0' && schedule.refusals == 0) fail_msg("%s, and nobody was told NO_MEMORY", schedule.missed);
}

typedef struct schedule_case {
  void (*function)(void);
} schedule_case_t;

static inline void as_written(void **state) { run_schedule(((const schedule_case_t *)*state)->function, 0, false); }

static inline void permuted(void **state)
{
  uint64_t signatures[SCHEDULE_SEEDS];
  int different = 0;
  for (uint64_t seed = 0; seed < SCHEDULE_SEEDS; seed++) {
    int64_t blocks = whorl__memory_blocks();
    run_schedule(((const schedule_case_t *)*state)->function, (seed + 1) * UINT64_C(0x9e3779b97f4a7c15), false);
    assert_int_equal(blocks, whorl__memory_blocks());
    bool seen = false;
    for (int i = 0; i < different; i++) seen |= signatures[i] == schedule.signature;
    if (!seen) signatures[different++] = schedule.signature;
  }
  assert_in_range(different, SCHEDULE_SEEDS / 2, SCHEDULE_SEEDS); // they are other runs indeed
}

static inline void without_memory(void **state)
{
  void (*function)(void) = ((const schedule_case_t *)*state)->function;
  run_schedule(function, 0, false); // what is made once and stays (handle slots, type-stable memory) is there from here on
  int64_t blocks = whorl__memory_blocks();
  uint64_t before = whorl__memory_allocations();
  run_schedule(function, 0, false);
  uint64_t made = whorl__memory_allocations() - before;
  assert_true(made > 0);
  int refused = 0;
  for (uint64_t nth = 1; nth <= made; nth++) {
    whorl__memory_fail_at(nth);
    run_schedule(function, 0, true);
    whorl__memory_fail_at(0);
    refused += schedule.refusals > 0;
    assert_int_equal(blocks, whorl__memory_blocks());
  }
  assert_true(refused > 0);
}

#define SCHEDULE(function)                                                                   \
  {#function, as_written, NULL, NULL, &(schedule_case_t){function}},                         \
      {#function "_permuted", permuted, NULL, NULL, &(schedule_case_t){function}},           \
  {                                                                                          \
#function "_without_memory", without_memory, NULL, NULL, &(schedule_case_t) { function } \
  }

#endif
