// Who and why, as sentences: the detail behind CANCELED and TIMED_OUT.
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "task/state.h"
#include "whorl/status.h"

static const char *noun(const whorl__scope_t *scope)
{
  static const char *const nouns[] = {
      [WHORL__SCOPE_STANDING] = "scope",  [WHORL__SCOPE_TASK] = "task",     [WHORL__SCOPE_GROUP] = "group",
      [WHORL__SCOPE_TIMEOUT] = "timeout", [WHORL__SCOPE_SHIELD] = "shield", [WHORL__SCOPE_BODY] = "body",
  };
  return nouns[scope->kind];
}

void whorl__scope_describe(const whorl__scope_t *scope, char *text, size_t size)
{
  if (scope->name != NULL)
    snprintf(text, size, "%s '%s'", noun(scope), scope->name);
  else
    snprintf(text, size, "%s opened at %s", noun(scope), scope->place != NULL ? scope->place : "?");
}

// What the deadline's turn came too late for: deadlines go before answers (R6), so this may be why.
static void append_lateness(const whorl__scope_t *scope, char *text, size_t size)
{
  const struct whorl__stall *stall = &atomic_load_explicit(&scope->core, memory_order_relaxed)->stall;
  size_t length = strlen(text);
  if (scope->late_ns > 0 && scope->stall != 0 && scope->stall == stall->number)
    snprintf(text + length, size - length, "; loop stalled %.3g s by task '%s'", (double)stall->length_ns / 1e9, stall->task);
  else if (scope->late_ns > WHORL__LATE_NS)
    snprintf(text + length, size - length, "; the loop's turn came %.3g s late", (double)scope->late_ns / 1e9);
}

void whorl__scope_limit_text(const whorl__scope_t *scope, char *text, size_t size)
{
  const char *quote = scope->name != NULL ? "'" : "";
  snprintf(text, size, "%s %s%s%s%sof %.9g s opened at %s passed", noun(scope), quote, scope->name != NULL ? scope->name : "", quote,
           scope->name != NULL ? " " : "", (double)scope->limit_ns / 1e9, scope->place != NULL ? scope->place : "?");
  if (scope->kind == WHORL__SCOPE_SHIELD && scope->grace_ns > 0) {
    size_t length = strlen(text) - strlen(" passed");
    snprintf(text + length, size - length, " was cut to the shutdown's grace of %.9g s", (double)scope->grace_ns / 1e9);
  }
  append_lateness(scope, text, size);
}

void whorl__scope_error_text(const whorl__scope_t *scope, char *text, size_t size)
{
  char who[120];
  whorl__scope_describe(scope, who, sizeof who);
  const whorl__error_t *error = whorl__scope_listed_first(scope);
  const char *name = whorl_status_name(scope->first_status) + sizeof "WHORL_" - 1;
  if (error != NULL)
    snprintf(text, size, "%s: task '%s' failed: %s", who, error->task, name);
  else
    snprintf(text, size, "%s: a task failed: %s", who, name);
}

void whorl__scope_cause_text(const whorl__scope_t *scope, char *text, size_t size)
{
  char who[120];
  switch ((whorl__cause_t)atomic_load_explicit(&scope->cause, memory_order_acquire)) {
  case WHORL__CAUSE_NONE: snprintf(text, size, "nothing is cancelled"); break;
  case WHORL__CAUSE_DEADLINE: whorl__scope_limit_text(scope, text, size); break;
  case WHORL__CAUSE_ERROR: whorl__scope_error_text(scope->cause_scope, text, size); break;
  case WHORL__CAUSE_CANCEL:
    whorl__scope_describe(scope, who, sizeof who);
    if (scope->cause_text != NULL)
      snprintf(text, size, "%s", scope->cause_text);
    else
      snprintf(text, size, "%s was cancelled", who);
    break;
  case WHORL__CAUSE_NO_MEMORY:
    whorl__scope_describe(scope, who, sizeof who);
    snprintf(text, size, "no memory for %s", who);
    break;
  }
}

void whorl__scope_reason(whorl__scope_t *scope, char *text, size_t size)
{
  whorl__core_t *core = whorl__scope_lock(scope); // the errors' list is guarded
  const whorl__scope_t *at = scope;
  while (at->parent != NULL && at->kind != WHORL__SCOPE_SHIELD &&
         atomic_load_explicit(&at->cause, memory_order_relaxed) == WHORL__CAUSE_NONE)
    at = at->parent;
  whorl__scope_cause_text(at, text, size);
  whorl__core_unlock(core);
}

int whorl__scope_fail_canceled(whorl__scope_t *scope)
{
  char reason[200];
  whorl__scope_reason(scope, reason, sizeof reason);
  return whorl__fail(WHORL_CANCELED, "%s", reason);
}
