#include "base/log_start.h"

#include "base/log.h"
#include "whorl/status.h"

// A logger that has had a level before needs no memory for another one.
static int make_room(const whorl__arguments_t *arguments)
{
  for (size_t i = 0; i < arguments->log_level_count; i++) {
    const char *logger = arguments->log_levels[i].logger;
    WHORL_TRY(whorl_log_set_level(logger, whorl_log_level(logger)));
  }
  return WHORL_OK;
}

int whorl__log_start(const whorl__arguments_t *arguments)
{
  WHORL_TRY(make_room(arguments));
  for (size_t i = 0; i < arguments->log_level_count; i++)
    (void)whorl_log_set_level(arguments->log_levels[i].logger, (whorl_severity_t)arguments->log_levels[i].level);
  if (arguments->stdout_logs != WHORL__SWITCH_DEFAULT) whorl__log_show_on_console(arguments->stdout_logs == WHORL__SWITCH_ON);
  return WHORL_OK;
}
