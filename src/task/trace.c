#include "task/trace.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/detail.h"
#include "task/state.h"
#include "whorl/status.h"
#include "whorl/time.h"
#include "whorl/trace.h"

atomic_bool whorl__trace_on;

static struct {
  pthread_mutex_t lock;
  FILE *file;      // NULL: there is none
  unsigned number; // of this trace
  unsigned tracks, events;
} trace = {.lock = PTHREAD_MUTEX_INITIALIZER};

// --- Writing; the trace's lock is held, and there is a file

static void begin_event(void) { fputs(trace.events++ == 0 ? "[\n" : ",\n", trace.file); }

static void write_string(const char *text)
{
  fputc('"', trace.file);
  for (; *text != '\0'; text++) {
    unsigned char character = (unsigned char)*text;
    if (character < ' ')
      fprintf(trace.file, "\\u%04x", character);
    else
      fprintf(trace.file, character == '"' || character == '\\' ? "\\%c" : "%c", character);
  }
  fputc('"', trace.file);
}

static void open_track(whorl__worker_t *worker)
{
  worker->trace = trace.number;
  worker->track = ++trace.tracks;
  begin_event();
  fprintf(trace.file, "{\"ph\": \"M\", \"name\": \"thread_name\", \"pid\": 1, \"tid\": %u, \"args\": {\"name\": ", worker->track);
  write_string(worker->core->name);
  fputs("}}", trace.file);
}

static void write_us(const char *key, int64_t time_ns)
{
  fprintf(trace.file, ", \"%s\": %" PRId64 ".%03d", key, time_ns / 1000, (int)(time_ns % 1000));
}

static void write_run(const whorl__worker_t *worker, const whorl__task_t *task, int64_t ended_ns)
{
  begin_event();
  fputs("{\"ph\": \"X\", \"name\": ", trace.file);
  write_string(task->name);
  fprintf(trace.file, ", \"cat\": \"%s\", \"pid\": 1, \"tid\": %u", task->work.run != NULL ? "callback" : "task", worker->track);
  write_us("ts", worker->run_began_ns);
  write_us("dur", ended_ns - worker->run_began_ns);
  fputs(", \"args\": {\"run\": ", trace.file);
  fprintf(trace.file, "%u", task->runs);
  if (worker->run_waited_ns >= 0) write_us("waited_us", worker->run_waited_ns);
  fputs("}}", trace.file);
}

// --- Runs

static int64_t read_clock(const whorl__core_t *core)
{
  if (core->clock != NULL) return whorl__parker_now(core->clock);
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * WHORL_SECONDS(1) + now.tv_nsec;
}

int64_t whorl__trace_now(const whorl__core_t *core)
{
  int64_t now_ns = read_clock(core);
  return now_ns != 0 ? now_ns : 1;
}

void whorl__trace_run_began(whorl__worker_t *worker, whorl__task_t *task)
{
  worker->run_began_ns = whorl__trace_now(worker->core);
  worker->run_waited_ns = task->ready_ns > 0 ? worker->run_began_ns - task->ready_ns : -1;
  if (task->ready_ns > 0 && worker->run_waited_ns < 0) worker->run_waited_ns = 0; // told by another thread's clock
  task->ready_ns = 0;
  task->runs++;
}

void whorl__trace_run_ended(whorl__worker_t *worker, const whorl__task_t *task)
{
  if (worker->run_began_ns == 0) return; // before there was a trace
  int64_t ended_ns = whorl__trace_now(worker->core);
  pthread_mutex_lock(&trace.lock);
  if (trace.file != NULL) {
    if (worker->trace != trace.number) open_track(worker);
    write_run(worker, task, ended_ns);
  }
  pthread_mutex_unlock(&trace.lock);
  worker->run_began_ns = 0;
}

// --- Beginning and end

static void stop_at_exit(void) { (void)whorl_trace_stop(); }

static int fail_file(const char *path)
{
  return whorl__fail(WHORL_IO_ERROR, "the trace '%s' cannot be written: %s", path, strerror(errno));
}

int whorl_trace_start(const char *path)
{
  static bool at_exit;
  if (path == NULL || path[0] == '\0') return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_trace_start: there is no path");
  pthread_mutex_lock(&trace.lock);
  int status = trace.file != NULL ? whorl__fail(WHORL_BUSY, "whorl_trace_start: there is a trace already") : WHORL_OK;
  if (status == WHORL_OK) {
    trace.file = fopen(path, "we");
    if (trace.file == NULL) status = fail_file(path);
  }
  if (status == WHORL_OK) {
    trace.number++;
    trace.tracks = trace.events = 0;
    if (!at_exit) at_exit = atexit(stop_at_exit) == 0;
    atomic_store(&whorl__trace_on, true);
  }
  pthread_mutex_unlock(&trace.lock);
  return status;
}

int whorl_trace_stop(void)
{
  int status = WHORL_OK;
  pthread_mutex_lock(&trace.lock);
  if (trace.file == NULL) {
    status = whorl__fail(WHORL_WRONG_STATE, "whorl_trace_stop: there is no trace");
  } else {
    atomic_store(&whorl__trace_on, false);
    fputs(trace.events == 0 ? "[]\n" : "\n]\n", trace.file);
    bool failed = ferror(trace.file) != 0;
    if (fclose(trace.file) != 0 || failed)
      status = whorl__fail(WHORL_IO_ERROR, "the trace could not be written as a whole: %s", strerror(errno));
    trace.file = NULL;
  }
  pthread_mutex_unlock(&trace.lock);
  return status;
}

static int from_environment;

static void read_environment(void)
{
  const char *path = getenv("WHORL_TRACE");
  if (path == NULL || path[0] == '\0') return;
  from_environment = whorl_trace_start(path);
  if (from_environment == WHORL_BUSY) from_environment = WHORL_OK; // the program's own
}

int whorl__trace_from_environment(void)
{
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, read_environment);
  if (from_environment == WHORL_OK) return WHORL_OK;
  return whorl__fail(from_environment, "WHORL_TRACE is '%.80s', which cannot be written", getenv("WHORL_TRACE"));
}
