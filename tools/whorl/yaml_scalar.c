// Scalars of YAML: numbers, and strings that must not be taken for something else.
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "yaml_out.h"

void yaml_real(double value, bool single, char text[YAML_NUMBER_SIZE])
{
  if (isnan(value)) {
    strcpy(text, ".nan");
    return;
  }
  if (isinf(value)) {
    strcpy(text, value > 0 ? ".inf" : "-.inf");
    return;
  }
  for (int digits = 1; digits <= 17; digits++) {
    snprintf(text, YAML_NUMBER_SIZE, "%.*g", digits, value);
    if (single ? strtof(text, NULL) == (float)value : strtod(text, NULL) == value) break;
  }
  if (fabs(value) >= 1 && fabs(value) < 1e16 && strchr(text, 'e') != NULL)
    snprintf(text, YAML_NUMBER_SIZE, "%.1f", strtod(text, NULL)); // 100.0, not 1e+02
  // A number of this kind has a point: "1" is an integer, "1e+30" a string to some readers.
  if (strchr(text, '.') != NULL) return;
  char exponent[16];
  char *e = strchr(text, 'e');
  snprintf(exponent, sizeof exponent, "%s", e != NULL ? e : "");
  if (e == NULL) e = text + strlen(text);
  snprintf(e, YAML_NUMBER_SIZE - (size_t)(e - text), ".0%s", exponent);
}

static int64_t signed_value(uint8_t type, const void *value)
{
  switch (type) {
  case FIELD_INT8: return *(const int8_t *)value;
  case FIELD_INT16: return *(const int16_t *)value;
  case FIELD_INT32: return *(const int32_t *)value;
  case FIELD_INT64: return *(const int64_t *)value;
  case FIELD_WCHAR:
  case FIELD_UINT16: return *(const uint16_t *)value;
  case FIELD_UINT32: return *(const uint32_t *)value;
  default: return *(const uint8_t *)value;
  }
}

void yaml_number(uint8_t type, const void *value, char text[YAML_NUMBER_SIZE])
{
  switch (type) {
  case FIELD_FLOAT: yaml_real(*(const float *)value, true, text); break;
  case FIELD_DOUBLE: yaml_real(*(const double *)value, false, text); break;
  case FIELD_LONG_DOUBLE: yaml_real((double)*(const long double *)value, false, text); break;
  case FIELD_BOOL: strcpy(text, *(const bool *)value ? "true" : "false"); break;
  case FIELD_UINT64: snprintf(text, YAML_NUMBER_SIZE, "%" PRIu64, *(const uint64_t *)value); break;
  default: snprintf(text, YAML_NUMBER_SIZE, "%" PRId64, signed_value(type, value)); break;
  }
}

// The length of the UTF-8 sequence that begins here; 0: none does.
static size_t utf8_length(const unsigned char *text, size_t left)
{
  if (text[0] < 0x80) return 1;
  size_t length = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
  if (text[0] < 0xc2 || text[0] > 0xf4 || left < length) return 0;
  for (size_t i = 1; i < length; i++)
    if ((text[i] & 0xc0) != 0x80) return 0;
  if (text[0] == 0xe0 && text[1] < 0xa0) return 0; // longer than needed
  if (text[0] == 0xed && text[1] > 0x9f) return 0; // surrogates
  if (text[0] == 0xf0 && text[1] < 0x90) return 0;
  if (text[0] == 0xf4 && text[1] > 0x8f) return 0;
  return length;
}

static bool is_word_of_yaml(const char *text)
{
  static const char *const words[] = {"~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "=", "<<", "auto", "now"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (strcasecmp(text, words[i]) == 0) return true;
  return false;
}

static bool looks_like_a_number(const char *text)
{
  if (!isdigit((unsigned char)text[0]) && strchr("-+.", text[0]) == NULL) return false;
  return strspn(text, "0123456789abcdefABCDEFxXoOinIN_.:+- tTzZ") == strlen(text); // dates and times too
}

yaml_form_t yaml_form(const char *text, size_t length)
{
  bool quoted = length == 0 || is_word_of_yaml(text) || looks_like_a_number(text) || strcmp(text, "---") == 0;
  for (size_t i = 0, step; i < length; i += step) {
    step = utf8_length((const unsigned char *)text + i, length - i);
    if (step == 0) return YAML_BINARY;
    if (iscntrl((unsigned char)text[i])) quoted = true;
  }
  return quoted ? YAML_QUOTED : YAML_AS_IS;
}

static char *put_utf8(char *to, uint32_t point)
{
  if (point < 0x80) {
    *to++ = (char)point;
  } else if (point < 0x800) {
    *to++ = (char)(0xc0 | point >> 6);
    *to++ = (char)(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    *to++ = (char)(0xe0 | point >> 12);
    *to++ = (char)(0x80 | (point >> 6 & 0x3f));
    *to++ = (char)(0x80 | (point & 0x3f));
  } else {
    *to++ = (char)(0xf0 | point >> 18);
    *to++ = (char)(0x80 | (point >> 12 & 0x3f));
    *to++ = (char)(0x80 | (point >> 6 & 0x3f));
    *to++ = (char)(0x80 | (point & 0x3f));
  }
  return to;
}

char *yaml_narrow(const uint16_t *units, size_t count)
{
  char *text = must(malloc(count * 3 + 1)), *to = text;
  for (size_t i = 0; i < count; i++) {
    uint32_t point = units[i];
    bool high = point >= 0xd800 && point < 0xdc00, low = point >= 0xdc00 && point < 0xe000;
    if (high && i + 1 < count && units[i + 1] >= 0xdc00 && units[i + 1] < 0xe000)
      point = 0x10000 + ((point - 0xd800) << 10) + (units[++i] - 0xdc00u);
    else if (high || low)
      point = 0xfffd;
    to = put_utf8(to, point);
  }
  *to = '\0';
  return text;
}
