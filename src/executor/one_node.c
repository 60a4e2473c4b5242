// Forms for one node: with an executor that has it for the call only, and without any.
#include "base/detail.h"
#include "base/local.h"
#include "executor/executor.h"

// --- The node is in the executor for the call

typedef struct visit {
  whorl_executor_t executor;
  whorl_node_t node;
  bool added;
} visit_t;

static int check_thread(const char *function)
{
  if (!whorl__core_thread_is_busy()) return WHORL_OK;
  return whorl__fail(WHORL_BUSY, "%s: this thread is inside a callback, or runs a loop or an executor", function);
}

static int begin_visit(visit_t *visit, const char *function)
{
  WHORL_TRY(check_thread(function));
  int status = whorl_executor_add_node(visit->executor, visit->node);
  visit->added = status == WHORL_OK;
  return status == WHORL_ALREADY_ADDED ? WHORL_OK : status;
}

// The node may have gone meanwhile, or been removed by a callback.
static int end_visit(const visit_t *visit, int result)
{
  whorl__detail_t detail = *whorl__local()->detail;
  if (visit->added) (void)whorl_executor_remove_node(visit->executor, visit->node);
  *whorl__local()->detail = detail;
  return result;
}

int whorl_executor_spin_node_once(whorl_executor_t executor, whorl_node_t node, int64_t timeout_ns)
{
  visit_t visit = {.executor = executor, .node = node};
  WHORL_TRY(begin_visit(&visit, __func__));
  return end_visit(&visit, whorl_executor_spin_once(executor, timeout_ns));
}

int whorl_executor_spin_node_some(whorl_executor_t executor, whorl_node_t node, int64_t max_ns)
{
  visit_t visit = {.executor = executor, .node = node};
  WHORL_TRY(begin_visit(&visit, __func__));
  return end_visit(&visit, whorl_executor_spin_some(executor, max_ns));
}

int whorl_executor_spin_node_all(whorl_executor_t executor, whorl_node_t node, int64_t max_ns)
{
  visit_t visit = {.executor = executor, .node = node};
  WHORL_TRY(begin_visit(&visit, __func__));
  return end_visit(&visit, whorl_executor_spin_all(executor, max_ns));
}

int whorl_executor_spin_node_until_future_complete(whorl_executor_t executor, whorl_node_t node, whorl_future_t future, int64_t timeout_ns)
{
  visit_t visit = {.executor = executor, .node = node};
  WHORL_TRY(begin_visit(&visit, __func__));
  return end_visit(&visit, whorl_executor_spin_until_future_complete(executor, future, timeout_ns));
}

// --- An executor for the call

// Where nothing may spin, no executor may be destroyed either: so none is made there.
static int begin_alone(whorl_node_t handle, visit_t *visit, const char *function)
{
  whorl__node_t *node;
  WHORL_TRY(check_thread(function));
  WHORL_TRY(whorl__node_pin(handle, &node));
  whorl_context_t context = {node->context->id};
  whorl__node_unpin(node);
  visit->node = handle;
  WHORL_TRY(whorl_executor_create(context, WHORL_EXECUTOR_SINGLE_THREADED, NULL, &visit->executor));
  int status = begin_visit(visit, function);
  if (status < 0) {
    whorl__detail_t detail = *whorl__local()->detail;
    (void)whorl_executor_destroy(visit->executor);
    *whorl__local()->detail = detail;
  }
  return status;
}

static int end_alone(const visit_t *visit, int result)
{
  whorl__detail_t detail = *whorl__local()->detail;
  int status = whorl_executor_destroy(visit->executor); // a shutdown may have been followed by the end of the whole context
  if (result >= 0 && status < 0 && status != WHORL_DESTROYED) return status;
  *whorl__local()->detail = detail;
  return result;
}

int whorl_spin(whorl_node_t node)
{
  visit_t visit;
  WHORL_TRY(begin_alone(node, &visit, __func__));
  return end_alone(&visit, whorl_executor_spin(visit.executor));
}

int whorl_spin_some(whorl_node_t node, int64_t max_ns)
{
  visit_t visit;
  WHORL_TRY(begin_alone(node, &visit, __func__));
  return end_alone(&visit, whorl_executor_spin_some(visit.executor, max_ns));
}

int whorl_spin_all(whorl_node_t node, int64_t max_ns)
{
  visit_t visit;
  WHORL_TRY(begin_alone(node, &visit, __func__));
  return end_alone(&visit, whorl_executor_spin_all(visit.executor, max_ns));
}

int whorl_spin_until_future_complete(whorl_node_t node, whorl_future_t future, int64_t timeout_ns)
{
  visit_t visit;
  WHORL_TRY(begin_alone(node, &visit, __func__));
  return end_alone(&visit, whorl_executor_spin_until_future_complete(visit.executor, future, timeout_ns));
}
