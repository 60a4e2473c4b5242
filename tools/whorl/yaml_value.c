#include "yaml_value.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "field.h"
#include "report.h"

bool yaml_truth(const char *text, bool *ret_value)
{
  static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (strcasecmp(text, words[i]) == 0) {
      *ret_value = i % 2 == 1;
      return true;
    }
  return false;
}

bool yaml_integer(const char *text, bool *ret_negative, uint64_t *ret_size)
{
  const char *digits = text + (*text == '-' || *text == '+');
  int base = 10;
  if (strncasecmp(digits, "0x", 2) == 0) base = 16;
  if (strncasecmp(digits, "0o", 2) == 0) base = 8;
  if (strncasecmp(digits, "0b", 2) == 0) base = 2;
  if (base != 10) digits += 2;
  if (!isxdigit((unsigned char)*digits)) return false; // nothing, a blank or a second sign
  char *end;
  errno = 0;
  unsigned long long size = strtoull(digits, &end, base);
  if (end == digits || *end != '\0') return false;
  *ret_negative = *text == '-';
  *ret_size = size;
  return true;
}

bool yaml_double(const char *text, double *ret_value)
{
  const char *word = text + (*text == '-' || *text == '+');
  if (strcasecmp(word, ".inf") == 0) {
    *ret_value = *text == '-' ? -INFINITY : INFINITY;
    return true;
  }
  if (strcasecmp(text, ".nan") == 0) {
    *ret_value = NAN;
    return true;
  }
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end != '\0' || isspace((unsigned char)*text)) return false;
  *ret_value = value;
  return true;
}

// --- values of a field's type

static const char NO_FIT[] = "does not fit";

static const char *put_signed(uint8_t type, bool negative, uint64_t size, void *value)
{
  size_t width = type == FIELD_INT8 ? 1 : type == FIELD_INT16 ? 2 : type == FIELD_INT32 ? 4 : 8;
  const uint64_t most = UINT64_MAX >> (65 - 8 * width); // 127, ...
  if (size > most + (negative ? 1 : 0)) return NO_FIT;
  int64_t number = negative ? (int64_t)(0 - size) : (int64_t)size;
  if (type == FIELD_INT8) *(int8_t *)value = (int8_t)number;
  if (type == FIELD_INT16) *(int16_t *)value = (int16_t)number;
  if (type == FIELD_INT32) *(int32_t *)value = (int32_t)number;
  if (type == FIELD_INT64) *(int64_t *)value = number;
  return NULL;
}

static const char *put_unsigned(uint8_t type, bool negative, uint64_t size, void *value)
{
  bool two = type == FIELD_UINT16 || type == FIELD_WCHAR;
  size_t width = type == FIELD_UINT64 ? 8 : type == FIELD_UINT32 ? 4 : two ? 2 : 1;
  if ((negative && size != 0) || size > UINT64_MAX >> (64 - 8 * width)) return NO_FIT;
  if (width == 1) *(uint8_t *)value = (uint8_t)size;
  if (width == 2) *(uint16_t *)value = (uint16_t)size;
  if (width == 4) *(uint32_t *)value = (uint32_t)size;
  if (width == 8) *(uint64_t *)value = size;
  return NULL;
}

static const char *integer(const char *text, uint8_t type, void *value)
{
  bool negative;
  uint64_t size;
  if (!yaml_integer(text, &negative, &size)) return "is no whole number";
  if (errno == ERANGE) return NO_FIT;
  bool is_signed = type == FIELD_INT8 || type == FIELD_INT16 || type == FIELD_INT32 || type == FIELD_INT64;
  return is_signed ? put_signed(type, negative, size, value) : put_unsigned(type, negative, size, value);
}

static const char *real(const char *text, uint8_t type, void *value)
{
  double number;
  if (!yaml_double(text, &number)) return "is no number";
  bool endless = isinf(number) != 0 && isdigit((unsigned char)text[*text == '-' || *text == '+']) != 0; // it has overflown
  if (endless || (type == FIELD_FLOAT && isfinite(number) && isinf((float)number) != 0)) return NO_FIT;
  if (type == FIELD_FLOAT) *(float *)value = (float)number;
  if (type == FIELD_DOUBLE) *(double *)value = number;
  if (type == FIELD_LONG_DOUBLE) *(long double *)value = number;
  return NULL;
}

static const char *truth(const char *text, void *value)
{
  bool number = strcmp(text, "0") == 0 || strcmp(text, "1") == 0;
  if (number) *(bool *)value = text[0] == '1';
  return number || yaml_truth(text, value) ? NULL : "is neither true nor false";
}

const char *yaml_value(const char *text, uint8_t type, void *value)
{
  switch (type) {
  case FIELD_BOOL: return truth(text, value);
  case FIELD_FLOAT:
  case FIELD_DOUBLE:
  case FIELD_LONG_DOUBLE: return real(text, type, value);
  default: return integer(text, type, value);
  }
}

// --- wide strings

// The next code point of valid UTF-8.
static uint32_t next_point(const unsigned char **text)
{
  const unsigned char *at = *text;
  size_t more = at[0] >= 0xf0 ? 3 : at[0] >= 0xe0 ? 2 : at[0] >= 0xc0 ? 1 : 0;
  uint32_t point = more == 0 ? at[0] : at[0] & (0x3fU >> more);
  for (size_t i = 1; i <= more; i++) point = point << 6 | (at[i] & 0x3fU);
  *text = at + more + 1;
  return point;
}

void yaml_widen(const char *text, size_t length, uint16_t **ret_units, size_t *ret_count)
{
  const unsigned char *at = (const unsigned char *)text, *end = at + length;
  uint16_t *units = must(calloc(length + 1, sizeof *units));
  size_t count = 0;
  while (at < end) {
    uint32_t point = next_point(&at);
    if (point < 0x10000) {
      units[count++] = (uint16_t)point;
    } else {
      units[count++] = (uint16_t)(0xd800 + ((point - 0x10000) >> 10));
      units[count++] = (uint16_t)(0xdc00 + ((point - 0x10000) & 0x3ff));
    }
  }
  *ret_units = units;
  *ret_count = count;
}
