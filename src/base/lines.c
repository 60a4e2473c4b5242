#include "base/lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "whorl/status.h"

void whorl__lines_add(whorl__lines_t *lines, const char *format, ...)
{
  va_list arguments;
  size_t room = lines->length < lines->size ? lines->size - lines->length : 0;
  va_start(arguments, format);
  int length = vsnprintf(room > 0 ? lines->text + lines->length : NULL, room, format, arguments);
  va_end(arguments);
  if (length > 0) lines->length += (size_t)length;
}

void whorl__lines_end(whorl__lines_t *lines)
{
  if (lines->length < lines->size) lines->text[lines->length] = '\0';
  lines->length++;
}

bool whorl__lines_fit(whorl__lines_t *lines, int *ret_status)
{
  if (lines->length <= lines->size) return true;
  size_t size = lines->length + lines->length / 4;
  whorl__free(lines->text);
  lines->text = whorl__alloc(size);
  lines->size = lines->text != NULL ? size : 0;
  lines->length = 0;
  if (lines->text == NULL) *ret_status = whorl__fail(WHORL_NO_MEMORY, "no memory for %zu bytes of text", size);
  return false;
}

void whorl__lines_tell(whorl__lines_t *lines, void (*sink)(const char *line, void *arg), void *arg)
{
  for (size_t at = 0; at < lines->length; at += strlen(lines->text + at) + 1) sink(lines->text + at, arg);
  whorl__free(lines->text);
}
