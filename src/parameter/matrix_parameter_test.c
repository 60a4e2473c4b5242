// The matrix (node/matrix.h) of what a client of another node's parameters waits for: that node, and its answer.
#include <stdio.h>

#include "node/matrix.h"

static whorl_event_t event;
static whorl_context_t elsewhere;
static whorl_node_t home, served; // of the other process: `home` keeps its task busy, `served` has the parameters
static whorl_parameter_client_t client;
static whorl_task_group_t servers;
static bool serves, refuses;

// The last word is spoken when the event says so.
static int on_set(const whorl_parameter_t *parameters, size_t count, char reason[WHORL_PARAMETER_REASON_SIZE], void *arg)
{
  (void)parameters, (void)count, (void)arg;
  WHORL_TRY(whorl_event_wait(event));
  if (!refuses) return WHORL_OK;
  snprintf(reason, WHORL_PARAMETER_REASON_SIZE, "no");
  return WHORL_REJECTED;
}

static int run_served(void *arg)
{
  (void)arg;
  return whorl_node_run(served);
}

static int create_served(void)
{
  const whorl_node_options_t options = {.parameter_services = WHORL_SWITCH_ON};
  WHORL_TRY(whorl_node_create(elsewhere, "served", &options, &served));
  WHORL_TRY(whorl_parameter_declare(served, "speed", whorl_parameter_integer(1), NULL, NULL));
  WHORL_TRY(whorl_parameter_on_set(served, on_set, NULL, NULL));
  return spawn_in_node(home, "served", run_served, NULL);
}

static int make_client(void)
{
  serves = refuses = false;
  WHORL_TRY(whorl_event_create(NULL, &event));
  WHORL_TRY(whorl_simulation_create_context(world.simulation, &elsewhere));
  WHORL_TRY(whorl_node_create(elsewhere, "home", NULL, &home));
  WHORL_TRY(whorl_parameter_client_create(cell.node, "/served", &client));
  serves = true;
  whorl_task_group_open(&servers);
  SPAWN_ACTORS(&servers, {"home", runs_node, &home});
  let_them_run(); // it is open
  return WHORL_OK;
}

static int make_both(void)
{
  WHORL_TRY(make_client());
  return create_served();
}

static int wait_for_served(void) { return whorl_parameter_client_wait(client); }

static int set(void)
{
  const whorl_parameter_t speed = {"speed", whorl_parameter_integer(2)};
  return whorl_parameter_client_set(client, &speed, 1, NULL);
}

static int go_on(void) { return whorl_event_set(event); }
static int refuse(void)
{
  refuses = true;
  return go_on();
}
static int destroy_client(void) { return whorl_parameter_client_destroy(client); }

static void unmake(void)
{
  if (serves) {
    (void)heard(whorl_node_destroy(home));
    CELL_INT(WHORL_OK, close_group(&servers, WHORL_OK));
  }
  (void)whorl_event_destroy(event);
}

#define CANCELLABLE .canceled_is = WHORL_CANCELED, .shutdown_is = WHORL_CANCELED, .loses_without_memory = true, .unmake = unmake
static const awaitable_t rows[] = {
    {.name = "wait for parameters",
     .make = make_client,
     .wait = wait_for_served,
     .complete = create_served,
     .destroy = destroy_client,
     CANCELLABLE},
    {.name = "set a parameter",
     .make = make_both,
     .wait = set,
     .complete = go_on,
     .spoil = refuse,
     .fails_with = WHORL_REJECTED,
     .destroy = destroy_client,
     CANCELLABLE},
};

int main(void)
{
  schedule_drive = drive_by_a_simulation;
  return run_matrix(rows, sizeof rows / sizeof rows[0]);
}
