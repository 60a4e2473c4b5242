// A node below a loop of the program's own, here epoll: Whorl is one descriptor among others.
#include <errno.h>
#include <sys/epoll.h>

#include "chat.h"

typedef struct program {
  chat_t chat;
  whorl_loop_t loop;
  bool ended;
  int status;
} program_t;

static void on_done(void *arg, int status)
{
  program_t *program = arg;
  program->ended = true;
  program->status = status;
}

static int run_node(void *arg)
{
  program_t *program = arg;
  return chat_run(&program->chat);
}

static int watch(int epoll, int fd)
{
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? whorl_status_from_errno(errno) : WHORL_OK;
}

static int turn(program_t *program, int epoll, int whorl)
{
  struct epoll_event event;
  if (epoll_wait(epoll, &event, 1, -1) != 1) return errno == EINTR ? WHORL_OK : whorl_status_from_errno(errno);
  if (event.data.fd == whorl) return whorl_loop_dispatch(program->loop, WHORL_MILLISECONDS(1)); // then the others have their turn
  if (!chat_read(&program->chat)) epoll_ctl(epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
  return WHORL_OK;
}

static int run(program_t *program, int epoll)
{
  int whorl;
  WHORL_TRY(whorl_loop_descriptor(program->loop, &whorl));
  WHORL_TRY(watch(epoll, whorl));
  WHORL_TRY(watch(epoll, STDIN_FILENO));
  WHORL_TRY(whorl_loop_start(program->loop, run_node, program, on_done));
  WHORL_TRY(whorl_loop_dispatch(program->loop, WHORL_MILLISECONDS(1)));
  while (!program->ended) WHORL_TRY(turn(program, epoll, whorl));
  WHORL_TRY(whorl_loop_destroy(program->loop));
  return program->status;
}

int main(int argc, char **argv)
{
  program_t program = {.ended = false};
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  int status = chat_create(argc, argv, &program.chat);
  if (status == WHORL_OK) status = whorl_loop_create(NULL, &program.loop);
  if (status == WHORL_OK) status = run(&program, epoll);
  close(epoll);
  return chat_end(&program.chat, status);
}
