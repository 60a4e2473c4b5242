// Shields: the public side. Law: docs/tasks.md R16.
#include "base/detail.h"
#include "task/state.h"
#include "whorl/status.h"

void whorl_shield_open_with_options(whorl_shield_t *shield, int64_t limit_ns, const whorl_timeout_options_t *options, const char *place)
{
  shield->status = WHORL_OK;
  whorl__scope_t *scope = whorl__scope_open(shield->private_, WHORL__SCOPE_SHIELD, options != NULL ? options->name : NULL, place);
  if (scope != NULL) whorl__scope_set_limit(scope, limit_ns);
}

int whorl_shield_close(whorl_shield_t *shield, int status)
{
  return whorl__scope_close_limit(shield->private_, WHORL__SCOPE_SHIELD, status, &shield->status);
}

int whorl_with_shield_with_options(int64_t limit_ns, whorl_task_function_t function, void *arg, const whorl_timeout_options_t *options,
                                   const char *place)
{
  whorl_shield_t shield;
  if (function == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_with_shield: the function is NULL");
  whorl_shield_open_with_options(&shield, limit_ns, options, place);
  return whorl_shield_close(&shield, function(arg));
}
