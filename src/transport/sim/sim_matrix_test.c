// Every fault against every QoS policy. Thirty messages, one each 10 ms, are read as they come; a partition lasts from 95 to 195 ms, a death comes at 95 ms.
//
// A cell says what the reader got ("1-30", or "gaps" when something inside is missing) and what else showed: the reader missed deadlines, took the writer for silent, lost the
// match, saw messages expire, or its history dropped some.
#include "transport/sim/sim_testing.h"

enum { MESSAGES = 30, ROWS = 8, COLUMNS = 9 };

static const char *const faults[COLUMNS] = {"none",      "delay",    "loss",  "copies",        "reordering",
                                            "short cut", "long cut", "death", "slow discovery"};

static const struct {
  const char *name;
  whorl_qos_t qos;
  const char *cells[COLUMNS];
} rows[ROWS] = {
    {"best effort",
     {.depth = 100, .reliability = WHORL_RELIABILITY_BEST_EFFORT},
     {"1-30", "1-30", "gaps lost", "1-30", "gaps lost", "gaps lost", "gaps silent parted", "1-9 silent parted", "5-30"}},
    {"reliable", {.depth = 100}, {"1-30", "1-30", "1-30", "1-30", "1-30", "1-30", "gaps silent parted", "1-9 silent parted", "5-30"}},
    {"transient local",
     {.depth = 100, .durability = WHORL_DURABILITY_TRANSIENT_LOCAL},
     {"1-30", "1-30", "1-30", "1-30", "1-30", "1-30", "1-30 silent parted", "1-9 silent parted", "1-30"}},
    {"keep last 3",
     {.depth = 3},
     {"1-30", "1-30", "1-30", "1-30", "1-30", "gaps dropped", "gaps silent parted", "1-9 silent parted", "5-30"}},
    {"lifespan",
     {.depth = 100, .lifespan_ns = MS(30)},
     {"1-30", "1-30", "1-30", "1-30", "1-30", "gaps expired", "gaps silent parted", "1-9 silent parted", "5-30"}},
    {"deadline",
     {.depth = 100, .deadline_ns = MS(25)},
     {"1-30", "1-30", "1-30", "1-30", "1-30", "1-30 missed", "gaps missed silent parted", "1-9 missed silent parted", "5-30"}},
    {"automatic",
     {.depth = 100, .liveliness = WHORL_LIVELINESS_AUTOMATIC, .liveliness_lease_ns = MS(40)},
     {"1-30", "1-30", "1-30", "1-30", "1-30", "1-30 silent", "gaps silent parted", "1-9 silent parted", "5-30"}},
    {"manual",
     {.depth = 100, .liveliness = WHORL_LIVELINESS_MANUAL_BY_TOPIC, .liveliness_lease_ns = MS(25)},
     {"1-30", "1-30", "1-30", "1-30", "1-30", "1-30 silent", "gaps silent parted", "1-9 silent parted", "5-30"}},
};

static whorl__sim_conditions_t conditions_of(int column)
{
  static const whorl__sim_conditions_t conditions[COLUMNS] = {
      {.lease_ns = 0},
      {.faults = {.delay_ns = MS(5), .delay_spread_ns = MS(3)}},
      {.faults = {.loss = 0.4, .retransmission_ns = MS(1)}},
      {.faults = {.duplication = 1}},
      {.faults = {.reordering = 0.5, .reordering_delay_ns = MS(15)}},
      {.lease_ns = 0},
      {.lease_ns = MS(50)},
      {.lease_ns = MS(50)},
      {.discovery_delay_ns = MS(45)},
  };
  return conditions[column];
}

typedef struct seen {
  int first, last, count;
} seen_t;

static void read_all(seen_t *seen)
{
  for (int64_t number; (number = take(&reader)) >= 0; seen->count++) {
    assert_true(number > seen->last); // in order, and once, under every fault
    if (seen->count == 0) seen->first = (int)number;
    seen->last = (int)number;
  }
}

static seen_t play(int row, int column)
{
  seen_t seen = {.first = 0};
  open_world(4, conditions_of(column), rows[row].qos);
  for (int number = 1; number <= MESSAGES; number++) {
    run_until(number * MS(10) - MS(5));
    read_all(&seen);
    if (now_ns == MS(95) && (column == 5 || column == 6)) whorl__sim_partition(network, &there, 1);
    if (now_ns == MS(95) && column == 7) whorl__sim_kill(here);
    if (now_ns == MS(195)) whorl__sim_heal(network);
    run_until(number * MS(10));
    read_all(&seen);
    publish(&writer, number);
  }
  run_until(MS(310)); // before it goes silent by itself
  read_all(&seen);
  return seen;
}

static void describe(char *cell, size_t size, seen_t seen)
{
  whorl__ring_counts_t counts = whorl__ring_read_counts(&reader.reader->ring);
  bool whole = seen.last - seen.first + 1 == seen.count;
  size_t used = (size_t)(whole ? snprintf(cell, size, "%d-%d", seen.first, seen.last) : snprintf(cell, size, "gaps"));
  const struct {
    bool shows;
    const char *word;
  } marks[] = {
      {reader.missed > 0, " missed"},
      {strstr(reader.diary, "alive 0") != NULL, " silent"},
      {strstr(reader.diary, "matched 0") != NULL, " parted"},
      {counts.expired > 0, " expired"},
      {counts.dropped > 0, " dropped"},
      {reader.lost > 0, " lost"},
  };
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
    if (marks[i].shows) used += (size_t)snprintf(cell + used, size - used, "%s", marks[i].word);
  }
}

static void every_policy_keeps_its_meaning_under_every_fault(void **state)
{
  (void)state;
  for (int row = 0; row < ROWS; row++) {
    for (int column = 0; column < COLUMNS; column++) {
      char cell[64];
      describe(cell, sizeof cell, play(row, column));
      close_world();
      if (strcmp(cell, rows[row].cells[column]) == 0) continue;
      fail_msg("%s under %s: %s, not %s", rows[row].name, faults[column], cell, rows[row].cells[column]);
    }
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_policy_keeps_its_meaning_under_every_fault)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
