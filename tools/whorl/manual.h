// The manual page.
#ifndef TOOL_MANUAL_H
#define TOOL_MANUAL_H

#include <stdio.h>

void manual_print(FILE *out); // troff

#endif
