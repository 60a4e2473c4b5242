#include "live.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "report.h"

static size_t shown; // rows of the terminal that can be painted over

static size_t columns(void)
{
  struct winsize size;
  return ioctl(fileno(stdout), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

// A line that is wider than the terminal takes several rows.
static size_t count_rows(const char *text)
{
  const size_t width = columns();
  size_t rows = 0, column = 0;
  for (;; text++) {
    if (*text == '\0' || *text == '\n') {
      rows += column == 0 ? 1 : (column + width - 1) / width;
      column = 0;
    } else if (*text == '\t') {
      column = (column / 8 + 1) * 8;
    } else if (((unsigned char)*text & 0xc0) != 0x80) { // the first byte of a character
      column++;
    }
    if (*text == '\0') return rows;
  }
}

static bool can_repaint(void)
{
  static int known = -1; // asked once: what the output is does not change
  if (known < 0) known = is_clever_terminal(stdout);
  return known == 1;
}

void live_clear(void)
{
  if (shown > 0) printf("\033[%zuA\r\033[J", shown); // up, and what is below is erased
  shown = 0;
  fflush(stdout);
}

void live_show(const char *text)
{
  if (can_repaint()) live_clear();
  puts(text);
  if (can_repaint()) shown = count_rows(text);
  fflush(stdout);
}

void live_keep(void) { shown = 0; }
