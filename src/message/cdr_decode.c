// Reads what a peer has sent: nothing in it is believed. Every count is held against the bytes that are left before memory is taken for it, every read
// against the end. What is accepted and what is not is rmw_cyclonedds's choice, recorded in testdata/decode_edge.json; bytes after the
// last field are nobody's, and in big-endian data the code units of wide strings are swapped, which that one forgets.
#include "message/cdr.h"

#include <string.h>

#include "base/detail.h"
#include "message/contents.h"
#include "whorl/status.h"

typedef struct reader {
  const whorl__type_t *type;
  const uint8_t *bytes; // after the encapsulation header: alignment counts from here
  size_t position, size;
  bool swap;
} reader_t;

static int malformed(const reader_t *reader, const whorl__step_t *step, const char *fault)
{
  return whorl__fail(WHORL_MALFORMED, "%s: field '%s' at byte %zu: %s", reader->type->ros_name, step->name,
                     reader->position + WHORL__CDR_HEADER, fault);
}

static int out_of_memory(const reader_t *reader, const whorl__step_t *step, size_t count)
{
  return whorl__fail(WHORL_NO_MEMORY, "%s: no memory for %zu elements of field '%s'", reader->type->ros_name, count, step->name);
}

// The next `size` bytes at a multiple of `alignment`, or NULL past the end.
static inline const uint8_t *next(reader_t *reader, size_t alignment, size_t size)
{
  size_t at = (reader->position + alignment - 1) & ~(alignment - 1);
  if (at > reader->size || reader->size - at < size) return NULL;
  reader->position = at + size;
  return reader->bytes + at;
}

static inline uint32_t number(const reader_t *reader, const uint8_t *bytes)
{
  uint32_t value;
  memcpy(&value, bytes, sizeof value);
  return reader->swap ? __builtin_bswap32(value) : value;
}

static void swap_numbers(unsigned char *numbers, size_t count, size_t width)
{
  for (size_t i = 0; i < count; i++, numbers += width) {
    for (size_t low = 0, high = width - 1; low < high; low++, high--) {
      unsigned char byte = numbers[low];
      numbers[low] = numbers[high];
      numbers[high] = byte;
    }
  }
}

// After the bytes are in place. Any byte that is not zero means true; a C bool with another value than 0 and 1 would be undefined behaviour in user code.
static void repair_run(const reader_t *reader, const whorl__step_t *run, unsigned char *native, size_t times)
{
  for (size_t i = 0; i < run->field_count; i++) {
    const whorl__field_t *field = &run->fields[i];
    unsigned char *numbers = native + field->offset;
    if (reader->swap && field->width > 1) swap_numbers(numbers, field->count * times, field->width);
    for (size_t k = 0; field->is_bool && k < field->count * times; k++) numbers[k] = numbers[k] != 0;
  }
}

// `count` structs that are one run each.
static int read_plain(reader_t *reader, const whorl__step_t *step, const whorl__program_t *program, unsigned char *native, size_t count)
{
  const whorl__step_t *run = &program->steps[0];
  const uint8_t *bytes = next(reader, run->alignment, count * program->size);
  if (bytes == NULL) return malformed(reader, step, "the bytes end within it");
  memcpy(native, bytes, count * program->size);
  if (!reader->swap && !run->has_bools) return WHORL_OK;
  if (program->primitive) {
    repair_run(reader, run, native, count);
    return WHORL_OK;
  }
  for (size_t i = 0; i < count; i++) repair_run(reader, run, native + i * program->size, 1);
  return WHORL_OK;
}

static int read_run(reader_t *reader, const whorl__step_t *step, unsigned char *native)
{
  const uint8_t *bytes = next(reader, step->alignment, step->size);
  if (bytes == NULL) return malformed(reader, step, "the bytes end within it or the fields behind it");
  memcpy(native + step->offset, bytes, step->size);
  if (reader->swap || step->has_bools) repair_run(reader, step, native, 1);
  return WHORL_OK;
}

static int read_string(reader_t *reader, const whorl__step_t *step, whorl__sequence_t *string)
{
  const uint8_t *bytes = next(reader, 4, 4);
  if (bytes == NULL) return malformed(reader, step, "the bytes end within it");
  size_t size = number(reader, bytes);
  bytes = next(reader, 1, size);
  if (bytes == NULL) return malformed(reader, step, "a string that is longer than the message");
  if (size > 0 && bytes[size - 1] != '\0') return malformed(reader, step, "a string without NUL at its end");
  size_t length = size > 0 ? size - 1 : 0; // length 0 is not in the specification, but taken for an empty string everywhere
  if (!whorl__contents_reserve(string, length + 1, 1)) return out_of_memory(reader, step, length + 1);
  memcpy(string->data, bytes, length);
  ((char *)string->data)[length] = '\0';
  string->size = length;
  return WHORL_OK;
}

static int read_wstring(reader_t *reader, const whorl__step_t *step, whorl__sequence_t *string)
{
  const uint8_t *bytes = next(reader, 4, 4);
  if (bytes == NULL) return malformed(reader, step, "the bytes end within it");
  size_t length = number(reader, bytes);
  bytes = next(reader, 1, 4 * length);
  if (bytes == NULL) return malformed(reader, step, "a wide string that is longer than the message");
  if (!whorl__contents_reserve(string, length + 1, 2)) return out_of_memory(reader, step, length + 1);
  uint16_t *units = string->data;
  for (size_t i = 0; i < length; i++) units[i] = (uint16_t)number(reader, bytes + 4 * i);
  units[length] = 0;
  string->size = length;
  return WHORL_OK;
}

static int read_program(reader_t *reader, const whorl__program_t *program, unsigned char *native);

static int read_elements(reader_t *reader, const whorl__step_t *step, unsigned char *elements, size_t count)
{
  if (count == 0) return WHORL_OK; // no alignment either
  if (step->nested->plain) return read_plain(reader, step, step->nested, elements, count);
  for (size_t i = 0; i < count; i++) WHORL_TRY(read_program(reader, step->nested, elements + i * step->nested->size));
  return WHORL_OK;
}

static int read_strings(reader_t *reader, const whorl__step_t *step, whorl__sequence_t *strings, size_t count, bool wide)
{
  for (size_t i = 0; i < count; i++) WHORL_TRY(wide ? read_wstring(reader, step, &strings[i]) : read_string(reader, step, &strings[i]));
  return WHORL_OK;
}

static int read_sequence(reader_t *reader, const whorl__step_t *step, whorl__sequence_t *sequence)
{
  const uint8_t *bytes = next(reader, 4, 4);
  if (bytes == NULL) return malformed(reader, step, "the bytes end within it");
  size_t count = number(reader, bytes);
  bool strings = step->kind != WHORL__STEP_SEQUENCE;
  if (step->count > 0 && count > step->count) return malformed(reader, step, "a sequence above its bound");
  if (count > (reader->size - reader->position) / (strings ? 4 : step->nested->wire_least))
    return malformed(reader, step, "a sequence that is longer than the message");

  // What follows may fail half-way. Elements beyond the old size are empty ones or those of an earlier use: the message stays valid.
  size_t element_size = strings ? sizeof(whorl__sequence_t) : step->nested->size;
  bool flat = !strings && step->nested->fixed_size;
  bool room = flat ? whorl__contents_reserve(sequence, count, element_size) : whorl__contents_extend(sequence, count, element_size);
  if (!room) return out_of_memory(reader, step, count);
  sequence->size = count;
  int status = strings ? read_strings(reader, step, sequence->data, count, step->kind == WHORL__STEP_WSTRING_SEQUENCE)
                       : read_elements(reader, step, sequence->data, count);
  if (status < 0 && flat) sequence->size = 0; // the memory is there, but nothing was written to it
  return status;
}

static int read_program(reader_t *reader, const whorl__program_t *program, unsigned char *native)
{
  for (size_t i = 0; i < program->step_count; i++) {
    const whorl__step_t *step = &program->steps[i];
    unsigned char *place = native + step->offset;
    switch (step->kind) {
    case WHORL__STEP_RUN: WHORL_TRY(read_run(reader, step, native)); break;
    case WHORL__STEP_STRINGS: WHORL_TRY(read_strings(reader, step, (void *)place, step->count, false)); break;
    case WHORL__STEP_WSTRINGS: WHORL_TRY(read_strings(reader, step, (void *)place, step->count, true)); break;
    case WHORL__STEP_ELEMENTS: WHORL_TRY(read_elements(reader, step, place, step->count)); break;
    default: WHORL_TRY(read_sequence(reader, step, (void *)place));
    }
  }
  return WHORL_OK;
}

int whorl__cdr_decode(const whorl__type_t *type, const uint8_t *bytes, size_t size, void *message)
{
  if (size < WHORL__CDR_HEADER)
    return whorl__fail(WHORL_MALFORMED, "%s: %zu bytes are less than an encapsulation header", type->ros_name, size);
  reader_t reader = {.type = type, .bytes = bytes + WHORL__CDR_HEADER, .size = size - WHORL__CDR_HEADER, .swap = bytes[1] != 1};
  return read_program(&reader, type->program, message);
}
