#include "loop/guest.h"

static void on_idle_closed(uv_handle_t *handle)
{
  whorl__guest_t *guest = handle->data;
  guest->gone(guest);
}

static void close_the_rest(whorl__guest_t *guest)
{
  if (guest->check_closed && guest->parker_left) uv_close((uv_handle_t *)&guest->idle, on_idle_closed);
}

static void on_check_closed(uv_handle_t *handle)
{
  whorl__guest_t *guest = handle->data;
  guest->check_closed = true;
  close_the_rest(guest);
}

static void on_parker_left(void *arg)
{
  whorl__guest_t *guest = arg;
  guest->parker_left = true;
  close_the_rest(guest);
}

static void leave(whorl__guest_t *guest)
{
  guest->leaving = true;
  uv_close((uv_handle_t *)&guest->check, on_check_closed);
  whorl__uv_parker_leave(guest->parker, on_parker_left, guest);
}

static void do_not_block(uv_idle_t *idle) { (void)idle; }

static void on_check(uv_check_t *check)
{
  whorl__guest_t *guest = check->data;
  int64_t until_ns;
  if (guest->stepping || whorl__uv_parker_settled(guest->parker)) return;
  whorl__uv_parker_unsettle(guest->parker);
  guest->stepping = true;
  whorl__pace_t pace = whorl__core_step(guest->core, &until_ns);
  guest->stepping = false;
  if (pace == WHORL__PACE_DONE)
    leave(guest);
  else if (pace == WHORL__PACE_IDLE && whorl__uv_parker_settle(guest->parker, until_ns))
    uv_idle_stop(&guest->idle);
  else
    uv_idle_start(&guest->idle, do_not_block);
}

void whorl__guest_open(whorl__guest_t *guest, whorl__uv_parker_t *parker, whorl__core_t *core, void (*gone)(whorl__guest_t *guest))
{
  *guest = (whorl__guest_t){.parker = parker, .core = core, .gone = gone};
  uv_check_init(parker->uv, &guest->check); // none of these can fail
  uv_idle_init(parker->uv, &guest->idle);
  guest->check.data = guest->idle.data = guest;
  uv_check_start(&guest->check, on_check);
  uv_idle_start(&guest->idle, do_not_block);
}
