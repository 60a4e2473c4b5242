// Levels by name, and the way of an entry: to the user's sink or the console. No lock is held while either runs.
#include "whorl/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/detail.h"
#include "base/log.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "whorl/status.h"

enum { MESSAGE_SIZE = 1024, SECOND_NS = 1000000000 };

typedef struct level {
  struct level *next;
  size_t length;
  whorl_severity_t severity;
  char name[];
} level_t;

typedef void (*forward_t)(const whorl_log_entry_t *entry);

static struct {
  pthread_rwlock_t lock; // of all but `lowest`
  level_t *levels;       // one for each name that ever had a level
  whorl_severity_t root;
  atomic_int lowest; // no logger lets less than this through
  whorl_log_sink_t sink;
  void *arg;
  _Atomic(forward_t) forward;
} logs = {.lock = PTHREAD_RWLOCK_INITIALIZER, .root = WHORL_SEVERITY_INFO, .lowest = WHORL_SEVERITY_INFO};

// --- levels; the lock is held

static level_t *find(const char *name, size_t length)
{
  for (level_t *level = logs.levels; level != NULL; level = level->next)
    if (level->length == length && memcmp(level->name, name, length) == 0) return level;
  return NULL;
}

static whorl_severity_t own_level(const char *name, size_t length)
{
  if (length == 0) return logs.root;
  const level_t *level = find(name, length);
  return level == NULL ? WHORL_SEVERITY_UNSET : level->severity;
}

static size_t parent_length(const char *name, size_t length)
{
  while (length > 0 && name[length - 1] != '.') length--;
  return length > 0 ? length - 1 : 0;
}

static whorl_severity_t effective_level(const char *name)
{
  size_t length = strlen(name);
  whorl_severity_t severity;
  while ((severity = own_level(name, length)) == WHORL_SEVERITY_UNSET) length = parent_length(name, length);
  return severity;
}

static void find_lowest(void)
{
  whorl_severity_t lowest = logs.root;
  for (const level_t *level = logs.levels; level != NULL; level = level->next)
    if (level->severity != WHORL_SEVERITY_UNSET && level->severity < lowest) lowest = level->severity;
  atomic_store(&logs.lowest, (int)lowest);
}

static int set_level(const char *name, whorl_severity_t severity)
{
  size_t length = strlen(name);
  if (length == 0) {
    logs.root = severity == WHORL_SEVERITY_UNSET ? WHORL_SEVERITY_INFO : severity;
    return WHORL_OK;
  }
  level_t *level = find(name, length);
  if (level == NULL) {
    level = whorl__alloc(sizeof *level + length + 1);
    if (level == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for the level of logger '%s'", name);
    level->length = length;
    memcpy(level->name, name, length + 1);
    level->next = logs.levels;
    logs.levels = level;
  }
  level->severity = severity;
  return WHORL_OK;
}

static const char *name_of(const char *logger) { return logger == NULL ? "" : logger; }

int whorl_log_set_level(const char *logger, whorl_severity_t level)
{
  if (strcmp(whorl__log_severity_name(level), "UNSET") == 0 && level != WHORL_SEVERITY_UNSET)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "%d is no level of a logger", (int)level);
  pthread_rwlock_wrlock(&logs.lock);
  int status = set_level(name_of(logger), level);
  find_lowest();
  pthread_rwlock_unlock(&logs.lock);
  return status;
}

whorl_severity_t whorl_log_level(const char *logger)
{
  const char *name = name_of(logger);
  pthread_rwlock_rdlock(&logs.lock);
  whorl_severity_t severity = own_level(name, strlen(name));
  pthread_rwlock_unlock(&logs.lock);
  return severity;
}

whorl_severity_t whorl_log_effective_level(const char *logger)
{
  pthread_rwlock_rdlock(&logs.lock);
  whorl_severity_t severity = effective_level(name_of(logger));
  pthread_rwlock_unlock(&logs.lock);
  return severity;
}

bool whorl_log_is_on(const char *logger, whorl_severity_t severity)
{
  if ((int)severity < atomic_load_explicit(&logs.lowest, memory_order_relaxed)) return false;
  return severity >= whorl_log_effective_level(logger);
}

// --- the console

static struct {
  atomic_bool silent;
  pthread_once_t once;
  FILE *stream;
  const char *format;
  bool coloured;
} console = {.once = PTHREAD_ONCE_INIT};

// What is neither of "0" and "1" is told once, on the console itself, and passed over.
static int read_switch(const char *name)
{
  const char *value = getenv(name);
  if (value == NULL || value[0] == '\0') return -1;
  if (strcmp(value, "0") == 0 || strcmp(value, "1") == 0) return value[0] - '0';
  fprintf(stderr, "%s is '%.80s', neither 0 nor 1: ignored\n", name, value);
  return -1;
}

static void open_console(void)
{
  const char *format = getenv("RCUTILS_CONSOLE_OUTPUT_FORMAT");
  console.format = whorl__strdup(format != NULL && format[0] != '\0' ? format : WHORL__LOG_FORMAT);
  if (console.format == NULL) console.format = WHORL__LOG_FORMAT;
  console.stream = read_switch("RCUTILS_LOGGING_USE_STDOUT") == 1 ? stdout : stderr;
  int coloured = read_switch("RCUTILS_COLORIZED_OUTPUT"), buffered = read_switch("RCUTILS_LOGGING_BUFFERED_STREAM");
  console.coloured = coloured == -1 ? isatty(fileno(console.stream)) == 1 : coloured == 1;
  if (buffered != -1) (void)setvbuf(console.stream, NULL, buffered == 1 ? _IOLBF : _IONBF, 0);
}

void whorl__log_show_on_console(bool shown) { atomic_store(&console.silent, !shown); }

void whorl_log_to_console(const whorl_log_entry_t *entry)
{
  if (atomic_load_explicit(&console.silent, memory_order_relaxed)) return;
  pthread_once(&console.once, open_console);
  whorl__log_print_line(console.stream, console.format, console.coloured, entry);
}

// --- entries

static int64_t now_ns(clockid_t clock)
{
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

void whorl_log_set_sink(whorl_log_sink_t sink, void *arg)
{
  pthread_rwlock_wrlock(&logs.lock);
  logs.sink = sink;
  logs.arg = arg;
  pthread_rwlock_unlock(&logs.lock);
}

void whorl__log_set_forward(forward_t forward) { atomic_store(&logs.forward, forward); }

static void emit(const whorl_log_entry_t *entry)
{
  pthread_rwlock_rdlock(&logs.lock);
  whorl_log_sink_t sink = logs.sink;
  void *arg = logs.arg;
  pthread_rwlock_unlock(&logs.lock);
  if (sink != NULL)
    sink(entry, arg);
  else
    whorl_log_to_console(entry);
  forward_t forward = atomic_load_explicit(&logs.forward, memory_order_acquire);
  if (forward != NULL) forward(entry);
}

void whorl_log_write(whorl_severity_t severity, const char *logger, const char *function, const char *file, int line, const char *format,
                     ...)
{
  char message[MESSAGE_SIZE], *longer = NULL;
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int length = vsnprintf(message, sizeof message, format, args);
  if (length >= MESSAGE_SIZE && (longer = whorl__alloc((size_t)length + 1)) != NULL) // without memory it is cut
    (void)vsnprintf(longer, (size_t)length + 1, format, again);
  va_end(again);
  va_end(args);
  emit(&(whorl_log_entry_t){severity, name_of(logger), longer != NULL ? longer : message, now_ns(CLOCK_REALTIME), function, file, line});
  whorl__free(longer);
}

// --- sites; users' structs, perhaps C++'s: hence the compiler's atomics

bool whorl_log_site_first(whorl_log_site_t *site) { return __atomic_exchange_n(&site->passed, 1, __ATOMIC_RELAXED) == 0; }
bool whorl_log_site_later(whorl_log_site_t *site) { return !whorl_log_site_first(site); }

bool whorl_log_site_period(whorl_log_site_t *site, int64_t period_ns)
{
  int64_t last_ns = __atomic_load_n(&site->last_ns, __ATOMIC_RELAXED), now = now_ns(CLOCK_MONOTONIC);
  if (last_ns != 0 && now - last_ns < period_ns) return false;
  return __atomic_compare_exchange_n(&site->last_ns, &last_ns, now, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED); // one of several threads
}
