// A node below GLib's main loop, as in a GTK program.
#include <glib-unix.h>
#include <glib.h>

#include "chat.h"

typedef struct program {
  chat_t chat;
  whorl_loop_t loop;
  GMainLoop *main_loop;
  int status;
} program_t;

static void on_done(void *arg, int status)
{
  program_t *program = arg;
  program->status = status;
  g_main_loop_quit(program->main_loop);
}

static int run_node(void *arg)
{
  program_t *program = arg;
  return chat_run(&program->chat);
}

static gboolean on_whorl(gint fd, GIOCondition condition, gpointer arg)
{
  program_t *program = arg;
  (void)fd, (void)condition;
  return whorl_loop_dispatch(program->loop, WHORL_MILLISECONDS(1)) == WHORL_OK ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static gboolean on_input(gint fd, GIOCondition condition, gpointer arg)
{
  program_t *program = arg;
  (void)fd, (void)condition;
  return chat_read(&program->chat) ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static int run(program_t *program)
{
  int whorl;
  WHORL_TRY(whorl_loop_descriptor(program->loop, &whorl));
  WHORL_TRY(whorl_loop_start(program->loop, run_node, program, on_done));
  WHORL_TRY(whorl_loop_dispatch(program->loop, WHORL_MILLISECONDS(1)));
  guint source = g_unix_fd_add(whorl, G_IO_IN, on_whorl, program);
  g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP, on_input, program);
  g_main_loop_run(program->main_loop);
  g_source_remove(source);
  WHORL_TRY(whorl_loop_destroy(program->loop));
  return program->status;
}

int main(int argc, char **argv)
{
  program_t program = {.main_loop = g_main_loop_new(NULL, FALSE)};
  int status = chat_create(argc, argv, &program.chat);
  if (status == WHORL_OK) status = whorl_loop_create(NULL, &program.loop);
  if (status == WHORL_OK) status = run(&program);
  g_main_loop_unref(program.main_loop);
  return chat_end(&program.chat, status);
}
