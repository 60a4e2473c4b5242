// Timeouts: the public side. Law: docs/tasks.md R14, R15.
#include "base/detail.h"
#include "task/state.h"
#include "whorl/status.h"

void whorl_timeout_open_with_options(whorl_timeout_t *timeout, int64_t limit_ns, const whorl_timeout_options_t *options, const char *place)
{
  timeout->status = WHORL_OK;
  whorl__scope_t *scope = whorl__scope_open(timeout->private_, WHORL__SCOPE_TIMEOUT, options != NULL ? options->name : NULL, place);
  if (scope != NULL) whorl__scope_set_limit(scope, limit_ns);
}

int whorl_timeout_close(whorl_timeout_t *timeout, int status)
{
  return whorl__scope_close_limit(timeout->private_, WHORL__SCOPE_TIMEOUT, status, &timeout->status);
}

bool whorl_timeout_expired(const whorl_timeout_t *timeout) { return whorl__scope_handle_expired(timeout->private_); }

void whorl_timeout_cancel(whorl_timeout_t *timeout)
{
  whorl__scope_t *scope;
  whorl__core_t *core = whorl__scope_lock_open(timeout->private_, &scope);
  if (core == NULL) return;
  whorl__scope_cancel_or_request(scope, core, NULL);
  whorl__core_unlock(core);
}

int whorl_timeout_set_deadline(whorl_timeout_t *timeout, int64_t deadline_ns)
{
  whorl__scope_t *scope;
  whorl__core_t *core = whorl__scope_lock_open(timeout->private_, &scope);
  if (core == NULL) return whorl__fail(WHORL_WRONG_STATE, "the deadline of a timeout can be set only while it is open");
  int64_t now = whorl__parker_now(core->clock);
  if (atomic_load_explicit(&scope->cause, memory_order_relaxed) == WHORL__CAUSE_NONE) {
    scope->limit_ns = deadline_ns == WHORL_FOREVER ? deadline_ns : deadline_ns - now;
    if (deadline_ns <= now)
      whorl__scope_cancel_for(scope, WHORL__CAUSE_DEADLINE, NULL, NULL);
    else
      whorl__core_arm(core, &scope->deadline, deadline_ns);
  }
  whorl__core_unlock(core);
  return WHORL_OK;
}

int whorl_with_timeout_with_options(int64_t limit_ns, whorl_task_function_t function, void *arg, const whorl_timeout_options_t *options,
                                    const char *place)
{
  whorl_timeout_t timeout;
  if (function == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_with_timeout: the function is NULL");
  whorl_timeout_open_with_options(&timeout, limit_ns, options, place);
  return whorl_timeout_close(&timeout, function(arg));
}
