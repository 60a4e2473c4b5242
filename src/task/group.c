// Task groups: the public side. Law: docs/tasks.md R18-R23.
#include "base/detail.h"
#include "base/memory.h"
#include "task/bug.h"
#include "task/spawn.h"
#include "task/state.h"
#include "whorl/status.h"

void whorl_task_group_open_with_options(whorl_task_group_t *group, const whorl_task_group_options_t *options, const char *place)
{
  group->status = WHORL_OK;
  whorl__scope_t *scope = whorl__scope_open(group->private_, WHORL__SCOPE_GROUP, options != NULL ? options->name : NULL, place);
  if (scope != NULL && options != NULL) scope->keeps_going = options->keep_going; // nobody else knows it yet
}

int whorl_task_group_spawn_with_options(whorl_task_group_t *group, whorl_task_function_t function, void *arg,
                                        const whorl_task_options_t *options, whorl_task_t *ret_task, const char *place)
{
  if (whorl__scope_handle_outside(group->private_))
    return whorl__task_refuse(whorl__fail(WHORL_NOT_IN_TASK, "task '%s' was not spawned: its group was opened outside tasks", place),
                              options, arg);
  if (whorl__scope_handle_spare(group->private_))
    return whorl__task_refuse(whorl__fail(WHORL_CANCELED, "task '%s' was not spawned: there was no memory for its group", place), options,
                              arg);
  whorl__scope_t *scope;
  whorl__core_t *core = whorl__scope_lock_open(group->private_, &scope);
  WHORL__BUG_IF(core == NULL, "task '%s' is spawned into a group that is not open", place);
  whorl__core_unlock(core);
  return whorl__task_spawn(scope, NULL, function, arg, options, ret_task, place);
}

void whorl_task_group_cancel(whorl_task_group_t *group)
{
  whorl__scope_t *scope;
  whorl__core_t *core = whorl__scope_lock_open(group->private_, &scope);
  if (core == NULL) return; // closed, or cancelled from birth
  whorl__scope_cancel_or_request(scope, core, NULL);
  whorl__core_unlock(core);
}

// R20, R21: the body's status is an error like a child's, unless it is a CANCELED that was visible here. Returns whether it was such a CANCELED.
static bool add_body(whorl__scope_t *scope, int status)
{
  if (status >= 0) return false;
  if (status == WHORL_CANCELED && whorl__scope_visible(scope)) return true;
  whorl__scope_fail(scope, status, "body", whorl_detail());
  return false;
}

// R22. The sentence of the body's own error stays as it is.
static int result(whorl__scope_t *scope, bool canceled)
{
  if (scope->first_status < 0) return whorl__scope_fail_first(scope);
  if (canceled && whorl__scope_visible_outside(scope)) return whorl__scope_fail_canceled(scope->parent);
  return WHORL_OK;
}

int whorl_task_group_close(whorl_task_group_t *group, int status)
{
  if (whorl__scope_handle_closed(group->private_)) return group->status;
  whorl__scope_t *scope = whorl__scope_closing(group->private_, WHORL__SCOPE_GROUP, &status);
  if (scope == NULL) return group->status = status;
  bool body_canceled = add_body(scope, status);
  whorl__scope_wait_drained(scope, 0);
  group->status = result(scope, body_canceled || scope->child_canceled);
  whorl__scope_hand_over_errors(scope, group->private_[0]);
  whorl__scope_closed(group->private_, scope);
  return group->status;
}

int whorl_with_group_with_options(whorl_task_group_function_t function, void *arg, const whorl_task_group_options_t *options,
                                  const char *place)
{
  whorl_task_group_t group;
  if (function == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_with_group: the function is NULL");
  whorl_task_group_open_with_options(&group, options, place);
  return whorl_task_group_close(&group, function(&group, arg));
}

size_t whorl_task_group_error_count(const whorl_task_group_t *group) { return whorl__task_error_count(group->private_[0]); }

bool whorl_task_group_error_at(const whorl_task_group_t *group, size_t index, whorl_task_error_t *ret_error)
{
  return whorl__task_error_at(group->private_[0], index, ret_error);
}
