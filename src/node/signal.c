#include "node/signal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/detail.h"
#include "base/memory.h"

static const int watched_signals[] = {SIGINT, SIGTERM};
enum { SIGNALS = 2 };

// One of everything per process, as signals are.
static struct {
  pthread_mutex_t lock;
  whorl_context_t *contexts;
  size_t count;
  struct sigaction before[SIGNALS];
  int fd;
  bool stop;
  pthread_t thread;
} watch = {.lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1};

static int signal_fd = -1; // what the handler may look at: written before it is installed

static void on_signal(int number)
{
  int error = errno;
  uint64_t one = 1;
  (void)number;
  for (int i = 0; i < SIGNALS; i++) signal(watched_signals[i], SIG_DFL);
  ssize_t written = write(signal_fd, &one, sizeof one);
  (void)written;
  errno = error;
}

static void shut_all_down(void)
{
  pthread_mutex_lock(&watch.lock);
  for (size_t i = 0; i < watch.count; i++) (void)whorl_context_shutdown(watch.contexts[i]);
  pthread_mutex_unlock(&watch.lock);
}

static void *watch_signals(void *arg)
{
  (void)arg;
  for (;;) {
    uint64_t count;
    if (read(watch.fd, &count, sizeof count) < 0 && errno == EINTR) continue;
    pthread_mutex_lock(&watch.lock);
    bool stop = watch.stop;
    pthread_mutex_unlock(&watch.lock);
    if (stop) return NULL;
    shut_all_down();
  }
}

// Lock held.
static int start(void)
{
  watch.stop = false;
  watch.fd = eventfd(0, EFD_CLOEXEC);
  if (watch.fd < 0) return whorl__fail(WHORL_IO_ERROR, "no eventfd for signals: %s", strerror(errno));
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(&watch.thread, NULL, watch_signals, NULL);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error != 0) {
    close(watch.fd);
    return whorl__fail(whorl_status_from_errno(error), "no thread for signals");
  }
  signal_fd = watch.fd;
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  for (int i = 0; i < SIGNALS; i++) sigaction(watched_signals[i], &action, &watch.before[i]);
  return WHORL_OK;
}

// Lock held on entry; given up, as the thread takes it once more before it ends.
static void stop_and_unlock(void)
{
  uint64_t one = 1;
  pthread_t thread = watch.thread;
  int fd = watch.fd;
  for (int i = 0; i < SIGNALS; i++) sigaction(watched_signals[i], &watch.before[i], NULL);
  watch.stop = true;
  ssize_t written = write(fd, &one, sizeof one);
  (void)written;
  pthread_mutex_unlock(&watch.lock);
  pthread_join(thread, NULL);
  close(fd);
}

int whorl__signal_watch(whorl_context_t context)
{
  pthread_mutex_lock(&watch.lock);
  int status = WHORL_OK;
  whorl_context_t *contexts = whorl__realloc(watch.contexts, (watch.count + 1) * sizeof *contexts);
  if (contexts == NULL) status = whorl__fail(WHORL_NO_MEMORY, "no memory to watch signals");
  else watch.contexts = contexts;
  if (status == WHORL_OK && watch.count == 0) status = start();
  if (status == WHORL_OK) watch.contexts[watch.count++] = context;
  pthread_mutex_unlock(&watch.lock);
  return status;
}

void whorl__signal_unwatch(whorl_context_t context)
{
  pthread_mutex_lock(&watch.lock);
  size_t i = 0;
  while (i < watch.count && watch.contexts[i].id != context.id) i++;
  bool found = i < watch.count;
  if (found) watch.contexts[i] = watch.contexts[--watch.count];
  bool last = found && watch.count == 0;
  if (last) {
    whorl__free(watch.contexts);
    watch.contexts = NULL;
    stop_and_unlock();
  } else {
    pthread_mutex_unlock(&watch.lock);
  }
}
