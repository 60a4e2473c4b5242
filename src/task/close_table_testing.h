// What closing a limit returns (docs/tasks.md R14), for the tests of tasks and of plain threads.
#ifndef WHORL_TASK_CLOSE_TABLE_TESTING_H
#define WHORL_TASK_CLOSE_TABLE_TESTING_H

#include <stdbool.h>

#include "whorl/status.h"

typedef struct close_row {
  int body; // its status
  enum { ACTIVE, EXPIRED, STOPPED } scope;
  bool outside; // is a cancellation visible there?
  int returned;
} close_row_t;

static const close_row_t close_table[] = {
    {WHORL_OK, ACTIVE, false, WHORL_OK},
    {WHORL_OK, EXPIRED, false, WHORL_OK},
    {WHORL_OK, STOPPED, true, WHORL_OK},
    {WHORL_IO_ERROR, ACTIVE, true, WHORL_IO_ERROR},
    {WHORL_IO_ERROR, EXPIRED, false, WHORL_IO_ERROR},
    {WHORL_TIMED_OUT, STOPPED, true, WHORL_TIMED_OUT},
    {WHORL_CANCELED, ACTIVE, false, WHORL_CANCELED},
    {WHORL_CANCELED, ACTIVE, true, WHORL_CANCELED},
    {WHORL_CANCELED, EXPIRED, true, WHORL_CANCELED},
    {WHORL_CANCELED, STOPPED, true, WHORL_CANCELED},
    {WHORL_CANCELED, EXPIRED, false, WHORL_TIMED_OUT},
    {WHORL_CANCELED, STOPPED, false, WHORL_OK},
};
enum { CLOSE_ROWS = sizeof close_table / sizeof close_table[0] };

#endif
