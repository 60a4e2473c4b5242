// The matrix: everything that can be waited for, times every way in which a wait ends, times every combinator around it. A row says how its thing is made, waited for, completed, and so on; the frame below runs a task of a
// node that waits for it, lets the end come, and compares what the wait said, what a timeout around it said, and whether the next call works.
#ifndef WHORL_NODE_MATRIX_H
#define WHORL_NODE_MATRIX_H

#include "node/schedule_fixture.h"
#include "task/sanitizer.h"

typedef struct awaitable {
  const char *name;
  int (*make)(void); // may be NULL, as all but `wait`
  int (*wait)(void);
  bool (*begun)(void);   // is it under way? NULL: as soon as the wait is
  int (*complete)(void); // NULL: by itself at one second, or at two in a shield
  int (*spoil)(void);    // NULL: it has no failure of its own
  int fails_with;
  int (*destroy)(void);       // of what is waited for; waiters get DESTROYED. NULL: there is nothing to destroy
  int canceled_is;            // what a cancelled wait says
  int shutdown_is;            // and when the context is shut down
  bool knows_shutdown;        // what is waited for ends with the context, also for one in a shield: SHUTDOWN
  bool only_once;             // cannot be waited for again after its completion
  bool loses_without_memory;  // what lacks memory elsewhere is lost, and the wait with it: only its own limit ends it
  bool ends_with_its_context; // in a shield a shutdown is not CANCELED for it either, and has no word of its own: that cell is left out
  int64_t notices_within_ns;  // of what it waits for; a cancellation is noticed at once all the same
  int64_t leaves_within_ns;   // of a cancellation; 0: at once
  void (*unmake)(void);
} awaitable_t;

typedef enum end { COMPLETES, FAILS, IS_CANCELED, TIMES_OUT, LOSES_A_SIBLING, IS_DESTROYED, LOSES_ITS_NODE, IS_SHUT_DOWN, ENDS } end_t;
typedef enum wrapper { PLAIN, IN_ALL, IN_ANY, IN_RACE, IN_RETRY, IN_TIMEOUT, IN_SHIELD, WRAPPERS } wrapper_t;
static const char *const end_names[] = {"completes",       "fails",        "is cancelled",   "times out",
                                        "loses a sibling", "is destroyed", "loses its node", "is shut down"};
static const char *const wrapper_names[] = {"plain", "in all", "in any", "in race", "in retry", "in timeout", "in shield"};

static struct {
  const awaitable_t *row;
  end_t end;
  wrapper_t wrapper;
  whorl_node_t node;
  whorl_task_t task;
  whorl_timeout_t limit;
  whorl_event_t ended, told; // the waiting task has; what is wrapped has
  whorl_event_t sibling_may_fail;
  int inner, outer, next, attempts;
  bool waits, is_over;
  int64_t when;
} cell;

static inline const char *cell_text(const char *what)
{
  static char text[128];
  snprintf(text, sizeof text, "%s, %s, %s: %s", cell.row->name, end_names[cell.end], wrapper_names[cell.wrapper], what);
  return text;
}
#define CELL_INT(expected, actual) require_int((expected), (actual), cell_text(#actual), __FILE__, __LINE__)
#define CELL(condition) require((condition), cell_text(#condition), __FILE__, __LINE__)

// --- Wrappers, each such that it says what is inside

static inline int wait_inside(void *arg)
{
  (void)arg;
  cell.waits = true;
  return heard(cell.row->wait());
}

static inline int wait_and_tell(void *arg)
{
  int status = wait_inside(arg);
  if (whorl_event_set(cell.told) == WHORL_NO_MEMORY) (void)heard(WHORL_NO_MEMORY);
  return status;
}

static inline int is_done(void *arg)
{
  (void)arg;
  step();
  return WHORL_OK;
}

static inline int fails_later(void *arg)
{
  (void)arg;
  int status = heard(whorl_event_wait(cell.told));
  return status < 0 ? status : WHORL_INTERRUPTED;
}

static inline int never_ends(void *arg)
{
  (void)arg;
  step();
  return heard(whorl_sleep(WHORL_FOREVER));
}

static inline int fails_at_first(void *arg) { return cell.attempts++ == 0 ? WHORL_INTERRUPTED : wait_inside(arg); }

static inline int wait_wrapped(void)
{
  static const int interrupted[] = {WHORL_INTERRUPTED, 0};
  const whorl_retry_options_t again = {.again = interrupted, .first_delay_ns = 1};
  switch (cell.wrapper) {
  case IN_ALL: return whorl_all((whorl_branch_t[]){{.function = is_done}, {.function = wait_inside}}, 2);
  case IN_ANY: return whorl_any((whorl_branch_t[]){{.function = wait_and_tell}, {.function = fails_later}}, 2, NULL);
  case IN_RACE: return whorl_race((whorl_branch_t[]){{.function = never_ends}, {.function = wait_inside}}, 2, NULL);
  case IN_RETRY: return whorl_retry(fails_at_first, NULL, &again);
  case IN_TIMEOUT: return whorl_with_timeout(SECONDS(9), wait_inside, NULL);
  case IN_SHIELD: return whorl_with_shield(SECONDS(9), wait_inside, NULL);
  default: return wait_inside(NULL);
  }
}

// --- The task that waits

static inline int sibling(void *arg)
{
  (void)arg;
  int status = heard(whorl_event_wait(cell.sibling_may_fail));
  return status < 0 ? status : WHORL_INTERRUPTED;
}

static inline void wait_in_a_timeout(void)
{
  whorl_timeout_open(&cell.limit, cell.end == TIMES_OUT && !schedule.timeless ? SECONDS(1) : WHORL_FOREVER);
  cell.inner = heard(wait_wrapped());
  cell.when = whorl_now_ns();
  cell.outer = heard(whorl_timeout_close(&cell.limit, cell.inner));
}

static inline void wait_beside_a_sibling(void)
{
  whorl_task_group_t group;
  whorl_task_group_open(&group);
  SPAWN_ACTORS(&group, {"sibling", sibling, NULL});
  wait_in_a_timeout();
  CELL_INT(WHORL_INTERRUPTED, close_group(&group, cell.outer));
}

static inline int waiting_task(void *arg)
{
  (void)arg;
  step();
  if (cell.end == LOSES_A_SIBLING)
    wait_beside_a_sibling();
  else
    wait_in_a_timeout();
  cell.next = whorl_sleep(1);
  return WHORL_OK;
}

static inline void waiting_task_released(void *arg)
{
  count_released(arg);
  cell.is_over = true;
  (void)whorl_event_set(cell.ended);
}

static inline int spawn_waiting_task(void)
{
  const whorl_task_options_t options = {.name = "waits", .release = waiting_task_released};
  schedule.spawned++;
  return heard(whorl_node_spawn_with_options(cell.node, waiting_task, NULL, &options, &cell.task, "matrix"));
}

// --- What comes to it

static inline int come_to_the_end(void)
{
  switch (cell.end) {
  case COMPLETES: return cell.row->complete != NULL ? cell.row->complete() : WHORL_OK;
  case FAILS: return cell.row->spoil();
  case IS_CANCELED: return whorl_task_cancel(cell.task);
  case TIMES_OUT: return schedule.timeless ? whorl_timeout_set_deadline(&cell.limit, whorl_now_ns()) : WHORL_OK;
  case LOSES_A_SIBLING: return whorl_event_set(cell.sibling_may_fail);
  case IS_DESTROYED: return cell.row->destroy();
  case LOSES_ITS_NODE: return whorl_node_destroy(cell.node);
  default: return whorl_context_shutdown(world.context);
  }
}

static inline bool is_told_of_shutdown(void) { return cell.wrapper == IN_SHIELD && cell.end == IS_SHUT_DOWN && cell.row->knows_shutdown; }

static inline bool is_shielded(void)
{
  return cell.wrapper == IN_SHIELD && cell.end != COMPLETES && cell.end != FAILS && cell.end != IS_DESTROYED && !is_told_of_shutdown();
}

static inline bool happens_with_all(const awaitable_t *row, end_t end)
{
  return (end != FAILS || row->spoil != NULL) && (end != IS_DESTROYED || row->destroy != NULL);
}

static inline bool happens(const awaitable_t *row, end_t end, wrapper_t wrapper)
{
  if (!happens_with_all(row, end)) return false;
  if (wrapper != IN_SHIELD) return true;
  if (end == IS_SHUT_DOWN && row->ends_with_its_context) return false;
  if (end == LOSES_ITS_NODE) return false; // destroying would wait for the shield: node/schedule_node_test.c, R41
  return end != IS_SHUT_DOWN || row->shutdown_is == WHORL_CANCELED;
}

static inline int expected_inside(void)
{
  if (is_shielded() || cell.end == COMPLETES) return WHORL_OK;
  if (is_told_of_shutdown()) return WHORL_SHUTDOWN;
  if (cell.end == FAILS) return cell.row->fails_with;
  if (cell.end == IS_DESTROYED) return WHORL_DESTROYED;
  return cell.end == IS_SHUT_DOWN ? cell.row->shutdown_is : cell.row->canceled_is;
}

static inline bool is_cancelled_for_good(void) { return cell.end == IS_CANCELED || cell.end == LOSES_ITS_NODE || cell.end == IS_SHUT_DOWN; }

static inline void compare(void)
{
  int inside = expected_inside();
  CELL_INT(inside, cell.inner);
  CELL_INT(cell.end == TIMES_OUT && inside == WHORL_CANCELED ? WHORL_TIMED_OUT : inside, cell.outer);
  CELL_INT(is_cancelled_for_good() ? WHORL_CANCELED : WHORL_OK, cell.next); // a level, or one call only
  if (schedule.timeless) return;
  int64_t due = is_shielded() ? SECONDS(2) : SECONDS(1);
  bool at_once = !is_shielded() && (cell.end == TIMES_OUT || cell.end == LOSES_A_SIBLING || is_cancelled_for_good());
  CELL(cell.when >= due && cell.when <= due + (at_once ? cell.row->leaves_within_ns : cell.row->notices_within_ns));
}

// R4: nothing was taken, nothing is left of the wait that was cancelled: the thing can be completed and waited for as if nothing had been.
static inline void use_again(void)
{
  if (cell.row->complete != NULL) CELL_INT(WHORL_OK, cell.row->complete());
  CELL_INT(WHORL_OK, heard(whorl_with_timeout(SECONDS(9), wait_inside, NULL)));
}

static inline bool is_under_way(void) { return cell.waits && (cell.row->begun == NULL || cell.row->begun()); }

static inline void wait_and_come_to_the_end(void)
{
  if (!schedule.timeless) (void)whorl_sleep_until(SECONDS(1));
  while (schedule.timeless && !is_under_way() && !cell.is_over) let_them_run();
  let_them_run();
  CELL(cell.waits);
  if (cell.end != TIMES_OUT && (cell.end != COMPLETES || cell.row->complete != NULL)) CELL(!cell.is_over);
  int status = heard(come_to_the_end());
  CELL_INT(WHORL_OK, status);
  if (status < 0) (void)whorl_task_cancel(cell.task); // for lack of memory it has not come
  if (status < 0 || !is_shielded()) return;
  let_them_run();
  CELL(!cell.is_over); // nothing of it has come through
  if (!schedule.timeless) (void)whorl_sleep_until(SECONDS(2));
  if (cell.row->complete != NULL) CELL_INT(WHORL_OK, heard(cell.row->complete()));
}

static inline void run_cell_in_node(void)
{
  int status = spawn_waiting_task();
  CELL_INT(WHORL_OK, status);
  if (status == WHORL_OK) {
    wait_and_come_to_the_end();
    CELL_INT(WHORL_OK, heard(whorl_event_wait(cell.ended)));
    compare();
    bool again = cell.wrapper == PLAIN && (cell.end == IS_CANCELED || cell.end == TIMES_OUT) && !cell.row->only_once;
    if (again) use_again();
  }
  CELL_INT(WHORL_OK, heard(whorl_node_close(cell.node, WHORL_OK)));
}

static inline void run_cell_with_events(void)
{
  NEED(whorl_node_create(world.context, "waiting", NULL, &cell.node));
  if (cell.row->make != NULL) NEED(cell.row->make());
  NEED(whorl_node_open(cell.node));
  run_cell_in_node();
}

static inline void run_cell(void)
{
  cell.waits = cell.is_over = false;
  cell.attempts = 0;
  cell.inner = cell.outer = cell.next = WHORL_WRONG_STATE; // nobody says that
  cell.ended = cell.told = cell.sibling_may_fail = (whorl_event_t){0};
  if (heard(whorl_event_create(NULL, &cell.ended)) == WHORL_OK && heard(whorl_event_create(NULL, &cell.told)) == WHORL_OK &&
      heard(whorl_event_create(NULL, &cell.sibling_may_fail)) == WHORL_OK)
    run_cell_with_events();
  else
    CELL(schedule.failing);
  if (cell.row->unmake != NULL) cell.row->unmake();
  (void)whorl_event_destroy(cell.ended);
  (void)whorl_event_destroy(cell.told);
  (void)whorl_event_destroy(cell.sibling_may_fail);
}

// --- As tests

typedef struct matrix_case {
  schedule_case_t schedule; // first
  const awaitable_t *row;
  end_t end;
} matrix_case_t;

// ThreadSanitizer makes a switch of stacks a hundred times dearer, and one thread has no races: there every twelfth cell is permuted and lacks memory. As written all are run.
#ifdef WHORL__TSAN
enum { CELLS_PER_DEAR_ONE = 12 };
#else
enum { CELLS_PER_DEAR_ONE = 1 };
#endif

static inline void run_wrapped(void **state, void (*mode)(void **state))
{
  static unsigned cells;
  const matrix_case_t *self = *state;
  cell.row = self->row;
  cell.end = self->end;
  for (cell.wrapper = PLAIN; cell.wrapper < WRAPPERS; cell.wrapper++)
    if (happens(cell.row, cell.end, cell.wrapper) && (mode == as_written || cells++ % CELLS_PER_DEAR_ONE == 0)) mode(state);
}
static inline void matrix_as_written(void **state) { run_wrapped(state, as_written); }
static inline void matrix_permuted(void **state) { run_wrapped(state, permuted); }
static inline void matrix_without_memory(void **state) { run_wrapped(state, without_memory); }

enum { MOST_ROWS = 20 };

static inline int run_matrix(const awaitable_t *rows, size_t count)
{
  static void (*const modes[])(void **state) = {matrix_as_written, matrix_permuted, matrix_without_memory};
  static const char *const mode_names[] = {"", " (permuted)", " (without memory)"};
  static matrix_case_t cases[MOST_ROWS * ENDS];
  static char names[MOST_ROWS * ENDS * 3][96];
  static struct CMUnitTest tests[MOST_ROWS * ENDS * 3];
  size_t made = 0, cells = 0;
  if (count > MOST_ROWS) fail_msg("%zu rows are more than the %d that there is room for", count, (int)MOST_ROWS);
  for (size_t i = 0; i < count; i++) {
    for (end_t end = COMPLETES; end < ENDS; end++) {
      if (!happens_with_all(&rows[i], end)) continue;
      cases[cells] = (matrix_case_t){{run_cell}, &rows[i], end};
      for (int mode = 0; mode < (rows[i].loses_without_memory ? 2 : 3); mode++) {
        snprintf(names[made], sizeof names[made], "%s %s%s", rows[i].name, end_names[end], mode_names[mode]);
        tests[made] = (struct CMUnitTest){names[made], modes[mode], NULL, NULL, &cases[cells]};
        made++;
      }
      cells++;
    }
  }
  return _cmocka_run_group_tests("matrix", tests, made, NULL, NULL);
}

#endif
