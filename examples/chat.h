// The node of on_epoll.c, on_glib.c and on_libuv.c, which differ in their loops only: it says what is typed, and prints what is said. Until Ctrl-C or the end of the input.
#ifndef CHAT_H
#define CHAT_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rosidl_runtime_c/string_functions.h>
#include <std_msgs/msg/string.h>
#include <whorl/whorl.h>

typedef struct chat {
  whorl_context_t context;
  whorl_node_t node;
  whorl_publisher_t publisher;
} chat_t;

static inline int chat_on_heard(const void *message, const whorl_message_info_t *info, void *arg)
{
  const std_msgs__msg__String *heard = message;
  (void)info, (void)arg;
  printf("heard %s\n", heard->data.data);
  return WHORL_OK;
}

static inline int chat_create(int argc, char **argv, chat_t *chat)
{
  setvbuf(stdout, NULL, _IOLBF, 0);
  WHORL_TRY(whorl_context_create(argc, argv, &(whorl_context_options_t){.handle_signals = true}, &chat->context));
  WHORL_TRY(whorl_node_create(chat->context, "chat", NULL, &chat->node));
  WHORL_TRY(whorl_publisher_create(chat->node, WHORL_MESSAGE(std_msgs, msg, String), "chat", NULL, &chat->publisher));
  return whorl_subscription_create(chat->node, WHORL_MESSAGE(std_msgs, msg, String), "chat", chat_on_heard, NULL, NULL, NULL);
}

// The loop's main task.
static inline int chat_run(void *arg)
{
  const chat_t *chat = arg;
  return whorl_node_run(chat->node); // OK when the context is shut down, which Ctrl-C does, too
}

// The next three are called by the other loop, outside any task: nothing in them may suspend.
static inline int chat_say(const chat_t *chat, const char *line)
{
  std_msgs__msg__String *message = whorl_publisher_borrow(chat->publisher);
  if (message == NULL) return WHORL_NO_MEMORY;
  int status = rosidl_runtime_c__String__assign(&message->data, line) ? whorl_publish_borrowed(chat->publisher, message) : WHORL_NO_MEMORY;
  if (status < 0) whorl_publisher_return(chat->publisher, message);
  return status;
}

// Standard input is readable: a terminal hands over whole lines. False at its end, and then the node ends, too.
static inline bool chat_read(const chat_t *chat)
{
  char text[512], *rest;
  ssize_t count = read(STDIN_FILENO, text, sizeof text - 1);
  if (count <= 0) {
    (void)whorl_context_shutdown(chat->context);
    return false;
  }
  text[count] = '\0';
  for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
    if (chat_say(chat, line) < 0) fprintf(stderr, "not said: %s\n", whorl_detail());
  return true;
}

// The program's exit code, with the context closed.
static inline int chat_end(chat_t *chat, int status)
{
  if (status < 0) fprintf(stderr, "%s: %s\n", whorl_status_name(status), whorl_detail());
  return whorl_context_destroy(chat->context, status) < 0 ? 1 : 0;
}

#endif
