#include "node/signal.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/detail.h"
#include "base/memory.h"

static const int watched_signals[] = {SIGINT, SIGTERM};
enum { SIGNALS = 2 };

// One of everything per process, as signals are.
static struct {
  pthread_mutex_t changing; // held from end to end of watch and unwatch, also while the thread is waited for; outermost
  pthread_mutex_t lock;     // contexts, count and stop
  whorl_context_t *contexts;
  size_t count;
  struct sigaction before[SIGNALS];
  bool stop;
  pthread_t thread;
} watch = {.changing = PTHREAD_MUTEX_INITIALIZER, .lock = PTHREAD_MUTEX_INITIALIZER};

// Made with the first watch, before the handler is installed, and never closed: a handler that another thread has just entered may still write to it.
static int signal_fd = -1;

static atomic_bool fired;  // the handlers have given way to the default action
static atomic_int process; // that has installed the handlers: a forked child has them too, and the descriptor

static void on_signal(int number);

// Or has somebody put another one in its place?
static bool is_ours(const struct sigaction *action) { return action->sa_handler == on_signal; }

static void give_way(int number)
{
  struct sigaction now;
  if (sigaction(number, NULL, &now) == 0 && is_ours(&now)) signal(number, SIG_DFL);
}

static void tell_thread(void)
{
  uint64_t one = 1;
  ssize_t written = write(signal_fd, &one, sizeof one);
  (void)written;
}

static void on_signal(int number)
{
  int error = errno;
  for (int i = 0; i < SIGNALS; i++) give_way(watched_signals[i]);
  if (getpid() == atomic_load(&process)) {
    atomic_store(&fired, true);
    tell_thread();
  } else {
    raise(number); // a child, and nobody's affair but its own: the default action, when this has returned
  }
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
    if (read(signal_fd, &count, sizeof count) < 0 && errno == EINTR) continue;
    pthread_mutex_lock(&watch.lock);
    bool ended = watch.stop;
    pthread_mutex_unlock(&watch.lock);
    if (ended) return NULL;
    shut_all_down();
  }
}

// What nobody read: a signal that came while the last watcher left ended the thread, and the word that was to end it is still there. It must not reach the next watcher.
static void forget_old_words(void)
{
  uint64_t count;
  while (poll(&(struct pollfd){.fd = signal_fd, .events = POLLIN}, 1, 0) == 1)
    if (read(signal_fd, &count, sizeof count) < 0) return;
}

static void install(struct sigaction *before) // NULL: what was there before is known already
{
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  atomic_store(&fired, false);
  for (int i = 0; i < SIGNALS; i++) sigaction(watched_signals[i], &action, before != NULL ? &before[i] : NULL);
}

// The first one is in the list already: a signal that comes as soon as the handler is there finds it.
static int start(void)
{
  watch.stop = false;
  if (signal_fd < 0) signal_fd = eventfd(0, EFD_CLOEXEC);
  if (signal_fd < 0) return whorl__fail(WHORL_IO_ERROR, "no eventfd for signals: %s", strerror(errno));
  forget_old_words();
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error = pthread_create(&watch.thread, NULL, watch_signals, NULL);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (error != 0) return whorl__fail(whorl_status_from_errno(error), "no thread for signals");
  atomic_store(&process, getpid());
  install(watch.before);
  return WHORL_OK;
}

// What is there because of us: our handler, or the default action that it gave way to.
static void restore(int number, const struct sigaction *before)
{
  struct sigaction now;
  if (sigaction(number, NULL, &now) != 0) return;
  if (is_ours(&now) || (atomic_load(&fired) && now.sa_handler == SIG_DFL)) sigaction(number, before, NULL);
}

// Nobody is watched any more; `stop` is set.
static void stop(void)
{
  for (int i = 0; i < SIGNALS; i++) restore(watched_signals[i], &watch.before[i]);
  tell_thread();
  pthread_join(watch.thread, NULL);
}

static int add(whorl_context_t context)
{
  pthread_mutex_lock(&watch.lock);
  whorl_context_t *contexts = whorl__realloc(watch.contexts, (watch.count + 1) * sizeof *contexts);
  if (contexts != NULL) {
    watch.contexts = contexts;
    watch.contexts[watch.count++] = context;
  }
  pthread_mutex_unlock(&watch.lock);
  return contexts != NULL ? WHORL_OK : whorl__fail(WHORL_NO_MEMORY, "no memory to watch signals");
}

static void remove_all(void)
{
  pthread_mutex_lock(&watch.lock);
  whorl__free(watch.contexts);
  watch.contexts = NULL;
  watch.count = 0;
  pthread_mutex_unlock(&watch.lock);
}

int whorl__signal_watch(whorl_context_t context)
{
  pthread_mutex_lock(&watch.changing);
  int status = add(context);
  bool first = watch.count == 1;
  if (status == WHORL_OK && first) {
    status = start();
    if (status < 0) remove_all();
  } else if (status == WHORL_OK && atomic_load(&fired)) {
    install(NULL); // the signal that came was for the others: this one wants a first signal of its own
  }
  pthread_mutex_unlock(&watch.changing);
  return status;
}

void whorl__signal_unwatch(whorl_context_t context)
{
  pthread_mutex_lock(&watch.changing);
  pthread_mutex_lock(&watch.lock);
  size_t i = 0;
  while (i < watch.count && watch.contexts[i].id != context.id) i++;
  bool found = i < watch.count;
  if (found) watch.contexts[i] = watch.contexts[--watch.count];
  bool last = found && watch.count == 0;
  watch.stop = last;
  pthread_mutex_unlock(&watch.lock);
  if (last) {
    stop();
    remove_all();
  }
  pthread_mutex_unlock(&watch.changing);
}
