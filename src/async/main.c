// whorl_main: the frame of a program with one context and one loop.
#include <stdio.h>

#include "base/detail.h"
#include "base/local.h"
#include "node/context.h"
#include "whorl/loop.h"

typedef struct program {
  whorl_context_t context;
  whorl_loop_t loop;
  whorl_app_t app;
  void *arg;
  whorl__shutdown_hook_t hook;
} program_t;

static int run_app(void *arg)
{
  program_t *program = arg;
  return program->app(program->context, program->arg);
}

static void cancel_app(whorl__shutdown_hook_t *hook) { (void)whorl_loop_cancel(WHORL__CONTAINER(hook, program_t, hook)->loop); }

static int end_loop(program_t *program, int status)
{
  whorl__detail_t detail = *whorl__local()->detail;
  int destroyed = whorl_loop_destroy(program->loop); // refused while the app has left a libuv handle open
  if (status >= 0) return destroyed;
  *whorl__local()->detail = detail;
  return status;
}

static int run_program(program_t *program)
{
  whorl__context_t *context;
  WHORL_TRY(whorl_loop_create(&(whorl_loop_options_t){.name = "main"}, &program->loop));
  int status = whorl__context_pin(program->context, &context);
  if (status == WHORL_OK) {
    program->hook.run = cancel_app;
    if (!whorl__context_add_hook(context, &program->hook)) (void)whorl_loop_cancel(program->loop); // a signal was faster
    whorl__context_unpin(context);
    status = whorl_loop_run(program->loop, run_app, program);
    if (whorl__context_pin(program->context, &context) == WHORL_OK) {
      whorl__context_remove_hook(context, &program->hook);
      whorl__context_unpin(context);
    }
  }
  // That is what a clean shutdown looks like; SHUTDOWN, when the signal was so early that nothing could be started any more.
  if ((status == WHORL_CANCELED || status == WHORL_SHUTDOWN) && whorl_context_is_shutdown(program->context)) status = WHORL_OK;
  return end_loop(program, status);
}

static int report(const char *program, int status)
{
  if (status >= 0) return 0;
  const char *detail = whorl_detail();
  fprintf(stderr, "%s: %s%s%s (%s)\n", program, whorl_status_sentence(status), detail[0] != '\0' ? ": " : "", detail,
          whorl_status_name(status));
  return 1;
}

static void warn(void *arg, const char *sentence) { fprintf(stderr, "%s: warning: %s\n", (const char *)arg, sentence); }

int whorl_main(int argc, char **argv, whorl_app_t app, void *arg)
{
  const char *name = argc > 0 && argv != NULL ? argv[0] : "whorl";
  program_t program = {.app = app, .arg = arg};
  if (app == NULL) return report(name, whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_main: the app is NULL"));
  const whorl_context_options_t options = {.handle_signals = true, .warn = warn, .warn_arg = (void *)name};
  int status = whorl_context_create(argc, argv, &options, &program.context);
  if (status < 0) return report(name, status);
  status = run_program(&program);
  int exit_code = report(name, status);
  status = whorl_context_destroy(program.context, WHORL_OK);
  return exit_code != 0 ? exit_code : report(name, status);
}
