// The last so many values of something, and what can be said of them.
#ifndef TOOL_WINDOW_H
#define TOOL_WINDOW_H

#include <stddef.h>

typedef struct window {
  double *values; // a ring
  size_t capacity, count, next;
} window_t;

typedef struct statistics {
  double mean, least, most, deviation; // deviation: the standard one of all, not of a sample
} statistics_t;

void window_init(window_t *self, size_t capacity); // 1 or more
void window_fini(window_t *self);
void window_add(window_t *self, double value);        // the oldest one goes when it is full
double window_oldest(const window_t *self);           // there must be one
statistics_t window_statistics(const window_t *self); // zeros of none

#endif
