#include "live.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "report.h"

static int shown; // lines on the terminal that can be painted over

static int count_lines(const char *text)
{
  int lines = 1;
  for (; *text != '\0'; text++) lines += *text == '\n';
  return lines;
}

static bool can_repaint(void)
{
  static int known = -1; // asked once: what the output is does not change
  if (known < 0) known = is_terminal(stdout);
  return known == 1;
}

void live_clear(void)
{
  if (shown > 0) printf("\033[%dA\r\033[J", shown); // up, and what is below is erased
  shown = 0;
  fflush(stdout);
}

void live_show(const char *text)
{
  if (can_repaint()) live_clear();
  puts(text);
  if (can_repaint()) shown = count_lines(text);
  fflush(stdout);
}

void live_keep(void) { shown = 0; }
