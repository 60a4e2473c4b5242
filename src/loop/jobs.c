#include "loop/jobs.h"

#include <assert.h>

#include "base/detail.h"
#include "base/memory.h"
#include "loop/job_place.h"
#include "loop/outside.h"
#include "loop/uv_loop.h"

enum { AT_ONCE = 4 }; // as many threads as libuv's pool has by default; here whatever the pool really has

struct whorl__jobs {
  struct whorl__outside outside;
  whorl__virtual_parker_t *clock;
  uv_loop_t uv;
  whorl__uv_parker_t parker; // of the libuv loop; outside.parker once that is there
  whorl__list_t line;        // not handed over, in the order of their beginnings
  size_t begun;
};

static whorl__job_place_t *place_of(whorl__link_t *link) { return WHORL__CONTAINER(link, whorl__job_place_t, link); }

int whorl__jobs_create(whorl__virtual_parker_t *clock, whorl__jobs_t **ret_jobs)
{
  whorl__jobs_t *jobs = whorl__alloc_aligned(_Alignof(whorl__jobs_t), sizeof *jobs);
  if (jobs == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for the blocking work of a simulation");
  jobs->clock = clock;
  jobs->begun = 0;
  whorl__outside_init(&jobs->outside, NULL, NULL);
  jobs->outside.jobs = jobs;
  whorl__list_init(&jobs->line);
  *ret_jobs = jobs;
  return WHORL_OK;
}

struct whorl__outside *whorl__jobs_outside(whorl__jobs_t *jobs) { return &jobs->outside; }

static int open_parker(whorl__jobs_t *jobs)
{
  WHORL_TRY(whorl__uv_parker_open(&jobs->parker, &jobs->uv));
  int status = whorl__uv_parker_attach(&jobs->parker);
  if (status == WHORL_OK) return WHORL_OK;
  while (jobs->parker.open_handles > 0) uv_run(&jobs->uv, UV_RUN_NOWAIT);
  whorl__uv_parker_close(&jobs->parker);
  return status;
}

// A job may make tasks ready before it ends (it sets an event, posts): then it has to wake the world's thread.
static int make_loop(whorl__jobs_t *jobs)
{
  WHORL_TRY(whorl__uv_loop_open(&jobs->uv, " for blocking work"));
  int status = open_parker(jobs);
  if (status < 0) {
    uv_loop_close(&jobs->uv);
    return status;
  }
  jobs->outside.parker = &jobs->parker;
  jobs->clock->sleeper = &jobs->parker.base;
  return WHORL_OK;
}

void whorl__jobs_destroy(whorl__jobs_t *jobs)
{
  assert(whorl__list_empty(&jobs->line));
  if (jobs->outside.parker != NULL) {
    jobs->clock->sleeper = NULL;
    whorl__uv_parker_detach(&jobs->parker);
    whorl__uv_parker_close(&jobs->parker);
    uv_loop_close(&jobs->uv);
  }
  whorl__descriptors_fini(&jobs->outside.descriptors);
  whorl__free(jobs);
}

static void on_returned(uv_work_t *request, int error)
{
  assert(error == 0); // nobody takes back what has begun
  (void)error;
  WHORL__CONTAINER(request, whorl__job_place_t, request)->returned = true;
}

static void begin(whorl__jobs_t *jobs, whorl__job_place_t *place)
{
  place->begun = true;
  jobs->begun++;
  int error = uv_queue_work(&jobs->uv, &place->request, place->run, on_returned);
  assert(error == 0); // it has a function
  (void)error;
}

int whorl__jobs_add(whorl__jobs_t *jobs, whorl__job_place_t *place)
{
  if (jobs->outside.parker == NULL) WHORL_TRY(make_loop(jobs));
  place->begun = place->returned = false;
  whorl__list_append(&jobs->line, &place->link);
  if (jobs->begun < AT_ONCE) begin(jobs, place);
  return WHORL_OK;
}

bool whorl__jobs_withdraw(whorl__jobs_t *jobs, whorl__job_place_t *place)
{
  (void)jobs;
  if (place->begun) return false;
  whorl__list_remove(&place->link);
  return true;
}

static void begin_next(whorl__jobs_t *jobs)
{
  for (whorl__link_t *link = whorl__list_first(&jobs->line); link != NULL; link = whorl__list_next(&jobs->line, link)) {
    if (place_of(link)->begun) continue;
    begin(jobs, place_of(link));
    return;
  }
}

bool whorl__jobs_await(whorl__jobs_t *jobs, whorl__core_t *core)
{
  whorl__link_t *link = whorl__list_first(&jobs->line);
  if (link == NULL) return false;
  whorl__job_place_t *first = place_of(link);
  if (first->returned) {
    whorl__list_remove(&first->link);
    jobs->begun--;
    begin_next(jobs);
    whorl__core_post(core, &first->post);
  } else if (whorl__core_rest(core)) {
    whorl__parker_park(&jobs->parker.base, WHORL_FOREVER);
  }
  return true;
}
