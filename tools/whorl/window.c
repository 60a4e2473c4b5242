#include "window.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "report.h"

void window_init(window_t *self, size_t capacity)
{
  assert(capacity > 0);
  *self = (window_t){.values = must(calloc(capacity, sizeof *self->values)), .capacity = capacity};
}

void window_fini(window_t *self)
{
  free(self->values);
  *self = (window_t){0};
}

void window_add(window_t *self, double value)
{
  self->values[self->next] = value;
  self->next = (self->next + 1) % self->capacity;
  if (self->count < self->capacity) self->count++;
}

double window_oldest(const window_t *self)
{
  assert(self->count > 0);
  return self->values[self->count < self->capacity ? 0 : self->next];
}

statistics_t window_statistics(const window_t *self)
{
  statistics_t result = {0};
  if (self->count == 0) return result;
  double sum = 0, squares = 0;
  result.least = result.most = self->values[0];
  for (size_t i = 0; i < self->count; i++) {
    sum += self->values[i];
    result.least = fmin(result.least, self->values[i]);
    result.most = fmax(result.most, self->values[i]);
  }
  result.mean = sum / (double)self->count;
  for (size_t i = 0; i < self->count; i++) squares += pow(self->values[i] - result.mean, 2);
  result.deviation = sqrt(squares / (double)self->count);
  return result;
}
