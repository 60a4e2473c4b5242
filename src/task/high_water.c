// How deep a fiber's stack was ever used. The kernel tells which of its pages were touched; below the lowest of those nothing was, and a fresh page is zero.
#define _GNU_SOURCE
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "task/fiber.h"
#include "task/sanitizer.h"

enum { PAGES_AT_ONCE = 256 };

// It reads dead frames, of a task that may be running: no sanitizer has to judge that.
#if defined(WHORL__ASAN)
__attribute__((no_sanitize("address"), noinline))
#elif defined(WHORL__TSAN)
__attribute__((no_sanitize("thread"), noinline))
#endif
static const char *
first_used(const char *from, const char *to)
{
  for (; from < to; from += sizeof(uint64_t))
    if (*(const volatile uint64_t *)(const void *)from != 0) return from;
  return NULL;
}

size_t whorl__fiber_high_water(const whorl__fiber_t *fiber)
{
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const char *top = fiber->bottom + fiber->size, *used = NULL;
  VALGRIND_DISABLE_ERROR_REPORTING;
  for (char *at = fiber->bottom; at < top && used == NULL; at += PAGES_AT_ONCE * page) {
    unsigned char touched[PAGES_AT_ONCE];
    size_t left = (size_t)(top - at), length = left < PAGES_AT_ONCE * page ? left : PAGES_AT_ONCE * page;
    bool known = mincore(at, length, touched) == 0;
    for (size_t i = 0; i * page < length && used == NULL; i++) {
      const char *end = at + (i + 1) * page < top ? at + (i + 1) * page : top;
      if (!known || (touched[i] & 1) != 0) used = first_used(at + i * page, end);
    }
  }
  VALGRIND_ENABLE_ERROR_REPORTING;
  return used != NULL ? (size_t)(top - used) : 0;
}
