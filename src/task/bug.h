// Bugs of the caller, or of the library: the process ends with a sentence that names what was misused and where, in release builds too (STYLE.md, Errors).
#ifndef WHORL_TASK_BUG_H
#define WHORL_TASK_BUG_H

// Writes "whorl: " and the sentence to standard error and aborts.
_Noreturn void whorl__bug(const char *format, ...) __attribute__((format(printf, 1, 2), cold));

#define WHORL__BUG_IF(condition, ...)                                \
  do {                                                               \
    if (__builtin_expect(!!(condition), 0)) whorl__bug(__VA_ARGS__); \
  } while (0)

#endif
