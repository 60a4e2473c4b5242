#include "task/spawn.h"

#include <stdio.h>

#include "base/detail.h"
#include "base/handle.h"
#include "base/memory.h"
#include "task/place.h"
#include "whorl/status.h"

static whorl__handle_table_t tasks = WHORL__HANDLE_TABLE("task");

void whorl__task_retire(whorl__task_t *task)
{
  whorl__handle_retire(&tasks, task->id, 0);
  task->id = 0;
}

int whorl__task_refuse(int status, const whorl_task_options_t *options, void *arg)
{
  if (options != NULL && options->release != NULL) options->release(arg);
  return status;
}

// A thread that runs the core, or any while nobody does (a driver that is being set up).
static bool may_spawn(whorl__core_t *core) { return !whorl__core_is_driven_elsewhere(core); }

// So what a task or callback spawns stays on its thread, unless it may begin on any.
static whorl__worker_t *home_for(whorl__core_t *core)
{
  whorl__worker_t *worker = whorl__worker_current();
  return worker != NULL && worker->core == core ? worker : &core->worker;
}

static whorl__task_t *take_task(whorl__worker_t *worker)
{
  whorl__link_t *link = whorl__list_pop(&worker->free_tasks);
  if (link != NULL) return WHORL__CONTAINER(link, whorl__task_t, link);
  whorl__task_t *task = whorl__alloc(sizeof *task);
  if (task != NULL) whorl__list_init(&task->errors);
  return task;
}

static int prepare(whorl__worker_t *worker, const whorl_task_options_t *options, bool with_handle, const char *name,
                   whorl__task_t **ret_task)
{
  whorl__task_t *task = take_task(worker);
  if (task == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for task '%s'", name);
  int status = WHORL_OK;
  task->id = 0;
  if (options->stack_size != 0) status = whorl__worker_own_seat(worker, options->stack_size, &task->seat);
  if (status == WHORL_OK && with_handle) {
    status = whorl__handle_create(&tasks, task, &task->id);
    if (status < 0 && task->seat != NULL) {
      whorl__worker_free_own_seat(task->seat);
      task->seat = NULL;
    }
  }
  if (status < 0)
    whorl__list_append(&worker->free_tasks, &task->link);
  else
    *ret_task = task;
  return status;
}

int whorl__task_spawn(whorl__scope_t *parent, const void *owner, whorl_task_function_t function, void *arg,
                      const whorl_task_options_t *options, whorl_task_t *ret_task, const char *place)
{
  static const whorl_task_options_t defaults = {0};
  if (options == NULL) options = &defaults;
  const char *name = options->name != NULL ? options->name : place;
  whorl__core_t *core = atomic_load_explicit(&parent->core, memory_order_acquire);
  whorl__worker_t *worker = home_for(core);
  if (!may_spawn(core))
    return whorl__task_refuse(whorl__fail_wrong_thread("whorl_task_group_spawn", core, "the group of task '%s'", name), options, arg);
  if (whorl__scope_visible(parent)) {
    char reason[200];
    whorl__scope_reason(parent, reason, sizeof reason);
    return whorl__task_refuse(whorl__fail(WHORL_CANCELED, "task '%s' was not spawned: %s", name, reason), options, arg);
  }
  whorl__task_t *task = NULL;
  int status = function != NULL ? prepare(worker, options, ret_task != NULL, name, &task)
                                : whorl__fail(WHORL_INVALID_ARGUMENT, "task '%s' was not spawned: its function is NULL", name);
  if (status < 0) {
    whorl__scope_fail(parent, status, name, whorl_detail());
    return whorl__task_refuse(status, options, arg);
  }
  if (options->name != NULL) {
    snprintf(task->own_name, sizeof task->own_name, "%s", options->name);
    name = task->own_name;
  }
  task->owner = owner;
  task->function = function;
  task->arg = arg;
  task->release = options->release;
  whorl__core_lock(core);
  whorl__task_init(task, worker, parent, name);
  task->scope.place = place;
  if (ret_task != NULL) *ret_task = (whorl_task_t){task->id}; // before another slot can have run it
  if (options->any_thread)
    whorl__task_push_unhomed(task);
  else
    whorl__task_push(task);
  whorl__core_unlock(core);
  return WHORL_OK;
}

int whorl_task_cancel(whorl_task_t handle)
{
  whorl__task_t *task;
  int status = whorl__handle_pin(&tasks, handle.id, (void **)&task);
  if (status < 0) return status;
  whorl__scope_cancel(&task->scope, NULL);
  whorl__handle_unpin(&tasks, handle.id);
  return WHORL_OK;
}

const char *whorl_task_name(void)
{
  whorl__task_t *task = whorl__task_on_thread();
  return task != NULL ? task->name : "";
}
