// The one-sentence detail behind a failure.
#ifndef WHORL_BASE_DETAIL_H
#define WHORL_BASE_DETAIL_H

#include <stdarg.h>

typedef struct whorl__detail {
  char text[240]; // always terminated; cut with "..." when too long
} whorl__detail_t;

// Writes the sentence for the calling task or thread and returns the status, so that a failure reads `return whorl__fail(WHORL_X, "...")`.
int whorl__fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Failures without a sentence of their own: empties an older one.
int whorl__fail_plain(int status);

#ifdef __clang_analyzer__ // it does not look into other files: say that the status comes back
#define whorl__fail(status, ...) ((void)whorl__fail((status), __VA_ARGS__), (status))
#define whorl__fail_plain(status) ((void)whorl__fail_plain(status), (status))
#endif

#endif
