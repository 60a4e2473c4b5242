// A node on a libuv loop that the program has already: both sides' handles live in one loop.
#include <whorl/uv.h>

#include "chat.h"

typedef struct program {
  chat_t chat;
  whorl_loop_t loop;
  uv_poll_t input;
  int status;
} program_t;

static int run_node(void *arg)
{
  program_t *program = arg;
  return chat_run(&program->chat);
}

static void on_done(void *arg, int status)
{
  program_t *program = arg;
  program->status = status;
  uv_close((uv_handle_t *)&program->input, NULL); // with it the last handle is gone, and uv_run returns
}

static void on_input(uv_poll_t *input, int status, int events)
{
  const program_t *program = input->data;
  (void)status, (void)events;
  if (!chat_read(&program->chat)) uv_poll_stop(input);
}

static int run(program_t *program, uv_loop_t *uv)
{
  WHORL_TRY(whorl_loop_create(&(whorl_loop_options_t){.uv_loop = uv}, &program->loop));
  WHORL_TRY(whorl_loop_start(program->loop, run_node, program, on_done));
  uv_poll_init(uv, &program->input, STDIN_FILENO);
  program->input.data = program;
  uv_poll_start(&program->input, UV_READABLE, on_input);
  uv_run(uv, UV_RUN_DEFAULT);
  WHORL_TRY(whorl_loop_destroy(program->loop));
  return program->status;
}

int main(int argc, char **argv)
{
  program_t program = {.status = WHORL_OK};
  uv_loop_t uv;
  uv_loop_init(&uv);
  int status = chat_create(argc, argv, &program.chat);
  if (status == WHORL_OK) status = run(&program, &uv);
  uv_loop_close(&uv);
  return chat_end(&program.chat, status);
}
