// Combinators (whorl/combine.h): a group of tasks, each around a function of the caller's, and a rule that decides. The rule lives in the frame of the call, which outlasts the tasks; all of them have one home,
// so nothing is locked.
#include "whorl/combine.h"

#include <stdio.h>

#include "base/detail.h"
#include "base/local.h"
#include "task/wait.h"

typedef enum rule { RULE_ALL, RULE_ANY, RULE_RACE } rule_t;
static const char *const rule_names[] = {"whorl_all", "whorl_any", "whorl_race"};

typedef struct combination {
  whorl_task_group_t group;
  rule_t rule;
  const whorl_branch_t *winner; // NULL: not decided
  int first_failure;            // of RULE_ANY
  whorl__detail_t detail;       // of that
} combination_t;

static void keep_failure(combination_t *self, int status)
{
  if (self->first_failure < 0) return;
  self->first_failure = status;
  snprintf(self->detail.text, sizeof self->detail.text, "none has succeeded; first '%.48s' failed: %.140s", whorl_task_name(),
           whorl__local()->detail->text);
}

// What the group hears of a branch's end: a failure that it hears cancels the rest.
static int decide(combination_t *self, const whorl_branch_t *branch)
{
  int status = branch->status;
  bool silent = status == WHORL_CANCELED && whorl_canceled();
  if (self->rule == RULE_ALL || silent || self->winner != NULL) return status;
  if (status < 0 && self->rule == RULE_ANY) {
    keep_failure(self, status);
    return WHORL_OK;
  }
  self->winner = branch;
  if (status >= 0) whorl_task_group_cancel(&self->group);
  return status;
}

static int run_branch(void *arg)
{
  whorl_branch_t *branch = arg;
  branch->status = branch->function(branch->arg);
  return decide(branch->private_, branch);
}

static int check(whorl_branch_t *branches, size_t count, rule_t rule)
{
  if (branches == NULL && count > 0) return whorl__fail(WHORL_INVALID_ARGUMENT, "%s: %zu branches at NULL", rule_names[rule], count);
  for (size_t i = 0; i < count; i++) {
    if (branches[i].function == NULL)
      return whorl__fail(WHORL_INVALID_ARGUMENT, "%s: the function of branch %zu is NULL", rule_names[rule], i);
    branches[i].status = WHORL_CANCELED;
  }
  if (count == 0 && rule != RULE_ALL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "%s: of no branch none can be the first", rule_names[rule]);
  return WHORL_OK;
}

static void spawn(combination_t *self, whorl_branch_t *branches, size_t count, const char *place)
{
  int status = WHORL_OK;
  char where[WHORL__WAIT_NAME];
  whorl__wait_name(where, NULL, place);
  for (size_t i = 0; i < count && status == WHORL_OK; i++) {
    char name[WHORL__WAIT_NAME + 32];
    snprintf(name, sizeof name, "branch %zu of %s", i, where);
    branches[i].private_ = self;
    const whorl_task_options_t options = {.name = branches[i].name != NULL ? branches[i].name : name};
    status = whorl_task_group_spawn_with_options(&self->group, run_branch, &branches[i], &options, NULL, place);
  }
}

// A success is not spoilt by what the losers say afterwards, nor by a cancellation: CANCELED would mean that nothing had happened.
static int outcome(const combination_t *self, int closed)
{
  if (self->winner != NULL && self->winner->status >= 0) return self->winner->status;
  if (self->first_failure < 0) return whorl__fail(self->first_failure, "%s", self->detail.text);
  return closed;
}

static int combine(rule_t rule, whorl_branch_t *branches, size_t count, size_t *ret_winner, const char *place)
{
  combination_t self = {.rule = rule};
  WHORL_TRY(check(branches, count, rule));
  WHORL_TRY(whorl__wait_entry_from(rule_names[rule], NULL));
  whorl_task_group_open_with_options(&self.group, NULL, place);
  spawn(&self, branches, count, place);
  int status = outcome(&self, whorl_task_group_close(&self.group, WHORL_OK));
  if (status >= 0 && ret_winner != NULL) *ret_winner = (size_t)(self.winner - branches);
  return status;
}

int whorl_all_from(const char *place, whorl_branch_t *branches, size_t count) { return combine(RULE_ALL, branches, count, NULL, place); }

int whorl_any_from(const char *place, whorl_branch_t *branches, size_t count, size_t *ret_winner)
{
  return combine(RULE_ANY, branches, count, ret_winner, place);
}

int whorl_race_from(const char *place, whorl_branch_t *branches, size_t count, size_t *ret_winner)
{
  return combine(RULE_RACE, branches, count, ret_winner, place);
}
