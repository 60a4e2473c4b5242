// Inside the log: what the library itself switches.
#ifndef WHORL_BASE_LOG_H
#define WHORL_BASE_LOG_H

#include <stdbool.h>

#include "whorl/log.h"

void whorl__log_show_on_console(bool shown); // of the whole process; shown at first. Any thread
// Gets every entry that is on, after the sink or the console, on the thread that logs; no lock held. Once, for the life of the process.
void whorl__log_set_forward(void (*forward)(const whorl_log_entry_t *entry));

#endif
