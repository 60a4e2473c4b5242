// Many processes on one host: how long until each of them has found all the others, what that takes of the CPUs, and how much memory each has then.
#ifndef WHORL_NODE_CROWD_TESTING_H
#define WHORL_NODE_CROWD_TESTING_H

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CROWD_MOST = 100 };

typedef struct crowd_member {
  bool (*join)(int number, int size); // returns when this process has found all `size`, itself included; false: failed, and has said why
  bool (*leave)(void);
} crowd_member_t;

typedef struct crowd {
  int size, found;
  bool left;             // all of them, in good order
  double seconds;        // until the last one had found all
  double cpu_seconds;    // of all processes together until then
  double resident_bytes; // of one then, libraries included
} crowd_t;

// What a process tells when it has found all.
typedef struct crowd_word {
  double cpu_seconds, resident_bytes;
} crowd_word_t;

// What docs/configuration.md advises for many processes on one host, for those that this process starts from now on.
static void crowd_follow_advice(const char *source_folder)
{
  const struct sched_param none = {0};
  const char *before = getenv("CYCLONEDDS_URI");
  char uri[4096];
  int length = snprintf(uri, sizeof uri, "file://%s/cmake/many_processes.xml%s%s", source_folder, before != NULL ? "," : "",
                        before != NULL ? before : "");
  if (length >= (int)sizeof uri || setenv("CYCLONEDDS_URI", uri, 1) != 0 || sched_setscheduler(0, SCHED_BATCH, &none) != 0) abort();
}

static double crowd_now(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double crowd_seconds(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

static crowd_word_t crowd_word(void)
{
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r"); // size, resident, ...: in pages
  if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1) abort();
  fclose(file);
  return (crowd_word_t){crowd_seconds(usage.ru_utime) + crowd_seconds(usage.ru_stime), (double)pages * (double)sysconf(_SC_PAGESIZE)};
}

// In a process of its own. Nobody leaves before the last one has found all: `go` is closed then.
static int crowd_be_member(const crowd_member_t *member, int number, int size, int found, int go)
{
  char end;
  prctl(PR_SET_PDEATHSIG, SIGKILL); // when the crowd is stopped, nobody stays behind
  if (!member->join(number, size)) return 1;
  crowd_word_t word = crowd_word();
  if (write(found, &word, sizeof word) != sizeof word) return 1;
  close(found);
  while (read(go, &end, 1) > 0) {}
  return !member->leave();
}

// When one fails, the others wait for it as long as whoever has started the program has patience.
static crowd_t crowd_meet(int size, const crowd_member_t *member)
{
  crowd_t self = {.size = size, .left = true};
  pid_t members[CROWD_MOST];
  int found[2], go[2];
  double began = crowd_now();
  if (size > CROWD_MOST || pipe(found) < 0 || pipe(go) < 0) abort();
  fflush(NULL);
  for (int i = 0; i < size; i++) {
    members[i] = fork();
    if (members[i] < 0) abort();
    if (members[i] > 0) continue;
    close(go[1]);
    _exit(crowd_be_member(member, i, size, found[1], go[0]));
  }
  close(found[1]);
  for (crowd_word_t word; self.found < size && read(found[0], &word, sizeof word) == sizeof word; self.found++) {
    self.cpu_seconds += word.cpu_seconds;
    self.resident_bytes += word.resident_bytes / size;
  }
  self.seconds = crowd_now() - began;
  close(go[1]);
  for (int i = 0; i < size; i++) {
    int status;
    self.left &= waitpid(members[i], &status, 0) == members[i] && WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  close(found[0]);
  close(go[0]);
  return self;
}

#endif
