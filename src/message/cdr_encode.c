// Two passes over the layout program, one for the size and one for the bytes. `position` counts from the end of the encapsulation header, as alignment does.
#include "message/cdr.h"

#include <string.h>

#include "base/detail.h"
#include "message/contents.h"
#include "whorl/status.h"

static const size_t LARGEST = (size_t)1 << 31; // a message on the wire; every count below it fits into 32 bits

static inline size_t aligned(size_t position, size_t alignment) { return (position + alignment - 1) & ~(alignment - 1); }

static int too_large(const whorl__step_t *step)
{
  return whorl__fail(WHORL_LIMIT_EXCEEDED, "field '%s' makes the message larger than 2 GiB", step->name);
}

static int size_strings(const whorl__step_t *step, const whorl__sequence_t *strings, size_t count, bool wide, size_t *position)
{
  size_t at = *position;
  for (size_t i = 0; i < count; i++) {
    if (!(wide ? whorl__contents_wstring_valid(&strings[i]) : whorl__contents_string_valid(&strings[i])))
      return whorl__contents_invalid(step);
    if (strings[i].size > LARGEST / 4) return too_large(step);
    at = aligned(at, 4) + 4 + (wide ? 4 * strings[i].size : strings[i].size + 1);
    if (at > LARGEST) return too_large(step);
  }
  *position = at;
  return WHORL_OK;
}

static int size_program(const whorl__program_t *program, const unsigned char *native, size_t *position);

static int size_elements(const whorl__step_t *step, const unsigned char *elements, size_t count, size_t *position)
{
  const whorl__program_t *nested = step->nested;
  if (count == 0) return WHORL_OK;
  if (nested->plain) {
    if (count > LARGEST / nested->size) return too_large(step);
    *position = aligned(*position, nested->steps[0].alignment) + count * nested->size;
    return *position > LARGEST ? too_large(step) : WHORL_OK;
  }
  for (size_t i = 0; i < count; i++) {
    WHORL_TRY(size_program(nested, elements + i * nested->size, position));
    if (*position > LARGEST) return too_large(step);
  }
  return WHORL_OK;
}

static int size_sequence(const whorl__step_t *step, const whorl__sequence_t *sequence, size_t *position)
{
  if (!whorl__contents_sequence_valid(sequence)) return whorl__contents_invalid(step);
  if (sequence->size > LARGEST) return too_large(step);
  *position = aligned(*position, 4) + 4;
  if (step->kind == WHORL__STEP_SEQUENCE) return size_elements(step, sequence->data, sequence->size, position);
  return size_strings(step, sequence->data, sequence->size, step->kind == WHORL__STEP_WSTRING_SEQUENCE, position);
}

static int size_program(const whorl__program_t *program, const unsigned char *native, size_t *position)
{
  for (size_t i = 0; i < program->step_count; i++) {
    const whorl__step_t *step = &program->steps[i];
    const void *place = native + step->offset;
    switch (step->kind) {
    case WHORL__STEP_RUN: *position = aligned(*position, step->alignment) + step->size; break;
    case WHORL__STEP_STRINGS: WHORL_TRY(size_strings(step, place, step->count, false, position)); break;
    case WHORL__STEP_WSTRINGS: WHORL_TRY(size_strings(step, place, step->count, true, position)); break;
    case WHORL__STEP_ELEMENTS: WHORL_TRY(size_elements(step, place, step->count, position)); break;
    default: WHORL_TRY(size_sequence(step, place, position));
    }
  }
  return WHORL_OK;
}

int whorl__cdr_size(const whorl__type_t *type, const void *message, size_t *ret_size)
{
  size_t position = type->program->wire_fixed;
  if (position == 0) WHORL_TRY(size_program(type->program, message, &position));
  *ret_size = WHORL__CDR_HEADER + position;
  return WHORL_OK;
}

typedef struct writer {
  uint8_t *bytes;
  size_t position, size;
} writer_t;

// Room for `size` bytes at the next multiple of `alignment`, zeros up to there; NULL past the end.
static inline uint8_t *room(writer_t *writer, size_t alignment, size_t size)
{
  size_t at = aligned(writer->position, alignment);
  if (at > writer->size || writer->size - at < size) return NULL;
  for (size_t i = writer->position; i < at; i++) writer->bytes[i] = 0;
  writer->position = at + size;
  return writer->bytes + at;
}

static int no_room(const whorl__step_t *step)
{
  return whorl__fail(WHORL_INVALID_ARGUMENT, "the buffer ends before field '%s'", step->name);
}

static int write_run(writer_t *writer, const whorl__step_t *step, const void *native, size_t size)
{
  uint8_t *bytes = room(writer, step->alignment, size);
  if (bytes == NULL) return no_room(step);
  memcpy(bytes, native, size);
  return WHORL_OK;
}

static int write_count(writer_t *writer, const whorl__step_t *step, size_t count)
{
  uint8_t *bytes = count <= UINT32_MAX ? room(writer, 4, 4) : NULL;
  if (bytes == NULL) return no_room(step);
  uint32_t number = (uint32_t)count;
  memcpy(bytes, &number, sizeof number);
  return WHORL_OK;
}

static int write_strings(writer_t *writer, const whorl__step_t *step, const whorl__sequence_t *strings, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    if (!whorl__contents_string_valid(&strings[i])) return whorl__contents_invalid(step);
    size_t size = strings[i].size;
    WHORL_TRY(write_count(writer, step, size + 1));
    uint8_t *bytes = room(writer, 1, size + 1);
    if (bytes == NULL) return no_room(step);
    if (size > 0) memcpy(bytes, strings[i].data, size);
    bytes[size] = 0;
  }
  return WHORL_OK;
}

static int write_wstrings(writer_t *writer, const whorl__step_t *step, const whorl__sequence_t *strings, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    if (!whorl__contents_wstring_valid(&strings[i])) return whorl__contents_invalid(step);
    const uint16_t *units = strings[i].data;
    size_t size = strings[i].size;
    WHORL_TRY(write_count(writer, step, size));
    uint8_t *bytes = size <= LARGEST / 4 ? room(writer, 1, 4 * size) : NULL;
    if (bytes == NULL) return no_room(step);
    for (size_t k = 0; k < size; k++) {
      uint32_t unit = units[k]; // four bytes for each code unit: ROS's own form, not that of the DDS specification
      memcpy(bytes + 4 * k, &unit, sizeof unit);
    }
  }
  return WHORL_OK;
}

static int write_program(writer_t *writer, const whorl__program_t *program, const unsigned char *native);

static int write_elements(writer_t *writer, const whorl__step_t *step, const unsigned char *elements, size_t count)
{
  const whorl__program_t *nested = step->nested;
  if (count == 0) return WHORL_OK;
  if (nested->plain)
    return count > LARGEST / nested->size ? too_large(step) : write_run(writer, &nested->steps[0], elements, count * nested->size);
  for (size_t i = 0; i < count; i++) WHORL_TRY(write_program(writer, nested, elements + i * nested->size));
  return WHORL_OK;
}

static int write_sequence(writer_t *writer, const whorl__step_t *step, const whorl__sequence_t *sequence)
{
  if (!whorl__contents_sequence_valid(sequence)) return whorl__contents_invalid(step);
  WHORL_TRY(write_count(writer, step, sequence->size));
  switch (step->kind) {
  case WHORL__STEP_STRING_SEQUENCE: return write_strings(writer, step, sequence->data, sequence->size);
  case WHORL__STEP_WSTRING_SEQUENCE: return write_wstrings(writer, step, sequence->data, sequence->size);
  default: return write_elements(writer, step, sequence->data, sequence->size);
  }
}

static int write_program(writer_t *writer, const whorl__program_t *program, const unsigned char *native)
{
  for (size_t i = 0; i < program->step_count; i++) {
    const whorl__step_t *step = &program->steps[i];
    const void *place = native + step->offset;
    switch (step->kind) {
    case WHORL__STEP_RUN: WHORL_TRY(write_run(writer, step, place, step->size)); break;
    case WHORL__STEP_STRINGS: WHORL_TRY(write_strings(writer, step, place, step->count)); break;
    case WHORL__STEP_WSTRINGS: WHORL_TRY(write_wstrings(writer, step, place, step->count)); break;
    case WHORL__STEP_ELEMENTS: WHORL_TRY(write_elements(writer, step, place, step->count)); break;
    default: WHORL_TRY(write_sequence(writer, step, place));
    }
  }
  return WHORL_OK;
}

int whorl__cdr_encode(const whorl__type_t *type, const void *message, uint8_t *bytes, size_t capacity, size_t *ret_size)
{
  static const uint8_t little_endian[WHORL__CDR_HEADER] = {0, 1, 0, 0};
  if (capacity < WHORL__CDR_HEADER) return whorl__fail(WHORL_INVALID_ARGUMENT, "a buffer of %zu bytes holds no message", capacity);
  memcpy(bytes, little_endian, sizeof little_endian);
  writer_t writer = {.bytes = bytes + WHORL__CDR_HEADER, .size = capacity - WHORL__CDR_HEADER};
  WHORL_TRY(write_program(&writer, type->program, message));
  *ret_size = WHORL__CDR_HEADER + writer.position;
  return WHORL_OK;
}
