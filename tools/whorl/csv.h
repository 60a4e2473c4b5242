// Messages as one line of values, separated by commas, as `topic echo --csv` prints them.
#ifndef TOOL_CSV_H
#define TOOL_CSV_H

#include <stdio.h>

#include "field.h"

void csv_print(const members_t *members, const void *message, FILE *out); // with a newline
void csv_print_field(const member_t *member, const void *message, FILE *out);

#endif
