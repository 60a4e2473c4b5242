// One log entry as a line of text, as ROS 2's console shows it.
#ifndef WHORL_BASE_LOG_LINE_H
#define WHORL_BASE_LOG_LINE_H

#include <stdio.h>

#include "whorl/log.h"

#define WHORL__LOG_FORMAT "[{severity}] [{time}] [{name}]: {message}"

// `format` as RCUTILS_CONSOLE_OUTPUT_FORMAT has it: {severity} {name} {message} {time} {time_as_nanoseconds} {date_time_with_ms} {function_name} {file_name} {line_number}, and C's escapes \a \b \n \r \t \\.
// Anything else stands for itself.
void whorl__log_print_line(FILE *stream, const char *format, bool coloured, const whorl_log_entry_t *entry);
const char *whorl__log_severity_name(whorl_severity_t severity); // "WARN"; static

#endif
