// What the doctor has found: a line each, and a sum at the end.
#ifndef TOOL_DOCTOR_H
#define TOOL_DOCTOR_H

#include "session.h"

typedef enum level { LEVEL_OK, LEVEL_NOTE, LEVEL_WARNING, LEVEL_FAILURE, LEVELS } level_t;

typedef struct doctor {
  session_t *session;
  size_t counts[LEVELS];
} doctor_t;

void doctor_title(const char *title);
void doctor_find(doctor_t *self, level_t level, const char *format, ...) __attribute__((format(printf, 3, 4)));

void doctor_look_at_environment(doctor_t *self); // variables, interfaces, buffers
void doctor_look_at_graph(doctor_t *self);       // nodes, types, pairs that do not fit

#endif
