#include "task/bug.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void whorl__bug(const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  fputs("whorl: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  abort();
}
