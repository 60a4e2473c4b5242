#include "base/detail.h"

#include <stdio.h>
#include <string.h>

#include "base/local.h"
#include "whorl/status.h"

// Cuts an over-long sentence to "...", not in the middle of a UTF-8 character.
static void mark_cut(whorl__detail_t *detail)
{
  size_t end = sizeof detail->text - sizeof "...";
  while (end > 0 && ((unsigned char)detail->text[end] & 0xC0) == 0x80) end--;
  memcpy(detail->text + end, "...", sizeof "...");
}

int(whorl__fail)(int status, const char *format, ...)
{
  // Written aside first: the arguments may point into the sentence that is being replaced.
  whorl__detail_t fresh;
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(fresh.text, sizeof fresh.text, format, arguments);
  va_end(arguments);
  if (length < 0) fresh.text[0] = '\0';
  if (length >= (int)sizeof fresh.text) mark_cut(&fresh);
  memcpy(whorl__local()->detail->text, fresh.text, strlen(fresh.text) + 1);
  return status;
}

int(whorl__fail_plain)(int status)
{
  whorl__local()->detail->text[0] = '\0';
  return status;
}

const char *whorl_detail(void) { return whorl__local()->detail->text; }
