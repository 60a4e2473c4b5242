// The matrix (node/matrix.h) of a transition of a managed node, whose callback takes its time.
#include "node/matrix.h"

static whorl_event_t event;
static whorl_node_t managed;
static whorl_lifecycle_t lifecycle;
static bool fails;

static int on_configure(whorl_lifecycle_state_t from, void *arg)
{
  (void)from, (void)arg;
  WHORL_TRY(heard(whorl_event_wait(event)));
  return fails ? WHORL_UNSUCCESSFUL : WHORL_OK;
}

static int on_error(whorl_lifecycle_state_t from, void *arg)
{
  (void)from, (void)arg;
  return WHORL_OK;
}

static int make(void)
{
  const whorl_lifecycle_callbacks_t callbacks = {.on_configure = on_configure, .on_error = on_error};
  fails = false;
  WHORL_TRY(whorl_event_create(NULL, &event));
  WHORL_TRY(whorl_node_create(world.context, "managed", NULL, &managed));
  return whorl_lifecycle_create(managed, &callbacks, NULL, NULL, &lifecycle);
}

// However it ends, the node is in a state that stays.
static int configure(void)
{
  whorl_lifecycle_state_t state = WHORL_STATE_UNKNOWN;
  int status = whorl_lifecycle_change(lifecycle, WHORL_TRANSITION_CONFIGURE);
  if (whorl_lifecycle_read_state(lifecycle, &state) == WHORL_OK)
    CELL_INT(status == WHORL_OK ? WHORL_STATE_INACTIVE : WHORL_STATE_UNCONFIGURED, state);
  return status;
}

static int go_on(void) { return whorl_event_set(event); }
static int let_it_fail(void)
{
  fails = true;
  return go_on();
}
static void unmake(void) { (void)whorl_event_destroy(event); }

static const awaitable_t rows[] = {
    {.name = "transition",
     .make = make,
     .wait = configure,
     .complete = go_on,
     .spoil = let_it_fail,
     .fails_with = WHORL_UNSUCCESSFUL,
     .canceled_is = WHORL_CANCELED,
     .shutdown_is = WHORL_CANCELED,
     .unmake = unmake},
};

int main(void)
{
  schedule_drive = drive_by_a_simulation;
  return run_matrix(rows, sizeof rows / sizeof rows[0]);
}
