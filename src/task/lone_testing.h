// For tests of plain threads: a lone task each (docs/tasks.md R35). Real time, as a thread has no other; judged by order and outcome, never by how long something took.
#ifndef WHORL_TASK_LONE_TESTING_H
#define WHORL_TASK_LONE_TESTING_H

#include <pthread.h>

#include "task/kit.h"

#define HOUR WHORL_SECONDS(3600)

static inline void in_a_thread(void *(*function)(void *arg), void *arg)
{
  pthread_t thread;
  assert_int_equal(0, pthread_create(&thread, NULL, function, arg));
  pthread_join(thread, NULL);
}

#define THREAD_TEST(name)                                       \
  static void name##_main(void);                                \
  static void *name##_thread(void *arg)                         \
  {                                                             \
    name##_main();                                              \
    return arg;                                                 \
  }                                                             \
  static void name(void **state)                                \
  {                                                             \
    (void)state;                                                \
    int64_t blocks = whorl__memory_blocks();                    \
    in_a_thread(name##_thread, NULL);                           \
    assert_int_equal(blocks, whorl__memory_blocks()); /* R35 */ \
  }                                                             \
  static void name##_main(void)

static inline whorl_future_t make_future(void)
{
  whorl_future_t future;
  CHECK_INT(WHORL_OK, whorl_future_create(NULL, &future));
  return future;
}

#endif
