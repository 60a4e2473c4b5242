#include "node/sim_time.h"

#include <string.h>

#include <rosgraph_msgs/msg/clock.h>

#include "base/detail.h"
#include "base/memory.h"
#include "node/graph.h"
#include "whorl/time.h"

typedef struct subscription {
  whorl__reaper_job_t job;
  whorl__participant_t *participant;
  whorl__ros_time_t *time, *steady;
  pthread_mutex_t
      lock; // of what follows: ticks are applied in the order in which they are taken; inside the middleware's locks, outside the time's
  whorl__reader_t *reader; // NULL before it is open, and when nobody wants its ticks any more
  whorl__reader_t *open;   // to be closed
  bool ticked;
  int64_t last_ns, forward_ns; // the last tick; all steps forward between ticks
} subscription_t;

struct whorl__sim_time {
  whorl__context_t *context;
  whorl__ros_time_t *time, *steady;
  // Held by those who change who uses it, from the decision to the endpoint and the graph. Outside all locks but the graph's own; never taken by a hook.
  pthread_mutex_t order;
  size_t users;
  subscription_t *subscription; // NULL: nobody uses it
};

// --- Ticks

static uint32_t read_word(const uint8_t *bytes, bool little_endian)
{
  uint32_t word = 0;
  for (int i = 0; i < 4; i++) word |= (uint32_t)bytes[i] << 8 * (little_endian ? i : 3 - i);
  return word;
}

// Read by hand: decoding allocates, which a hook must not. A header and two words; its encapsulation was checked when it was received. Times before 1970 are no times (rclcpp refuses them too).
static bool read_tick(const whorl__sample_t *sample, int64_t *ret_now_ns)
{
  const whorl__message_t *message = atomic_load_explicit(&sample->message, memory_order_acquire);
  const whorl__cdr_t *cdr = atomic_load_explicit(&sample->cdr, memory_order_acquire);
  int32_t seconds;
  uint32_t nanoseconds;
  if (message != NULL) {
    const rosgraph_msgs__msg__Clock *clock = (const void *)message->native;
    seconds = clock->clock.sec;
    nanoseconds = clock->clock.nanosec;
  } else if (cdr != NULL && cdr->size >= 12) {
    bool little_endian = (cdr->bytes[1] & 1) != 0;
    seconds = (int32_t)read_word(cdr->bytes + 4, little_endian);
    nanoseconds = read_word(cdr->bytes + 8, little_endian);
  } else {
    return false;
  }
  *ret_now_ns = WHORL_SECONDS(seconds) + nanoseconds;
  return seconds >= 0;
}

// Lock held. A step back is none of the steady time's.
static void apply(subscription_t *self, int64_t now_ns)
{
  if (self->ticked && now_ns > self->last_ns) self->forward_ns += now_ns - self->last_ns;
  self->ticked = true;
  self->last_ns = now_ns;
  whorl__ros_time_tick(self->time, now_ns);
  whorl__ros_time_tick(self->steady, self->forward_ns);
}

static void on_ready(void *arg)
{
  subscription_t *self = arg;
  whorl__sample_t *sample;
  bool more = true;
  pthread_mutex_lock(&self->lock);
  while (more && self->reader != NULL && (sample = whorl__ring_take(&self->reader->ring, INT64_MIN, &more)) != NULL) {
    int64_t now_ns;
    bool good = read_tick(sample, &now_ns);
    whorl__sample_unref(sample);
    if (good)
      apply(self, now_ns);
    else
      whorl__ring_count_malformed(&self->reader->ring);
  }
  pthread_mutex_unlock(&self->lock);
}

// --- The subscription

static int open_reader(subscription_t *self)
{
  const whorl_qos_t qos = {.history = WHORL_HISTORY_KEEP_LAST,
                           .depth = 1,
                           .reliability = WHORL_RELIABILITY_BEST_EFFORT,
                           .durability = WHORL_DURABILITY_VOLATILE};
  whorl__endpoint_options_t options = {.topic = "/clock", .ready = on_ready, .arg = self};
  WHORL_TRY(whorl__type_get(WHORL_MESSAGE(rosgraph_msgs, msg, Clock), &options.type));
  WHORL_TRY(whorl__qos_resolve(&qos, &options.qos));
  return self->participant->ops->reader_open(self->participant, &options, &self->open);
}

static int open_subscription(const struct whorl__sim_time *sim_time, subscription_t **ret_subscription)
{
  subscription_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory to subscribe to /clock");
  self->participant = sim_time->context->participant;
  self->time = sim_time->time;
  self->steady = sim_time->steady;
  pthread_mutex_init(&self->lock, NULL);
  int status = open_reader(self);
  if (status < 0) {
    pthread_mutex_destroy(&self->lock);
    whorl__free(self);
    return status;
  }
  pthread_mutex_lock(&self->lock);
  self->reader = self->open;
  pthread_mutex_unlock(&self->lock);
  on_ready(self); // what came before we knew the reader
  *ret_subscription = self;
  return WHORL_OK;
}

static void close_now(whorl__reaper_job_t *job)
{
  subscription_t *self = WHORL__CONTAINER(job, subscription_t, job);
  self->participant->ops->reader_close(self->open);
  pthread_mutex_destroy(&self->lock);
  whorl__free(self);
}

static void close_subscription(whorl__context_t *context, subscription_t *self)
{
  pthread_mutex_lock(&self->lock);
  self->reader = NULL; // no tick any more
  pthread_mutex_unlock(&self->lock);
  self->job.run = close_now;
  if (context->reaper != NULL && whorl__core_thread_is_busy())
    whorl__reaper_add(context->reaper, &self->job);
  else
    close_now(&self->job);
}

// --- Who uses it

int whorl__sim_time_create(whorl__context_t *context, struct whorl__sim_time **ret_sim_time)
{
  struct whorl__sim_time *self = whorl__alloc(sizeof *self);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for a context");
  self->context = context;
  int status = whorl__ros_time_create(&self->time);
  if (status < 0) goto free_self;
  status = whorl__ros_time_create(&self->steady);
  if (status < 0) goto destroy_time;
  pthread_mutex_init(&self->order, NULL);
  *ret_sim_time = self;
  return WHORL_OK;

destroy_time:
  whorl__ros_time_destroy(self->time);
free_self:
  whorl__free(self);
  return status;
}

void whorl__sim_time_destroy(struct whorl__sim_time *self)
{
  whorl__ros_time_destroy(self->time);
  whorl__ros_time_destroy(self->steady);
  pthread_mutex_destroy(&self->order);
  whorl__free(self);
}

whorl__ros_time_t *whorl__sim_time_of(const struct whorl__sim_time *self) { return self->time; }

whorl__ros_time_t *whorl__sim_time_steady_of(const struct whorl__sim_time *self) { return self->steady; }

static void list_in_graph(whorl__node_t *node, const subscription_t *subscription, bool listed)
{
  pthread_mutex_lock(&node->context->lock);
  node->hears_clock = subscription != NULL;
  if (subscription != NULL) memcpy(node->clock_gid, subscription->open->gid, sizeof node->clock_gid);
  pthread_mutex_unlock(&node->context->lock);
  if (listed) whorl__graph_update(node->context);
}

static int change(struct whorl__sim_time *self, whorl__node_t *node, bool use, bool listed)
{
  whorl__participant_t *participant = self->context->participant;
  if (node->hears_clock == use) return WHORL_OK;                    // written by us only
  if (use && (atomic_load(&node->uses) & WHORL__NODE_CLOSING) != 0) // its end has been here already, or will be
    return whorl__fail(WHORL_DESTROYED, "node '%s' was destroyed", node->full_name);
  if (use && self->users == 0) WHORL_TRY(open_subscription(self, &self->subscription));
  self->users = use ? self->users + 1 : self->users - 1;
  list_in_graph(node, use ? self->subscription : NULL, listed);
  whorl__ros_clock_set_simulated(&node->clock, use, participant->ops->now_ns(participant));
  whorl__ros_clock_set_simulated(&node->sim_steady, use, whorl__core_now(self->context->limbo));
  if (self->users > 0) return WHORL_OK;
  close_subscription(self->context, self->subscription);
  self->subscription = NULL;
  whorl__ros_time_stop(self->time);
  whorl__ros_time_stop(self->steady);
  return WHORL_OK;
}

int whorl__sim_time_use(whorl__node_t *node, bool use, bool listed)
{
  struct whorl__sim_time *self = node->context->sim_time;
  pthread_mutex_lock(&self->order);
  int status = change(self, node, use, listed);
  pthread_mutex_unlock(&self->order);
  return status;
}
