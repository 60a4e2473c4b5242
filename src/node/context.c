#include "node/context.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/detail.h"
#include "base/log_start.h"
#include "base/memory.h"
#include "base/name.h"
#include "node/ending.h"
#include "node/graph.h"
#include "node/group.h"
#include "node/node.h"
#include "node/signal.h"
#include "node/sim_time.h"
#include "task/trace.h"

whorl__handle_table_t whorl__contexts = WHORL__HANDLE_TABLE("context");

int whorl__context_pin(whorl_context_t handle, whorl__context_t **ret_context)
{
  return whorl__handle_pin(&whorl__contexts, handle.id, (void **)ret_context);
}
void whorl__context_unpin(whorl__context_t *context) { whorl__handle_unpin(&whorl__contexts, context->id); }

static void close_context(whorl__context_t *context)
{
  if (context->graph != NULL) whorl__graph_close(context->graph);
  if (context->sim_time != NULL) whorl__sim_time_destroy(context->sim_time);
  if (context->limbo != NULL) whorl__core_destroy(context->limbo);
  context->participant->ops->participant_close(context->participant);
  whorl__arguments_free(context->arguments);
  whorl__unheard_fini(&context->unheard);
  pthread_mutex_destroy(&context->lock);
  whorl__free(context);
}

int whorl__context_open(whorl__participant_t *participant, whorl__parker_t *clock, whorl__reaper_t *reaper, whorl_context_t *ret_context)
{
  int status = whorl__trace_from_environment();
  whorl__context_t *context = status == WHORL_OK ? whorl__alloc(sizeof *context) : NULL;
  if (context == NULL) {
    participant->ops->participant_close(participant);
    return status < 0 ? status : whorl__fail(WHORL_NO_MEMORY, "no memory for a context");
  }
  context->participant = participant;
  context->reaper = reaper;
  pthread_mutex_init(&context->lock, NULL);
  whorl__unheard_init(&context->unheard);
  whorl__list_init(&context->nodes);
  whorl__list_init(&context->ending);
  whorl__list_init(&context->callbacks);
  whorl__list_init(&context->on_shutdown);
  whorl__list_init(&context->executors);
  status = whorl__core_create(&(whorl__core_options_t){.clock = clock, .name = "limbo"}, &context->limbo);
  if (status == WHORL_OK) status = whorl__sim_time_create(context, &context->sim_time);
  if (status == WHORL_OK) status = whorl__graph_open(context, &context->graph);
  if (status == WHORL_OK) status = whorl__handle_create(&whorl__contexts, context, &context->id);
  if (status < 0) {
    close_context(context);
    return status;
  }
  *ret_context = (whorl_context_t){context->id};
  return WHORL_OK;
}

enum { HIGHEST_DOMAIN = 232 }; // above it the ports leave the 16-bit range

// ROS_DOMAIN_ID as rcl reads it: any base; text behind a number is ignored, but for a 0; -1 is 0; no number at all is an error.
static int parse_domain(const char *text, uint32_t *ret_domain)
{
  char *end;
  errno = 0;
  unsigned long domain = strtoul(text, &end, 0);
  if (domain == 0 && *end != '\0') return whorl__fail(WHORL_INVALID_ARGUMENT, "ROS_DOMAIN_ID '%.40s' is not a number", text);
  if (domain == ULONG_MAX && errno != ERANGE) domain = 0;
  if (domain > HIGHEST_DOMAIN)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "ROS_DOMAIN_ID '%.40s' is outside 0..%d", text, (int)HIGHEST_DOMAIN);
  *ret_domain = (uint32_t)domain;
  return WHORL_OK;
}

static int read_domain(const whorl_context_options_t *options, uint32_t *ret_domain)
{
  const char *text = getenv("ROS_DOMAIN_ID");
  if (!options->domain_id_given) return text != NULL && text[0] != '\0' ? parse_domain(text, ret_domain) : WHORL_OK;
  if (options->domain_id > HIGHEST_DOMAIN)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "domain %u is outside 0..%d", options->domain_id, (int)HIGHEST_DOMAIN);
  *ret_domain = options->domain_id;
  return WHORL_OK;
}

static whorl__futex_parker_t steady;
static pthread_once_t steady_once = PTHREAD_ONCE_INIT;
static void init_steady(void) { whorl__futex_parker_init(&steady); }

// The steady clock of contexts on the real network; nobody ever parks on it.
static whorl__parker_t *steady_clock(void)
{
  pthread_once(&steady_once, init_steady);
  return &steady.base;
}

static int open_participant(const whorl_context_options_t *options, const char *enclave, whorl_context_t *ret_context)
{
  whorl__participant_options_t participant_options = {.enclave = enclave, .warn = options->warn, .warn_arg = options->warn_arg};
  WHORL_TRY(read_domain(options, &participant_options.domain_id));
  WHORL_TRY(whorl__name_check(WHORL__NAME_ENCLAVE, enclave));
  whorl__reaper_t *reaper;
  WHORL_TRY(whorl__reaper_create(&reaper));
  whorl__participant_t *participant;
  int status = whorl__cyclone_participant_open(&participant_options, &participant);
  if (status == WHORL_OK) status = whorl__context_open(participant, steady_clock(), reaper, ret_context);
  if (status < 0) whorl__reaper_destroy(reaper);
  return status;
}

void whorl__context_set_arguments(whorl_context_t handle, whorl__arguments_t *arguments)
{
  whorl__context_t *context;
  int status = whorl__context_pin(handle, &context);
  assert(status == WHORL_OK);
  (void)status;
  whorl__arguments_free(context->arguments);
  context->arguments = arguments;
  whorl__context_unpin(context);
}

enum { GID_SIZE = 16, HUMBLE_GID_SIZE = 24 };

static int read_gid_size(const whorl_context_options_t *options, uint32_t *ret_size)
{
  const char *text = getenv("WHORL_GID_SIZE");
  *ret_size = options->gid_size != 0 ? options->gid_size : GID_SIZE;
  if (*ret_size != GID_SIZE && *ret_size != HUMBLE_GID_SIZE)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_context_create: a gid_size of %u is neither %d nor %d", *ret_size, GID_SIZE,
                       HUMBLE_GID_SIZE);
  if (options->gid_size != 0 || text == NULL || text[0] == '\0' || strcmp(text, "16") == 0) return WHORL_OK;
  *ret_size = HUMBLE_GID_SIZE;
  return strcmp(text, "24") == 0 ? WHORL_OK : whorl__fail(WHORL_INVALID_ARGUMENT, "WHORL_GID_SIZE '%.40s' is neither 16 nor 24", text);
}

static void set_up(whorl_context_t handle, const whorl_context_options_t *options, uint32_t gid_size) // nobody else has the handle yet
{
  whorl__context_t *context;
  if (whorl__context_pin(handle, &context) < 0) return;
  context->grace_ns = options->shutdown_grace_ns;
  context->bare_nodes = options->bare_nodes;
  context->strict_qos = options->strict_qos;
  context->humble_gids = gid_size == HUMBLE_GID_SIZE;
  whorl__context_unpin(context);
}

int whorl_context_create(int argc, char **argv, const whorl_context_options_t *options, whorl_context_t *ret_context)
{
  static const whorl_context_options_t defaults = {0};
  if (ret_context == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_context_create: ret_context is NULL");
  if (argc < 0 || (argc > 0 && argv == NULL))
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_context_create: argc is %d and argv does not fit", argc);
  if (options == NULL) options = &defaults;
  if (options->shutdown_grace_ns < 0)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_context_create: a shutdown_grace_ns of %" PRId64 " is negative",
                       options->shutdown_grace_ns);
  whorl__arguments_t *arguments;
  whorl_context_t handle = {0};
  uint32_t gid_size;
  WHORL_TRY(read_gid_size(options, &gid_size));
  WHORL_TRY(whorl__arguments_load(argc, (const char *const *)argv, &arguments));
  const char *enclave = arguments->enclave != NULL ? arguments->enclave : options->enclave;
  int status = open_participant(options, enclave != NULL ? enclave : "/", &handle);
  if (status < 0) {
    whorl__arguments_free(arguments);
    return status;
  }
  whorl__context_set_arguments(handle, arguments);
  set_up(handle, options, gid_size);
  if (options->handle_signals) status = whorl__signal_watch(handle);
  if (status == WHORL_OK) status = whorl__log_start(arguments);
  if (status < 0) return whorl_context_destroy(handle, status);
  *ret_context = handle;
  return WHORL_OK;
}

int whorl_remove_ros_arguments(int argc, char **argv, int *ret_argc)
{
  if (argc < 0 || (argc > 0 && argv == NULL) || ret_argc == NULL)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_remove_ros_arguments: argc is %d and argv or ret_argc does not fit", argc);
  *ret_argc = whorl__arguments_strip(argc, argv);
  return WHORL_OK;
}

static bool first_node(whorl__context_t *context, whorl_node_t *ret_node)
{
  pthread_mutex_lock(&context->lock);
  whorl__link_t *link = whorl__list_first(&context->nodes);
  if (link != NULL) *ret_node = (whorl_node_t){WHORL__CONTAINER(link, whorl__node_t, link)->id};
  pthread_mutex_unlock(&context->lock);
  return link != NULL;
}

// Waiting for a driver makes sense only while another thread runs it: this one would wait for itself, or for nobody. So would who is in a callback of a node's parameters.
static bool holds_up(const whorl__list_t *nodes)
{
  for (whorl__link_t *link = whorl__list_first(nodes); link != NULL; link = whorl__list_next(nodes, link)) {
    const whorl__node_t *node = WHORL__CONTAINER(link, whorl__node_t, link);
    whorl__core_t *driver = node->driver;
    if (whorl__stay_has_caller(node)) return true;
    if (driver != NULL && (whorl__core_thread_is_busy() || !whorl__core_is_driven_elsewhere(driver))) return true;
  }
  return false;
}

static bool would_wait_for_ever(whorl__context_t *context)
{
  pthread_mutex_lock(&context->lock);
  bool forever = holds_up(&context->nodes) || holds_up(&context->ending);
  pthread_mutex_unlock(&context->lock);
  return forever;
}

static void wait_for_nodes(whorl__context_t *context)
{
  whorl__gate_t gate;
  whorl__gate_init(&gate);
  pthread_mutex_lock(&context->lock);
  bool wait = !whorl__list_empty(&context->nodes) || !whorl__list_empty(&context->ending);
  if (wait) context->empty = &gate;
  pthread_mutex_unlock(&context->lock);
  static const whorl__wait_kind_t destroy = {"destroy of a context", "", "its nodes"};
  if (wait) whorl__gate_wait(&gate, &destroy, NULL);
  whorl__gate_fini(&gate);
}

static bool first_executor(whorl__context_t *context, int (**ret_destroy)(uint64_t id), uint64_t *ret_id)
{
  pthread_mutex_lock(&context->lock);
  whorl__link_t *link = whorl__list_first(&context->executors);
  const whorl__executor_seat_t *seat = link != NULL ? WHORL__CONTAINER(link, whorl__executor_seat_t, link) : NULL;
  if (seat != NULL) {
    *ret_destroy = seat->destroy;
    *ret_id = seat->id;
  }
  pthread_mutex_unlock(&context->lock);
  return seat != NULL;
}

static int destroy_executors(whorl_context_t handle)
{
  whorl__context_t *context;
  int (*destroy)(uint64_t id);
  uint64_t id;
  int status = whorl__context_pin(handle, &context);
  if (status < 0) return status;
  while (status == WHORL_OK && first_executor(context, &destroy, &id)) {
    status = destroy(id);
    if (status == WHORL_DESTROYED) { // another thread is at it
      sched_yield();
      status = WHORL_OK;
    }
  }
  whorl__context_unpin(context);
  return status;
}

int whorl_context_destroy(whorl_context_t handle, int status)
{
  whorl__context_t *context;
  if (status == WHORL_SHUTDOWN) status = WHORL_OK; // a spin's word of this context's own end
  int failure = whorl__context_pin(handle, &context);
  if (failure == WHORL_OK && would_wait_for_ever(context)) {
    whorl__context_unpin(context);
    failure = whorl__fail(
        WHORL_WOULD_DEADLOCK,
        "a node of the context is still open on a driver that this thread runs, or that nobody runs: close it first; or this is "
        "a callback of its parameters");
  }
  if (failure < 0) return status < 0 ? status : failure;
  whorl__signal_unwatch(handle);
  whorl__context_unpin(context);
  (void)whorl_context_shutdown(handle);
  failure = destroy_executors(handle);
  if (failure < 0) return status < 0 ? status : failure;
  failure = whorl__handle_pin(&whorl__contexts, handle.id, (void **)&context);
  if (failure == WHORL_OK) {
    failure = whorl__handle_retire(&whorl__contexts, handle.id, 1);
    if (failure < 0) whorl__handle_unpin(&whorl__contexts, handle.id); // another thread was first
  }
  if (failure < 0) return status < 0 ? status : failure;
  whorl_node_t node;
  while (first_node(context, &node)) (void)whorl_node_destroy(node);
  wait_for_nodes(context);
  whorl__graph_end(context->graph);
  if (context->reaper != NULL) whorl__reaper_destroy(context->reaper);
  context->reaper = NULL;
  close_context(context);
  return status;
}

bool whorl__context_add_hook(whorl__context_t *context, whorl__shutdown_hook_t *hook)
{
  pthread_mutex_lock(&context->lock);
  bool added = !atomic_load(&context->shut_down);
  if (added) whorl__list_append(&context->on_shutdown, &hook->link);
  pthread_mutex_unlock(&context->lock);
  return added;
}

void whorl__context_remove_hook(whorl__context_t *context, whorl__shutdown_hook_t *hook)
{
  pthread_mutex_lock(&context->lock);
  if (whorl__link_listed(&hook->link)) whorl__list_remove(&hook->link);
  pthread_mutex_unlock(&context->lock);
}

int whorl_context_shutdown(whorl_context_t handle)
{
  whorl__context_t *context;
  WHORL_TRY(whorl__context_pin(handle, &context));
  pthread_mutex_lock(&context->lock);
  bool first = !atomic_exchange(&context->shut_down, true);
  for (whorl__link_t *link = whorl__list_first(&context->nodes); first && link != NULL; link = whorl__list_next(&context->nodes, link)) {
    whorl__node_t *node = WHORL__CONTAINER(link, whorl__node_t, link);
    if (node->driver == NULL) continue;
    whorl__scope_cancel(node->scope, "the context was shut down");
    if (context->grace_ns > 0) whorl__scope_cut_shields(node->scope, context->grace_ns);
    (void)whorl_event_set(node->ended);
  }
  for (whorl__link_t *link; first && (link = whorl__list_pop(&context->on_shutdown)) != NULL;) {
    whorl__shutdown_hook_t *hook = WHORL__CONTAINER(link, whorl__shutdown_hook_t, link);
    hook->run(hook);
  }
  pthread_mutex_unlock(&context->lock);
  whorl__graph_tell(context);
  whorl__context_unpin(context);
  whorl__context_call_back(handle);
  return WHORL_OK;
}

bool whorl_context_is_shutdown(whorl_context_t handle)
{
  whorl__context_t *context;
  if (whorl__context_pin(handle, &context) < 0) return true;
  bool shut_down = atomic_load(&context->shut_down);
  whorl__context_unpin(context);
  return shut_down;
}
