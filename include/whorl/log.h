// Logging: severities, loggers with names, ROS 2's console format. Not part of whorl.h: include it where you log.
//
// Loggers are names ("arm.driver"), there is nothing to create. One without a level of its own has that of the nearest parent that has one ("arm", then "", the root, INFO at first). From any thread or task; never
// suspends. What is off costs a comparison when no logger is that talkative, a look-up by name otherwise, and allocates nothing. docs/logging.md.
#ifndef WHORL_LOG_H
#define WHORL_LOG_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum whorl_severity {
  WHORL_SEVERITY_UNSET = 0, // as a level: the parent's
  WHORL_SEVERITY_DEBUG = 10,
  WHORL_SEVERITY_INFO = 20,
  WHORL_SEVERITY_WARN = 30,
  WHORL_SEVERITY_ERROR = 40,
  WHORL_SEVERITY_FATAL = 50
} whorl_severity_t;

// The names are cut at dots. NULL stands for "", the root. set: INVALID_ARGUMENT for what is no severity, NO_MEMORY.
int whorl_log_set_level(const char *logger, whorl_severity_t level);
whorl_severity_t whorl_log_level(const char *logger);           // its own, or UNSET
whorl_severity_t whorl_log_effective_level(const char *logger); // its own or the nearest parent's
bool whorl_log_is_on(const char *logger, whorl_severity_t severity);

// One entry; its strings live during the call of the sink.
typedef struct whorl_log_entry {
  whorl_severity_t severity;
  const char *logger, *message;
  int64_t stamp_ns; // system time
  const char *function, *file;
  int line;
} whorl_log_entry_t;
// Gets every entry that is on, in place of the console, on the thread that logs, perhaps on several at once: it may not suspend, and what it logs itself comes back to it. NULL: the console again. A call that is under
// way on another thread may still go to the sink before.
typedef void (*whorl_log_sink_t)(const whorl_log_entry_t *entry, void *arg);
void whorl_log_set_sink(whorl_log_sink_t sink, void *arg);
void whorl_log_to_console(const whorl_log_entry_t *entry); // for a sink that wants the console as well

// Where a macro stands in the source, and what it remembers. Statically zero.
typedef struct whorl_log_site {
  int64_t last_ns; // steady time
  uint32_t passed;
} whorl_log_site_t;
bool whorl_log_site_first(whorl_log_site_t *site);                     // once
bool whorl_log_site_later(whorl_log_site_t *site);                     // all but once
bool whorl_log_site_period(whorl_log_site_t *site, int64_t period_ns); // once in a period
void whorl_log_write(whorl_severity_t severity, const char *logger, const char *function, const char *file, int line, const char *format,
                     ...) __attribute__((format(printf, 6, 7))); // whatever the level

// The arguments after the logger are printf's; they are evaluated only when the entry is on.
#define WHORL_LOG_IF(severity, condition, logger, ...)                                  \
  do {                                                                                  \
    if (whorl_log_is_on((logger), (severity)) && (condition))                           \
      whorl_log_write((severity), (logger), __func__, __FILE__, __LINE__, __VA_ARGS__); \
  } while (0)
#define WHORL_LOG(severity, logger, ...) WHORL_LOG_IF(severity, true, logger, __VA_ARGS__)
#define WHORL_LOG_DEBUG(logger, ...) WHORL_LOG(WHORL_SEVERITY_DEBUG, logger, __VA_ARGS__)
#define WHORL_LOG_INFO(logger, ...) WHORL_LOG(WHORL_SEVERITY_INFO, logger, __VA_ARGS__)
#define WHORL_LOG_WARN(logger, ...) WHORL_LOG(WHORL_SEVERITY_WARN, logger, __VA_ARGS__)
#define WHORL_LOG_ERROR(logger, ...) WHORL_LOG(WHORL_SEVERITY_ERROR, logger, __VA_ARGS__)
#define WHORL_LOG_FATAL(logger, ...) WHORL_LOG(WHORL_SEVERITY_FATAL, logger, __VA_ARGS__)
// Of the calls that are on: the first one, all but the first one, not more than one in `period_ns` of steady time.
#define WHORL_LOG_ONCE(severity, logger, ...)                                            \
  do {                                                                                   \
    static whorl_log_site_t whorl_log_site_;                                             \
    WHORL_LOG_IF(severity, whorl_log_site_first(&whorl_log_site_), logger, __VA_ARGS__); \
  } while (0)
#define WHORL_LOG_SKIP_FIRST(severity, logger, ...)                                      \
  do {                                                                                   \
    static whorl_log_site_t whorl_log_site_;                                             \
    WHORL_LOG_IF(severity, whorl_log_site_later(&whorl_log_site_), logger, __VA_ARGS__); \
  } while (0)
#define WHORL_LOG_THROTTLE(severity, period_ns, logger, ...)                                           \
  do {                                                                                                 \
    static whorl_log_site_t whorl_log_site_;                                                           \
    WHORL_LOG_IF(severity, whorl_log_site_period(&whorl_log_site_, (period_ns)), logger, __VA_ARGS__); \
  } while (0)

#ifdef __cplusplus
}
#endif
#endif
