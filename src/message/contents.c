#include "message/contents.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include <rosidl_runtime_c/primitives_sequence.h>
#include <rosidl_runtime_c/string.h>
#include <rosidl_runtime_c/u16string.h>

#include "base/detail.h"
#include "whorl/status.h"

#define SAME_FORM(type)                                                                                                    \
  _Static_assert(sizeof(type) == sizeof(whorl__sequence_t) && offsetof(type, data) == offsetof(whorl__sequence_t, data) && \
                     offsetof(type, size) == offsetof(whorl__sequence_t, size) &&                                          \
                     offsetof(type, capacity) == offsetof(whorl__sequence_t, capacity),                                    \
                 #type)
SAME_FORM(rosidl_runtime_c__String);
SAME_FORM(rosidl_runtime_c__U16String);
SAME_FORM(rosidl_runtime_c__double__Sequence);

static _Atomic uint64_t allocations;
static _Atomic int64_t until_failure; // 1: the next one fails; 0 and below: none

static void *reallocate(void *memory, size_t count, size_t element_size)
{
  size_t size = 0;
  if (__builtin_mul_overflow(count, element_size, &size)) return NULL;
  if (atomic_load_explicit(&until_failure, memory_order_relaxed) > 0 &&
      atomic_fetch_sub_explicit(&until_failure, 1, memory_order_relaxed) == 1)
    return NULL;
  atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
  return realloc(memory, size);
}

uint64_t whorl__contents_allocations(void) { return atomic_load_explicit(&allocations, memory_order_relaxed); }
void whorl__contents_fail_at(uint64_t nth) { atomic_store_explicit(&until_failure, (int64_t)nth, memory_order_relaxed); }

bool whorl__contents_reserve(whorl__sequence_t *sequence, size_t count, size_t element_size)
{
  if (sequence->data != NULL && sequence->capacity >= count) return true;
  if (sequence->data == NULL && count == 0) return true;
  free(sequence->data); // not realloc: it would copy what nobody wants
  *sequence = (whorl__sequence_t){0};
  void *data = reallocate(NULL, count, element_size);
  if (data == NULL) return false;
  sequence->data = data;
  sequence->capacity = count;
  return true;
}

bool whorl__contents_extend(whorl__sequence_t *sequence, size_t count, size_t element_size)
{
  size_t capacity = sequence->data != NULL ? sequence->capacity : 0;
  if (capacity >= count) return true;
  unsigned char *data = reallocate(sequence->data, count, element_size);
  if (data == NULL) return false;
  memset(data + capacity * element_size, 0, (count - capacity) * element_size);
  sequence->data = data;
  sequence->capacity = count;
  return true;
}

static void free_sequence(whorl__sequence_t *sequence)
{
  free(sequence->data);
  *sequence = (whorl__sequence_t){0};
}

static void free_strings(whorl__sequence_t *strings, size_t count)
{
  for (size_t i = 0; i < count; i++) free_sequence(&strings[i]);
}

static void fini_elements(const whorl__program_t *program, unsigned char *elements, size_t count)
{
  if (program->fixed_size) return;
  for (size_t i = 0; i < count; i++) whorl__contents_fini(program, elements + i * program->size);
}

void whorl__contents_fini(const whorl__program_t *program, void *native)
{
  if (program->fixed_size) return;
  for (size_t i = 0; i < program->step_count; i++) {
    const whorl__step_t *step = &program->steps[i];
    void *place = (unsigned char *)native + step->offset;
    whorl__sequence_t *sequence = place;
    switch (step->kind) {
    case WHORL__STEP_RUN: break;
    case WHORL__STEP_STRINGS:
    case WHORL__STEP_WSTRINGS: free_strings(sequence, step->count); break;
    case WHORL__STEP_ELEMENTS: fini_elements(step->nested, place, step->count); break;
    case WHORL__STEP_STRING_SEQUENCE: // up to the capacity: elements beyond the size keep what they once owned
    case WHORL__STEP_WSTRING_SEQUENCE:
      if (sequence->data != NULL) free_strings(sequence->data, sequence->capacity);
      free_sequence(sequence);
      break;
    case WHORL__STEP_SEQUENCE:
      if (sequence->data != NULL) fini_elements(step->nested, sequence->data, sequence->capacity);
      free_sequence(sequence);
      break;
    }
  }
}

static bool init_strings(whorl__sequence_t *strings, size_t count, size_t unit)
{
  for (size_t i = 0; i < count; i++) {
    if (strings[i].data != NULL) continue;
    if (!whorl__contents_extend(&strings[i], 1, unit)) return false;
  }
  return true;
}

int whorl__contents_init(const whorl__program_t *program, void *native)
{
  bool ok = true;
  for (size_t i = 0; i < program->step_count && !program->fixed_size; i++) {
    const whorl__step_t *step = &program->steps[i];
    void *place = (unsigned char *)native + step->offset;
    if (step->kind == WHORL__STEP_STRINGS) ok = init_strings(place, step->count, 1);
    if (step->kind == WHORL__STEP_WSTRINGS) ok = init_strings(place, step->count, 2);
    if (!ok) return whorl__fail(WHORL_NO_MEMORY, "no memory for the string '%s'", step->name);
    if (step->kind != WHORL__STEP_ELEMENTS) continue;
    for (size_t k = 0; k < step->count; k++) WHORL_TRY(whorl__contents_init(step->nested, (unsigned char *)place + k * step->nested->size));
  }
  return WHORL_OK;
}

int whorl__contents_invalid(const whorl__step_t *step)
{
  bool strings = step->kind != WHORL__STEP_SEQUENCE;
  return whorl__fail(WHORL_MALFORMED, "field '%s': %s", step->name,
                     strings ? "a string whose capacity does not exceed its size or that has no NUL at its end"
                             : "a sequence with elements but no memory");
}

static int out_of_memory(const whorl__step_t *step, size_t count)
{
  return whorl__fail(WHORL_NO_MEMORY, "no memory for %zu elements of field '%s'", count, step->name);
}

static int copy_strings(const whorl__step_t *step, const whorl__sequence_t *from, whorl__sequence_t *to, size_t count, size_t unit)
{
  for (size_t i = 0; i < count; i++) {
    bool valid = unit == 1 ? whorl__contents_string_valid(&from[i]) : whorl__contents_wstring_valid(&from[i]);
    if (!valid) return whorl__contents_invalid(step);
    if (!whorl__contents_reserve(&to[i], from[i].size + 1, unit)) return out_of_memory(step, from[i].size + 1);
    if (from[i].size > 0) memcpy(to[i].data, from[i].data, from[i].size * unit);
    memset((unsigned char *)to[i].data + from[i].size * unit, 0, unit);
    to[i].size = from[i].size;
  }
  return WHORL_OK;
}

static int copy_elements(const whorl__program_t *program, const unsigned char *from, unsigned char *to, size_t count)
{
  if (program->fixed_size) {
    if (count > 0) memcpy(to, from, count * program->size);
    return WHORL_OK;
  }
  for (size_t i = 0; i < count; i++) WHORL_TRY(whorl__contents_copy(program, from + i * program->size, to + i * program->size));
  return WHORL_OK;
}

static int copy_sequence(const whorl__step_t *step, const whorl__sequence_t *from, whorl__sequence_t *to)
{
  if (!whorl__contents_sequence_valid(from)) return whorl__contents_invalid(step);
  if (from->size == 0) {
    to->size = 0;
    return WHORL_OK;
  }
  bool strings = step->kind != WHORL__STEP_SEQUENCE;
  size_t element_size = strings ? sizeof(whorl__sequence_t) : step->nested->size;
  bool flat = !strings && step->nested->fixed_size; // elements own nothing
  bool room = flat ? whorl__contents_reserve(to, from->size, element_size) : whorl__contents_extend(to, from->size, element_size);
  if (!room) return out_of_memory(step, from->size);
  to->size = from->size;
  if (!strings) return copy_elements(step->nested, from->data, to->data, from->size);
  return copy_strings(step, from->data, to->data, from->size, step->kind == WHORL__STEP_STRING_SEQUENCE ? 1 : 2);
}

int whorl__contents_copy(const whorl__program_t *program, const void *from, void *to)
{
  if (program->fixed_size) {
    memcpy(to, from, program->size);
    return WHORL_OK;
  }
  for (size_t i = 0; i < program->step_count; i++) {
    const whorl__step_t *step = &program->steps[i];
    const void *source = (const unsigned char *)from + step->offset;
    void *target = (unsigned char *)to + step->offset;
    switch (step->kind) {
    case WHORL__STEP_RUN: memcpy(target, source, step->size); break;
    case WHORL__STEP_STRINGS: WHORL_TRY(copy_strings(step, source, target, step->count, 1)); break;
    case WHORL__STEP_WSTRINGS: WHORL_TRY(copy_strings(step, source, target, step->count, 2)); break;
    case WHORL__STEP_ELEMENTS: WHORL_TRY(copy_elements(step->nested, source, target, step->count)); break;
    default: WHORL_TRY(copy_sequence(step, source, target));
    }
  }
  return WHORL_OK;
}

static size_t footprint_of_strings(const whorl__sequence_t *strings, size_t count, size_t unit)
{
  size_t bytes = 0;
  for (size_t i = 0; i < count; i++) bytes += strings[i].data != NULL ? strings[i].capacity * unit : 0;
  return bytes;
}

static size_t footprint_of_elements(const whorl__program_t *program, const unsigned char *elements, size_t count)
{
  size_t bytes = 0;
  for (size_t i = 0; i < count && !program->fixed_size; i++) bytes += whorl__contents_footprint(program, elements + i * program->size);
  return bytes;
}

static size_t footprint_of_sequence(const whorl__step_t *step, const whorl__sequence_t *sequence)
{
  if (sequence->data == NULL) return 0;
  if (step->kind == WHORL__STEP_SEQUENCE)
    return sequence->capacity * step->nested->size + footprint_of_elements(step->nested, sequence->data, sequence->capacity);
  size_t unit = step->kind == WHORL__STEP_STRING_SEQUENCE ? 1 : 2;
  return sequence->capacity * sizeof *sequence + footprint_of_strings(sequence->data, sequence->capacity, unit);
}

size_t whorl__contents_footprint(const whorl__program_t *program, const void *native)
{
  size_t bytes = 0;
  for (size_t i = 0; i < program->step_count && !program->fixed_size; i++) {
    const whorl__step_t *step = &program->steps[i];
    const void *place = (const unsigned char *)native + step->offset;
    switch (step->kind) {
    case WHORL__STEP_RUN: break;
    case WHORL__STEP_STRINGS: bytes += footprint_of_strings(place, step->count, 1); break;
    case WHORL__STEP_WSTRINGS: bytes += footprint_of_strings(place, step->count, 2); break;
    case WHORL__STEP_ELEMENTS: bytes += footprint_of_elements(step->nested, place, step->count); break;
    default: bytes += footprint_of_sequence(step, place);
    }
  }
  return bytes;
}
