// Blocking work (docs/tasks.md R30). A job lives in the frame of the task that waits for it: the task does not go on before libuv has let go of the job, whatever happens. So the task's scopes are there too,
// and the pool's thread can ask them whether the job was cancelled: from the very moment that a cancellation is visible, a queued job does not begin. In a simulated world that would depend on how fast the pool
// is; there the world says which jobs have begun (jobs.h).
#include "whorl/work.h"

#include "base/detail.h"
#include "base/local.h"
#include "loop/job_place.h"
#include "loop/outside.h"
#include "task/scope.h"
#include "task/wait.h"

typedef struct whorl__job {
  whorl__job_place_t place;
  struct whorl__outside *outside;
  int (*function)(void *arg);
  void *arg;
  whorl__scope_t *scope; // the task's
  // The pool's until it has ended, then the loop's.
  bool never_ran;
  int status;
  whorl__detail_t detail; // of a failure
  // The loop's.
  whorl__waiter_t waiter;
  bool ended;
} job_t;

static const whorl__wait_kind_t a_job = {"blocking work", "", "a thread of the pool"};
static const whorl__wait_kind_t its_end = {"the end of blocking work", "", "a thread of the pool"}; // cancelled

static void run(uv_work_t *request)
{
  job_t *job = request->data;
  whorl__local_t *local = whorl__local();
  job->never_ran = job->outside->jobs == NULL && whorl__scope_canceled(job->scope);
  if (job->never_ran) return;
  local->job = job;
  local->detail->text[0] = '\0';
  job->status = job->function(job->arg);
  local->job = NULL;
  if (job->status < 0) job->detail = *local->detail;
}

static void on_ended(uv_work_t *request, int error)
{
  job_t *job = request->data;
  if (error == UV_ECANCELED) job->never_ran = true;
  whorl__outside_post(job->outside, &job->place.post);
}

static void hand_over(whorl__post_t *post, bool closed)
{
  job_t *job = WHORL__CONTAINER(post, job_t, place.post);
  (void)closed;
  job->ended = true;
  whorl__wait_commit(&job->waiter, WHORL_OK);
}

static int queue(job_t *job)
{
  struct whorl__outside *outside = job->outside;
  if (outside->jobs != NULL) return whorl__jobs_add(outside->jobs, &job->place);
  int error = uv_queue_work(outside->parker->uv, &job->place.request, run, on_ended);
  return error == 0 ? WHORL_OK : whorl__fail(WHORL_IO_ERROR, "libuv refuses blocking work: %s", uv_strerror(error));
}

// Cancelled: it never runs when it is still queued. Nothing of one that runs may be touched.
static void withdraw(job_t *job)
{
  if (job->outside->jobs == NULL)
    (void)uv_cancel((uv_req_t *)&job->place.request);
  else if (whorl__jobs_withdraw(job->outside->jobs, &job->place))
    job->ended = job->never_ran = true;
}

static int work(struct whorl__outside *outside, int (*function)(void *arg), void *arg)
{
  job_t job = {.outside = outside, .function = function, .arg = arg, .scope = whorl__scope_current()};
  job.place.request.data = &job;
  job.place.run = run;
  job.place.post.run = hand_over;
  WHORL_TRY(queue(&job));
  whorl__wait_begin_for(&job.waiter, &a_job, NULL);
  (void)whorl__wait_suspend(&job.waiter);
  if (!job.ended) withdraw(&job);
  if (!job.ended) { // the end is waited for all the same, though libuv's comes soon for a job that is still queued
    whorl__wait_begin_for(&job.waiter, &its_end, NULL);
    (void)whorl__wait_suspend_drain(&job.waiter);
  }
  if (job.never_ran) return whorl__wait_entry_from("whorl_work", NULL); // CANCELED, and why
  return job.status < 0 ? whorl__fail(job.status, "%s", job.detail.text) : job.status;
}

WHORL__SUSPENDING int whorl_work(int (*function)(void *arg), void *arg)
{
  int status = whorl__wait_entry_checked();
  if (status < 0) return status;
  struct whorl__outside *outside = whorl__core_outside();
  if (function == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_work: the function is NULL");
  if (outside == NULL)
    return whorl__fail(WHORL_UNSUPPORTED,
                       "only tasks of an event loop or a simulation can have blocking work done, not those of an executor");
  return work(outside, function, arg);
}

bool whorl_work_canceled(void)
{
  const struct whorl__job *job = whorl__local()->job;
  return job != NULL && whorl__scope_canceled(job->scope);
}
