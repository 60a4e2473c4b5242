// Deadlines and liveliness: limits that run out when nothing happens.
//
// As over Cyclone: a deadline is watched from the first message on, each period that passes without one is told once, and a reader's watch ends with its last writer.
// A reader takes a writer for alive while it hears of it within the lease that the writer offers: of a manual one by its messages, of an automatic one as long as its process can be heard.
#include "transport/sim/network.h"
#include "whorl/time.h"

static void tell(sim_endpoint_t *endpoint, whorl__endpoint_event_t event)
{
  if (endpoint->event != NULL) endpoint->event(endpoint->arg, &event);
}

// --- deadline

static void deadline_passed(whorl__sim_network_t *network, sim_event_t *event)
{
  sim_endpoint_t *endpoint = WHORL__CONTAINER(event, sim_endpoint_t, deadline);
  whorl__sim_note_endpoint(endpoint, "deadline");
  event->background = true; // from the second period on
  whorl__sim_arm(network, event, whorl__time_after(event->due_ns, endpoint->qos.deadline_ns));
  tell(endpoint, (whorl__endpoint_event_t){.kind = WHORL__EVENT_DEADLINE_MISSED, .total = ++endpoint->missed_total});
}

static void renew(sim_endpoint_t *endpoint)
{
  whorl__sim_network_t *network = endpoint->participant->network;
  whorl__sim_disarm(network, &endpoint->deadline);
  endpoint->deadline.background = false;
  whorl__sim_arm(network, &endpoint->deadline, whorl__time_after(whorl__sim_steady_ns(network), endpoint->qos.deadline_ns));
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
  if (reader->matched == 0) whorl__sim_disarm(reader->participant->network, &reader->deadline);
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
