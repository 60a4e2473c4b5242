// Deadlines and liveliness: limits that run out when nothing happens.
//
// As over Cyclone: a deadline is watched from the first message on, each period that passes without one is counted, and a reader's watch ends with its last writer. Each is told by itself, but
// for periods shorter than 100 us: from the second on those of 100 us are told together, so that the clock need not stop at each of them.
// A reader takes a writer for alive while it hears of it within the lease that the writer offers: of a manual one by its messages, of an automatic one as long as its process can be heard.
#include "transport/sim/network.h"
#include "whorl/time.h"

static void tell(sim_endpoint_t *endpoint, whorl__endpoint_event_t event)
{
  if (endpoint->event != NULL) endpoint->event(endpoint->arg, &event);
}

// --- deadline

enum { TOLD_TOGETHER_NS = 100 * 1000 };

// As many as a count of ROS 2's can say.
static void count_missed(sim_endpoint_t *endpoint, int64_t periods)
{
  endpoint->missed_total = periods < INT32_MAX - endpoint->missed_total ? endpoint->missed_total + (uint32_t)periods : INT32_MAX;
}

static void tell_missed(sim_endpoint_t *endpoint)
{
  tell(endpoint, (whorl__endpoint_event_t){.kind = WHORL__EVENT_DEADLINE_MISSED, .total = endpoint->missed_total});
}

// Armed for the end of so many periods after the instant.
static void watch_periods(sim_endpoint_t *endpoint, int64_t since_ns, int64_t periods)
{
  endpoint->watched_since_ns = since_ns;
  whorl__sim_arm(endpoint->participant->network, &endpoint->deadline, whorl__time_after(since_ns, periods * endpoint->qos.deadline_ns));
}

static void deadline_passed(whorl__sim_network_t *network, sim_event_t *event)
{
  (void)network;
  sim_endpoint_t *endpoint = WHORL__CONTAINER(event, sim_endpoint_t, deadline);
  int64_t period_ns = endpoint->qos.deadline_ns;
  whorl__sim_note_endpoint(endpoint, "deadline");
  count_missed(endpoint, (event->due_ns - endpoint->watched_since_ns) / period_ns);
  event->background = true; // from the second period on
  watch_periods(endpoint, event->due_ns, period_ns < TOLD_TOGETHER_NS ? (TOLD_TOGETHER_NS + period_ns - 1) / period_ns : 1);
  tell_missed(endpoint);
}

// Of those that would have been told together some are over: what comes at the end of one is in time.
static bool count_begun(sim_endpoint_t *endpoint)
{
  if (!endpoint->deadline.node.queued) return false;
  int64_t passed_ns = whorl__sim_steady_ns(endpoint->participant->network) - endpoint->watched_since_ns;
  int64_t periods = passed_ns > 0 ? (passed_ns - 1) / endpoint->qos.deadline_ns : 0;
  count_missed(endpoint, periods);
  return periods > 0;
}

static void renew(sim_endpoint_t *endpoint)
{
  whorl__sim_network_t *network = endpoint->participant->network;
  if (endpoint->qos.deadline_ns == WHORL_FOREVER) return;
  (void)count_begun(endpoint); // told with the next one
  whorl__sim_disarm(network, &endpoint->deadline);
  endpoint->deadline.background = false;
  watch_periods(endpoint, whorl__sim_steady_ns(network), 1);
}

static void end_watch(sim_endpoint_t *endpoint)
{
  bool missed = count_begun(endpoint);
  whorl__sim_disarm(endpoint->participant->network, &endpoint->deadline);
  if (missed) tell_missed(endpoint);
}

// --- a writer's own liveliness

static bool is_manual(const sim_writer_t *writer) { return writer->endpoint.qos.liveliness == WHORL_LIVELINESS_MANUAL_BY_TOPIC; }

static void writer_lost(whorl__sim_network_t *network, sim_event_t *event)
{
  (void)network;
  sim_writer_t *writer = WHORL__CONTAINER(event, sim_writer_t, silence);
  whorl__sim_note_endpoint(&writer->endpoint, "silent");
  tell(&writer->endpoint, (whorl__endpoint_event_t){.kind = WHORL__EVENT_LIVELINESS, .total = ++writer->liveliness_lost});
}

void whorl__sim_watch_init(sim_endpoint_t *endpoint)
{
  endpoint->deadline = (sim_event_t){.lapse = true, .happen = deadline_passed};
  if (endpoint->is_writer)
    WHORL__CONTAINER(endpoint, sim_writer_t, endpoint)->silence = (sim_event_t){.lapse = true, .happen = writer_lost};
}

void whorl__sim_watch_stop(sim_endpoint_t *endpoint)
{
  whorl__sim_network_t *network = endpoint->participant->network;
  whorl__sim_disarm(network, &endpoint->deadline);
  if (endpoint->is_writer) whorl__sim_disarm(network, &WHORL__CONTAINER(endpoint, sim_writer_t, endpoint)->silence);
}

void whorl__sim_watch_written(sim_writer_t *writer)
{
  whorl__sim_network_t *network = writer->endpoint.participant->network;
  renew(&writer->endpoint);
  if (is_manual(writer))
    whorl__sim_arm(network, &writer->silence, whorl__time_after(whorl__sim_steady_ns(network), writer->endpoint.qos.liveliness_lease_ns));
}

void whorl__sim_watch_stored(sim_reader_t *reader) { renew(&reader->endpoint); }

// --- a writer's liveliness as a reader sees it

static void set_alive(sim_path_t *path, bool alive)
{
  sim_endpoint_t *reader = &path->reader->endpoint;
  if (path->alive == alive) return;
  path->alive = alive;
  reader->alive += alive ? 1 : -1;
  whorl__sim_note_path(path, alive ? "alive" : "silent");
  tell(reader, (whorl__endpoint_event_t){.kind = WHORL__EVENT_LIVELINESS, .total = reader->matched, .current = reader->alive});
}

static void lease_passed(whorl__sim_network_t *network, sim_event_t *event)
{
  (void)network;
  set_alive(WHORL__CONTAINER(event, sim_path_t, silence), false);
}

void whorl__sim_watch_path_init(sim_path_t *path) { path->silence = (sim_event_t){.lapse = true, .happen = lease_passed}; }

static void count_down(sim_path_t *path)
{
  whorl__sim_network_t *network = path->reader->endpoint.participant->network;
  whorl__sim_arm(network, &path->silence, whorl__time_after(whorl__sim_steady_ns(network), path->writer->endpoint.qos.liveliness_lease_ns));
}

void whorl__sim_watch_met(sim_path_t *path)
{
  set_alive(path, true);
  if (is_manual(path->writer) || path->pair->cut) count_down(path);
}

void whorl__sim_watch_parted(sim_path_t *path)
{
  sim_endpoint_t *reader = &path->reader->endpoint;
  whorl__sim_disarm(reader->participant->network, &path->silence);
  if (reader->matched == 0) end_watch(reader);
  set_alive(path, false);
}

void whorl__sim_watch_heard(sim_path_t *path)
{
  if (!path->met) return;
  set_alive(path, true);
  if (is_manual(path->writer)) count_down(path);
}

void whorl__sim_watch_cut(sim_path_t *path, bool cut)
{
  if (!path->met || is_manual(path->writer)) return; // a manual one counts down already
  whorl__sim_disarm(path->reader->endpoint.participant->network, &path->silence);
  if (cut)
    count_down(path);
  else
    set_alive(path, true);
}
