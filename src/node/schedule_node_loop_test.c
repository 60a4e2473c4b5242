// S24 once more, on a real loop and with real blocking work: shutdown with a task in a shield, a job that runs, a NEW task, a task in close, a full channel. Order decides, not time: the job ends when all others have
// been cancelled, the shield after the job. How it is run: task/schedule.h.
#include <sched.h>
#include <stdatomic.h>

#include "node/shutdown_fixture.h"

static whorl_node_t node;
static whorl_event_t shield_may_end;
static atomic_int job_runs, job_may_end;

static int in_a_shield(void *arg)
{
  whorl_shield_t shield;
  (void)arg;
  whorl_shield_open(&shield, WHORL_FOREVER);
  int status = whorl_event_wait(shield_may_end);
  return ends("shield", heard(whorl_shield_close(&shield, status)));
}

static int blocks(void *arg)
{
  (void)arg;
  atomic_store(&job_runs, 1);
  while (atomic_load(&job_may_end) == 0) sched_yield();
  return whorl_work_canceled() ? WHORL_OK : WHORL_IO_ERROR; // it was told, and did happen
}

static int has_a_job_done(void *arg)
{
  (void)arg;
  return ends("job", heard(whorl_work(blocks, NULL)));
}

// Beside the node: lets things end, one after the other, when the shutdown has been seen.
static int lets_them_end(void *arg)
{
  (void)arg;
  while (!whorl_context_is_shutdown(world.context)) (void)whorl_yield();
  let_them_run();
  REQUIRE(said("close:CANCELED") && said("send:CANCELED") && !said("job") && !said("shield"));
  atomic_store(&job_may_end, 1);
  while (atomic_load(&job_runs) == 1 && !said("job")) (void)whorl_yield();
  let_them_run();
  REQUIRE(!said("shield"));
  return heard(whorl_event_set(shield_may_end));
}

static int spawn_what_is_there_at_the_end(void)
{
  int status = spawn_the_waiting(node, in_a_shield, has_a_job_done);
  while (status == WHORL_OK && atomic_load(&job_runs) == 0 && !said("job") && whorl_yield() == WHORL_OK) {
  } // cancelled: the node has failed
  let_them_run();
  int last = spawn_in_node(node, "NEW", never_begins, NULL);
  return status < 0 ? status : last;
}

static void in_the_middle_of_everything(void)
{
  whorl_task_group_t group;
  NEED(whorl_node_create(world.context, "all", NULL, &node));
  REQUIRE_INT(WHORL_OK, whorl_channel_try_send(channel, &item));
  whorl_task_group_open(&group);
  SPAWN_ACTORS(&group, {"beside", lets_them_end, NULL});
  int status = heard(whorl_node_open(node));
  if (status == WHORL_OK) {
    status = spawn_what_is_there_at_the_end();
    REQUIRE_INT(WHORL_OK, whorl_context_shutdown(world.context));
    if (schedule.refusals > 0) { // perhaps nobody is there to let them end
      atomic_store(&job_may_end, 1);
      (void)whorl_event_set(shield_may_end);
    }
    status = heard(whorl_node_close(node, status));
  } else {
    (void)whorl_context_shutdown(world.context); // so that nobody waits for it
  }
  REQUIRE_INT(WHORL_OK, status);
  REQUIRE_INT(WHORL_OK, close_group(&group, WHORL_OK));
  REQUIRE(!said("NEW"));
  REQUIRE(strstr(trace, "job:OK shield:OK") != NULL);
}

static void S24_R44_shutdown_in_the_middle_of_everything(void)
{
  released_items = 0;
  atomic_store(&job_runs, 0);
  atomic_store(&job_may_end, 0);
  shield_may_end = (whorl_event_t){0};
  channel = (whorl_channel_t){0};
  const whorl_channel_options_t options = {.release = release_item};
  bool made = heard(whorl_event_create(NULL, &shield_may_end)) == WHORL_OK &&
              heard(whorl_channel_create(1, &options, &channel)) == WHORL_OK;
  REQUIRE(made);
  if (made) in_the_middle_of_everything();
  (void)whorl_channel_destroy(channel);
  (void)whorl_event_destroy(shield_may_end);
  REQUIRE_INT(2, released_items);
}

int main(void)
{
  schedule_drive = drive_by_a_loop;
  const struct CMUnitTest tests[] = {SCHEDULE(S24_R44_shutdown_in_the_middle_of_everything)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
