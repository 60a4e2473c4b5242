#include "node/blocking.h"

#include "base/detail.h"
#include "task/place.h"
#include "whorl/status.h"

// Tree lock held.
static void on_shutdown(whorl__shutdown_hook_t *hook)
{
  whorl__blocking_t *blocking = WHORL__CONTAINER(hook, whorl__blocking_t, hook);
  blocking->shut_down = true;
  whorl_timeout_cancel(&blocking->limit);
}

static int fail_shut_down(void) { return whorl__fail(WHORL_SHUTDOWN, "the context was shut down while a thread waited"); }

int whorl__blocking_check(const whorl__context_t *context, const char *function)
{
  WHORL_TRY(whorl__place_check(function));
  if (whorl__core_current() == NULL && context->is_simulated)
    return whorl__fail(WHORL_WOULD_DEADLOCK, "%s: a simulated world does not move while a plain thread waits; call it in a task", function);
  return WHORL_OK;
}

int whorl__blocking_begin(whorl__blocking_t *blocking, whorl__context_t *context, const char *function)
{
  *blocking = (whorl__blocking_t){.hook.run = on_shutdown};
  if (whorl__core_current() != NULL) return WHORL_OK;
  WHORL_TRY(whorl__blocking_check(context, function));
  whorl_timeout_open_with_options(&blocking->limit, WHORL_FOREVER, &(whorl_timeout_options_t){.name = function}, "the library");
  if (!whorl__context_add_hook(context, &blocking->hook)) {
    (void)whorl_timeout_close(&blocking->limit, WHORL_OK);
    return fail_shut_down();
  }
  blocking->context = context->id;
  return WHORL_OK;
}

int whorl__blocking_end(whorl__blocking_t *blocking, int status)
{
  whorl__context_t *context;
  if (blocking->context == 0) return status;
  if (whorl__context_pin((whorl_context_t){blocking->context}, &context) == WHORL_OK) { // else it is gone, and was shut down before
    whorl__context_remove_hook(context, &blocking->hook);
    whorl__context_unpin(context);
  }
  int closed = whorl_timeout_close(&blocking->limit, status);
  return status == WHORL_CANCELED && closed == WHORL_OK && blocking->shut_down ? fail_shut_down() : closed;
}
