// By the rules of cdr_reader.h into a native message. Memory is taken only after they have passed what it is for.
#include "message/cdr.h"

#include <string.h>

#include "base/detail.h"
#include "message/cdr_reader.h"
#include "message/contents.h"
#include "whorl/status.h"

typedef whorl__cdr_reader_t reader_t;

static int out_of_memory(const reader_t *reader, const whorl__step_t *step, size_t count)
{
  return whorl__fail(WHORL_NO_MEMORY, "%s: no memory for %zu elements of field '%s'", reader->type->ros_name, count, step->name);
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
static int read_plain(reader_t *reader, const whorl__step_t *step, unsigned char *native, size_t count)
{
  const whorl__program_t *program = step->nested;
  const whorl__step_t *run = &program->steps[0];
  const uint8_t *bytes = NULL;
  WHORL_TRY(whorl__cdr_read_plain(reader, step, count, &bytes));
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
  const uint8_t *bytes = whorl__cdr_next(reader, step->alignment, step->size);
  if (bytes == NULL) return whorl__cdr_malformed(reader, step, WHORL__CDR_RUN_CUT);
  memcpy(native + step->offset, bytes, step->size);
  if (reader->swap || step->has_bools) repair_run(reader, step, native, 1);
  return WHORL_OK;
}

static int read_string(reader_t *reader, const whorl__step_t *step, whorl__sequence_t *string)
{
  const uint8_t *bytes = NULL;
  size_t length = 0;
  WHORL_TRY(whorl__cdr_read_string(reader, step, &bytes, &length));
  if (!whorl__contents_reserve(string, length + 1, 1)) return out_of_memory(reader, step, length + 1);
  memcpy(string->data, bytes, length);
  ((char *)string->data)[length] = '\0';
  string->size = length;
  return WHORL_OK;
}

static int read_wstring(reader_t *reader, const whorl__step_t *step, whorl__sequence_t *string)
{
  const uint8_t *bytes = NULL;
  size_t length = 0;
  WHORL_TRY(whorl__cdr_read_wstring(reader, step, &bytes, &length));
  if (!whorl__contents_reserve(string, length + 1, 2)) return out_of_memory(reader, step, length + 1);
  uint16_t *units = string->data;
  for (size_t i = 0; i < length; i++) units[i] = (uint16_t)whorl__cdr_number(reader, bytes + 4 * i); // the upper half is lost, as in ROS
  units[length] = 0;
  string->size = length;
  return WHORL_OK;
}

static int read_program(reader_t *reader, const whorl__program_t *program, unsigned char *native);

static int read_elements(reader_t *reader, const whorl__step_t *step, unsigned char *elements, size_t count)
{
  if (count == 0) return WHORL_OK; // no alignment either
  if (step->nested->plain) return read_plain(reader, step, elements, count);
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
  size_t count = 0;
  WHORL_TRY(whorl__cdr_read_count(reader, step, &count));

  // What follows may fail half-way. Elements beyond the old size are empty ones or those of an earlier use: the message stays valid.
  bool strings = step->kind != WHORL__STEP_SEQUENCE;
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

int whorl__cdr_decode_behind(const whorl__type_t *type, const uint8_t *bytes, size_t size, size_t skipped, void *message)
{
  reader_t reader;
  WHORL_TRY(whorl__cdr_reader_init(&reader, type, bytes, size, skipped));
  return read_program(&reader, type->program, message);
}

int whorl__cdr_decode(const whorl__type_t *type, const uint8_t *bytes, size_t size, void *message)
{
  return whorl__cdr_decode_behind(type, bytes, size, 0, message);
}
