// Results: who waits for them, and how long they are kept.
#include <string.h>

#include "action/action_server.h"
#include "base/detail.h"
#include "base/memory.h"
#include "node/service_call.h"

typedef struct waiting {
  whorl__link_t link; // first: goals free what is left
  whorl_service_call_t call;
} waiting_t;

_Static_assert(offsetof(waiting_t, link) == 0, "a link is its row");

// Lock held. The request stays open until the goal is over.
static int wait_for_end(whorl__goal_t *goal, whorl_service_call_t call)
{
  waiting_t *row = whorl__alloc(sizeof *row);
  if (row == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for who waits for a result of '%s'", goal->server->base.name);
  row->call = call;
  int status = whorl_service_call_keep(call);
  if (status < 0)
    whorl__free(row);
  else
    whorl__list_append(&goal->waiting, &row->link);
  return status;
}

static int give_or_wait(whorl__action_server_t *server, const whorl_goal_id_t *id, void *response, whorl_service_call_t call)
{
  int status = WHORL_OK;
  pthread_mutex_lock(&server->lock);
  whorl__goal_t *goal = whorl__goals_find(server, id);
  if (goal != NULL && goal->status == WHORL_GOAL_UNKNOWN) goal = NULL;
  bool over = goal != NULL && goal->over;
  if (over) goal->references++;
  if (goal != NULL && !over) status = wait_for_end(goal, call);
  pthread_mutex_unlock(&server->lock);
  if (!over) return status; // a goal that nobody knows: the response says so as it is
  status = whorl__type_copy(server->type.result_response, goal->result->native, response);
  whorl__goal_unref(goal);
  return status;
}

int whorl__action_on_result(const void *request, void *response, whorl_service_call_t call, void *arg)
{
  whorl__action_server_t *server;
  whorl_goal_id_t id;
  if (whorl__action_server_use(arg, &server) < 0) return WHORL_OK;
  memcpy(id.bytes, request, sizeof id.bytes);
  int status = give_or_wait(server, &id, response, call);
  if (status < 0) whorl__action_lose(server, call, status);
  whorl__action_server_unuse(server);
  return WHORL_OK;
}

// --- at a goal's end

static waiting_t *pop(whorl__goal_t *goal)
{
  pthread_mutex_lock(&goal->server->lock);
  whorl__link_t *link = whorl__list_pop(&goal->waiting);
  pthread_mutex_unlock(&goal->server->lock);
  return (waiting_t *)link;
}

// The first one that is kept starts the timer.
static void keep(whorl__goal_t *goal)
{
  whorl__action_server_t *server = goal->server;
  int64_t lifetime = server->options.result_lifetime_ns, now = whorl_now_ns();
  pthread_mutex_lock(&server->lock);
  goal->over = true;
  bool expires = lifetime != WHORL_FOREVER;
  bool first = expires && whorl__list_empty(&server->kept);
  if (expires) {
    goal->expires_ns = now + lifetime;
    whorl__list_append(&server->kept, &goal->kept_link);
  }
  pthread_mutex_unlock(&server->lock);
  if (!first) return;
  (void)whorl_timer_set_period(server->expiry, lifetime);
  (void)whorl_timer_reset(server->expiry);
}

void whorl__action_give_result(whorl__goal_t *goal)
{
  keep(goal);
  for (waiting_t *row; (row = pop(goal)) != NULL; whorl__free(row)) {
    int status = whorl__service_call_set_response(row->call, goal->result->native);
    if (status == WHORL_OK)
      (void)whorl_service_call_answer(row->call); // who has gone needs no answer
    else
      whorl__action_lose(goal->server, row->call, status);
  }
}

// --- later

static whorl__goal_t *pop_expired(whorl__action_server_t *server, int64_t now, int64_t *ret_rest_ns)
{
  pthread_mutex_lock(&server->lock);
  whorl__link_t *link = whorl__list_first(&server->kept);
  whorl__goal_t *goal = link != NULL ? WHORL__CONTAINER(link, whorl__goal_t, kept_link) : NULL;
  if (goal != NULL && goal->expires_ns > now) {
    *ret_rest_ns = goal->expires_ns - now;
    goal = NULL;
  }
  if (goal != NULL) {
    whorl__list_remove(&goal->kept_link);
    whorl__list_remove(&goal->link);
    server->counts.known--;
  }
  pthread_mutex_unlock(&server->lock);
  return goal;
}

int whorl__action_on_expiry(const whorl_timer_info_t *info, void *arg)
{
  whorl__action_server_t *server;
  int64_t rest_ns = 0;
  (void)info;
  if (whorl__action_server_use(arg, &server) < 0) return WHORL_OK;
  for (whorl__goal_t *goal; (goal = pop_expired(server, whorl_now_ns(), &rest_ns)) != NULL;) whorl__goal_unref(goal);
  if (rest_ns > 0) {
    (void)whorl_timer_set_period(server->expiry, rest_ns);
    (void)whorl_timer_reset(server->expiry);
  }
  whorl__action_server_unuse(server);
  return WHORL_OK;
}
