// What a command line says of logging, made true for the process.
#ifndef WHORL_BASE_LOG_START_H
#define WHORL_BASE_LOG_START_H

#include "base/arguments.h"

// Levels and the console; what is not said stays as it is. NO_MEMORY: nothing has changed. Any thread.
int whorl__log_start(const whorl__arguments_t *arguments);

#endif
