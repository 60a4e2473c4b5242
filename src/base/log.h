// Inside the log: what the library itself switches.
#ifndef WHORL_BASE_LOG_H
#define WHORL_BASE_LOG_H

#include <stdbool.h>

#include "whorl/log.h"

void whorl__log_show_on_console(bool shown); // of the whole process; shown at first. Any thread

#endif
