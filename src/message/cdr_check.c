// Walks over serialised bytes as cdr_decode.c does, by the same rules, and writes nothing.
#include "message/cdr.h"

#include "message/cdr_reader.h"

static int check_program(whorl__cdr_reader_t *reader, const whorl__program_t *program);

static int check_strings(whorl__cdr_reader_t *reader, const whorl__step_t *step, size_t count, bool wide)
{
  const uint8_t *bytes = NULL;
  size_t length = 0;
  for (size_t i = 0; i < count; i++) {
    WHORL_TRY(wide ? whorl__cdr_read_wstring(reader, step, &bytes, &length) : whorl__cdr_read_string(reader, step, &bytes, &length));
  }
  return WHORL_OK;
}

static int check_elements(whorl__cdr_reader_t *reader, const whorl__step_t *step, size_t count)
{
  const uint8_t *bytes = NULL;
  if (count == 0) return WHORL_OK;
  if (step->nested->plain) return whorl__cdr_read_plain(reader, step, count, &bytes);
  for (size_t i = 0; i < count; i++) WHORL_TRY(check_program(reader, step->nested));
  return WHORL_OK;
}

static int check_sequence(whorl__cdr_reader_t *reader, const whorl__step_t *step)
{
  size_t count = 0;
  WHORL_TRY(whorl__cdr_read_count(reader, step, &count));
  if (step->kind == WHORL__STEP_SEQUENCE) return check_elements(reader, step, count);
  return check_strings(reader, step, count, step->kind == WHORL__STEP_WSTRING_SEQUENCE);
}

static int check_program(whorl__cdr_reader_t *reader, const whorl__program_t *program)
{
  for (size_t i = 0; i < program->step_count; i++) {
    const whorl__step_t *step = &program->steps[i];
    switch (step->kind) {
    case WHORL__STEP_RUN:
      if (whorl__cdr_next(reader, step->alignment, step->size) == NULL) return whorl__cdr_malformed(reader, step, WHORL__CDR_RUN_CUT);
      break;
    case WHORL__STEP_STRINGS: WHORL_TRY(check_strings(reader, step, step->count, false)); break;
    case WHORL__STEP_WSTRINGS: WHORL_TRY(check_strings(reader, step, step->count, true)); break;
    case WHORL__STEP_ELEMENTS: WHORL_TRY(check_elements(reader, step, step->count)); break;
    default: WHORL_TRY(check_sequence(reader, step));
    }
  }
  return WHORL_OK;
}

int whorl__cdr_check(const whorl__type_t *type, const uint8_t *bytes, size_t size)
{
  whorl__cdr_reader_t reader;
  WHORL_TRY(whorl__cdr_reader_init(&reader, type, bytes, size, 0));
  return check_program(&reader, type->program);
}
