// Posting functions to another thread without Whorl: a list under a mutex; who fills an empty one wakes the thread. Counterpart of whorl_post.c.
// `eventfd`: an epoll thread. `uv_async`: a libuv loop, woken by its own means for every post, as its users do.
// usage: bare_post eventfd|uv_async <posts>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <uv.h>

#include "stopwatch.h"

typedef struct post {
  struct post *next;
  void (*function)(void *arg);
  void *arg;
} post_t;

typedef struct queue {
  pthread_mutex_t lock;
  post_t *first, **end;
  int wake; // eventfd, or
  uv_async_t *async;
  uint32_t count, done;
  stopwatch_t watch;
} queue_t;

static void post(queue_t *queue, void (*function)(void *arg), void *arg)
{
  post_t *post = malloc(sizeof *post);
  if (post == NULL) abort();
  *post = (post_t){.function = function, .arg = arg};
  pthread_mutex_lock(&queue->lock);
  bool was_empty = queue->first == NULL;
  *queue->end = post;
  queue->end = &post->next;
  pthread_mutex_unlock(&queue->lock);
  if (queue->async != NULL)
    uv_async_send(queue->async);
  else if (was_empty && write(queue->wake, &(uint64_t){1}, sizeof(uint64_t)) < 0)
    abort();
}

static void run_all(queue_t *queue)
{
  pthread_mutex_lock(&queue->lock);
  post_t *posts = queue->first;
  queue->first = NULL;
  queue->end = &queue->first;
  pthread_mutex_unlock(&queue->lock);
  while (posts != NULL) {
    post_t *post = posts;
    posts = post->next;
    post->function(post->arg);
    free(post);
  }
}

static void on_post(void *arg) { ((queue_t *)arg)->done++; }

static void *post_all(void *arg)
{
  queue_t *queue = arg;
  for (uint32_t i = 0; i < queue->count; i++) post(queue, on_post, queue);
  return NULL;
}

static void on_async(uv_async_t *async)
{
  queue_t *queue = async->data;
  run_all(queue);
  if (queue->done == queue->count) uv_close((uv_handle_t *)async, NULL);
}

static void run_uv_loop(queue_t *queue)
{
  uv_run(uv_default_loop(), UV_RUN_DEFAULT);
  (void)queue;
}

static void run_epoll_loop(queue_t *queue)
{
  struct epoll_event event = {.events = EPOLLIN};
  int epoll = epoll_create1(0);
  epoll_ctl(epoll, EPOLL_CTL_ADD, queue->wake, &event);
  while (queue->done < queue->count) {
    uint64_t count;
    if (epoll_wait(epoll, &event, 1, -1) != 1 || read(queue->wake, &count, sizeof count) < 0) abort();
    run_all(queue);
  }
  close(epoll);
}

static void run_round(queue_t *queue)
{
  pthread_t thread;
  uv_async_t async = {.data = queue};
  queue->done = 0;
  if (queue->wake < 0) {
    uv_async_init(uv_default_loop(), &async, on_async);
    queue->async = &async;
  }
  if (pthread_create(&thread, NULL, post_all, queue) != 0) abort();
  if (queue->wake < 0)
    run_uv_loop(queue);
  else
    run_epoll_loop(queue);
  pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
  if (argc != 3) return 2;
  queue_t queue = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = -1, .count = (uint32_t)strtoul(argv[2], NULL, 10)};
  queue.end = &queue.first;
  if (strcmp(argv[1], "eventfd") == 0) queue.wake = eventfd(0, EFD_NONBLOCK);
  stopwatch_init(&queue.watch, 1, 1);
  do run_round(&queue);
  while (stopwatch_lap(&queue.watch, 0));
  stopwatch_print_parts(&queue.watch, queue.count);
  return 0;
}
