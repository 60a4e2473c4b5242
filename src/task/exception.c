#include "task/exception.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "task/last_words.h"
#include "task/state.h"
#include "whorl/status.h"

// Both are of the C++ runtime, by their names in the Itanium C++ ABI; the second is std::set_terminate.
extern whorl__exceptions_t *get_globals(void) __asm__("__cxa_get_globals") __attribute__((weak));
typedef void (*terminate_handler_t)(void);
extern terminate_handler_t set_terminate(terminate_handler_t handler) __asm__("_ZSt13set_terminatePFvvE") __attribute__((weak));

whorl__exceptions_t *whorl__exceptions_of_thread(void) { return get_globals != NULL ? get_globals() : NULL; }

// --- Naming the task of an exception that nobody catches

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // of installing
static _Atomic(terminate_handler_t) previous;            // NULL: not known yet

static void on_terminate(void)
{
  const whorl__task_t *task = whorl__task_current();
  whorl__last_words_t words;
  if (task != NULL) {
    whorl__last_words_begin(&words, task);
    whorl__last_words_say(&words, " let an exception go, or called std::terminate\n");
    whorl__last_words_write(&words);
  }
  terminate_handler_t handler = atomic_load(&previous);
  if (handler != NULL) handler();
  abort();
}

int whorl_report_uncaught_exceptions(void)
{
  static bool wanted;
  pthread_mutex_lock(&lock);
  if (!wanted && set_terminate != NULL) {
    wanted = true;
    atomic_store(&previous, set_terminate(on_terminate));
  }
  pthread_mutex_unlock(&lock);
  return WHORL_OK;
}
