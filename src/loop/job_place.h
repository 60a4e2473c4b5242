// A job's place in the line of its world (jobs.h).
#ifndef WHORL_LOOP_JOB_PLACE_H
#define WHORL_LOOP_JOB_PLACE_H

#include <uv.h>

#include "loop/jobs.h"

typedef struct whorl__job_place {
  whorl__link_t link;
  uv_work_t request;               // `data`, and the next two, are its owner's
  void (*run)(uv_work_t *request); // on a thread of the pool
  whorl__post_t post;              // its end: handed over on the world's thread, in a turn
  bool begun, returned;
} whorl__job_place_t;

int whorl__jobs_add(whorl__jobs_t *jobs, whorl__job_place_t *place);       // at the end. IO_ERROR
bool whorl__jobs_withdraw(whorl__jobs_t *jobs, whorl__job_place_t *place); // false: it has begun

#endif
