#include "loop/dump_signal.h"

#include "base/detail.h"

static void on_signal(uv_signal_t *handle, int number)
{
  const whorl__dump_signal_t *self = handle->data;
  (void)number;
  (void)whorl__core_dump(self->core, self->sink, self->arg); // without memory there is nobody to be told
}

static void on_closed(uv_handle_t *handle) { ((whorl__dump_signal_t *)handle->data)->open = false; }

int whorl__dump_signal_open(whorl__dump_signal_t *self, uv_loop_t *uv, whorl__core_t *core, int number, whorl_dump_sink_t sink, void *arg)
{
  *self = (whorl__dump_signal_t){.core = core, .sink = sink, .arg = arg};
  if (number == 0) return WHORL_OK;
  if (sink == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "signal %d asks for a dump, but dump_sink is NULL", number);
  int error = uv_signal_init(uv, &self->handle);
  if (error != 0) return whorl__fail(WHORL_IO_ERROR, "the event loop cannot watch signals: %s", uv_strerror(error));
  self->handle.data = self;
  self->open = true;
  error = number > 0 ? uv_signal_start(&self->handle, on_signal, number) : UV_EINVAL;
  uv_unref((uv_handle_t *)&self->handle); // nobody waits for it
  if (error == 0) return WHORL_OK;
  whorl__dump_signal_close(self);
  return whorl__fail(WHORL_INVALID_ARGUMENT, "signal %d cannot ask for a dump: %s", number, uv_strerror(error));
}

void whorl__dump_signal_close(whorl__dump_signal_t *self)
{
  if (!self->open) return;
  uv_close((uv_handle_t *)&self->handle, on_closed);
  while (self->open) uv_run(self->handle.loop, UV_RUN_NOWAIT);
}
