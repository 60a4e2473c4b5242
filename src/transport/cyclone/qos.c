// QoS onto DDS, as rmw_cyclonedds does it (what real nodes announced: captured_announcements.h).
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "transport/cyclone/cyclone.h"
#include "whorl/status.h"
#include "whorl/time.h"

// Zero and "for ever" both mean without limit: then the policy keeps DDS's default and is not announced.
static bool limited(int64_t duration_ns) { return duration_ns > 0 && duration_ns != WHORL_FOREVER; }

static void set_durability(dds_qos_t *qos, const whorl_qos_t *wanted, bool is_writer)
{
  if (wanted->durability != WHORL_DURABILITY_TRANSIENT_LOCAL) {
    dds_qset_durability(qos, DDS_DURABILITY_VOLATILE);
    return;
  }
  dds_qset_durability(qos, DDS_DURABILITY_TRANSIENT_LOCAL);
  if (!is_writer) return;
  // Cyclone replays to late joiners what the durability service keeps, not what history says.
  dds_history_kind_t kind;
  int32_t depth;
  dds_qget_history(qos, &kind, &depth);
  dds_qset_durability_service(qos, 0, kind, depth, DDS_LENGTH_UNLIMITED, DDS_LENGTH_UNLIMITED, DDS_LENGTH_UNLIMITED);
}

static int set_user_data(dds_qos_t *qos, const whorl__endpoint_options_t *options)
{
  const char *extra = options->user_data != NULL ? options->user_data : "";
  const char *hash = options->type->hash;
  size_t capacity = strlen(extra) + strlen(hash) + sizeof "typehash=;";
  char *text = whorl__alloc(capacity);
  if (text == NULL) return whorl__fail_plain(WHORL_NO_MEMORY);
  int length = hash[0] != '\0' ? snprintf(text, capacity, "%stypehash=%s;", extra, hash) : snprintf(text, capacity, "%s", extra);
  dds_qset_userdata(qos, text, (size_t)length); // no terminating NUL on the wire
  whorl__free(text);
  return WHORL_OK;
}

// Cyclone's thread counts what was missed one by one, asks for the time and goes on until there is no more: with a deadline shorter than that takes, for ever, and closing waits for it.
enum { SHORTEST_DEADLINE_NS = 10 * 1000 };

static int check(const whorl_qos_t *wanted, const char *topic)
{
  if (wanted->history == WHORL_HISTORY_KEEP_LAST && (wanted->depth < 1 || wanted->depth > INT32_MAX))
    return whorl__fail(WHORL_INVALID_QOS, "depth %zu of '%s' is outside 1..%d", wanted->depth, topic, INT32_MAX);
  if (wanted->deadline_ns < 0)
    return whorl__fail(WHORL_INVALID_QOS, "deadline of '%s' is negative: %" PRId64 " ns", topic, wanted->deadline_ns);
  if (wanted->deadline_ns > 0 && wanted->deadline_ns < SHORTEST_DEADLINE_NS)
    return whorl__fail(WHORL_INVALID_QOS, "deadline of '%s' is %" PRId64 " ns: Cyclone DDS can keep up with %d ns and more", topic,
                       wanted->deadline_ns, SHORTEST_DEADLINE_NS);
  if (wanted->lifespan_ns < 0)
    return whorl__fail(WHORL_INVALID_QOS, "lifespan of '%s' is negative: %" PRId64 " ns", topic, wanted->lifespan_ns);
  if (wanted->liveliness_lease_ns < 0)
    return whorl__fail(WHORL_INVALID_QOS, "liveliness lease of '%s' is negative: %" PRId64 " ns", topic, wanted->liveliness_lease_ns);
  return WHORL_OK;
}

int whorl__cyclone_qos_make(const whorl__endpoint_options_t *options, bool is_writer, dds_qos_t **ret_qos)
{
  const whorl_qos_t *wanted = &options->qos;
  int status = check(wanted, options->topic);
  if (status < 0) return status;
  dds_qos_t *qos = dds_create_qos();
  if (qos == NULL) return whorl__fail_plain(WHORL_NO_MEMORY);

  dds_qset_writer_data_lifecycle(qos, false);
  if (wanted->history == WHORL_HISTORY_KEEP_ALL)
    dds_qset_history(qos, DDS_HISTORY_KEEP_ALL, DDS_LENGTH_UNLIMITED);
  else
    dds_qset_history(qos, DDS_HISTORY_KEEP_LAST, (int32_t)wanted->depth);
  // A writer's time is how long Cyclone may block inside a write: not at all (docs/transport.md). A reader's is only announced, as ROS does.
  if (wanted->reliability == WHORL_RELIABILITY_BEST_EFFORT)
    dds_qset_reliability(qos, DDS_RELIABILITY_BEST_EFFORT, 0);
  else
    dds_qset_reliability(qos, DDS_RELIABILITY_RELIABLE, is_writer ? 0 : DDS_INFINITY);
  set_durability(qos, wanted, is_writer);
  if (limited(wanted->deadline_ns)) dds_qset_deadline(qos, wanted->deadline_ns);
  if (is_writer && limited(wanted->lifespan_ns)) dds_qset_lifespan(qos, wanted->lifespan_ns);
  dds_qset_liveliness(qos,
                      wanted->liveliness == WHORL_LIVELINESS_MANUAL_BY_TOPIC ? DDS_LIVELINESS_MANUAL_BY_TOPIC : DDS_LIVELINESS_AUTOMATIC,
                      limited(wanted->liveliness_lease_ns) ? wanted->liveliness_lease_ns : DDS_INFINITY);
  if (options->ignore_local) dds_qset_ignorelocal(qos, DDS_IGNORELOCAL_PARTICIPANT);
  status = set_user_data(qos, options);
  if (status < 0) {
    dds_delete_qos(qos);
    return status;
  }
  *ret_qos = qos;
  return WHORL_OK;
}

void whorl__cyclone_qos_read(const dds_qos_t *qos, whorl_qos_t *ret_qos)
{
  whorl_qos_t found = {.history = WHORL_HISTORY_KEEP_LAST,
                       .depth = 1,
                       .reliability = WHORL_RELIABILITY_BEST_EFFORT,
                       .durability = WHORL_DURABILITY_VOLATILE,
                       .deadline_ns = WHORL_FOREVER,
                       .lifespan_ns = WHORL_FOREVER,
                       .liveliness = WHORL_LIVELINESS_AUTOMATIC,
                       .liveliness_lease_ns = WHORL_FOREVER};
  dds_history_kind_t history;
  int32_t depth;
  if (dds_qget_history(qos, &history, &depth)) {
    found.history = history == DDS_HISTORY_KEEP_ALL ? WHORL_HISTORY_KEEP_ALL : WHORL_HISTORY_KEEP_LAST;
    found.depth = history == DDS_HISTORY_KEEP_ALL ? 0 : (size_t)depth; // ROS reports keep all with depth 0
  }
  dds_reliability_kind_t reliability;
  if (dds_qget_reliability(qos, &reliability, NULL))
    found.reliability = reliability == DDS_RELIABILITY_RELIABLE ? WHORL_RELIABILITY_RELIABLE : WHORL_RELIABILITY_BEST_EFFORT;
  dds_durability_kind_t durability;
  if (dds_qget_durability(qos, &durability)) // the kinds above transient local do at least as much
    found.durability = durability == DDS_DURABILITY_VOLATILE ? WHORL_DURABILITY_VOLATILE : WHORL_DURABILITY_TRANSIENT_LOCAL;
  // DDS_INFINITY is WHORL_FOREVER
  dds_qget_deadline(qos, &found.deadline_ns);
  dds_qget_lifespan(qos, &found.lifespan_ns);
  dds_liveliness_kind_t liveliness;
  if (dds_qget_liveliness(qos, &liveliness, &found.liveliness_lease_ns))
    found.liveliness = liveliness == DDS_LIVELINESS_MANUAL_BY_TOPIC ? WHORL_LIVELINESS_MANUAL_BY_TOPIC : WHORL_LIVELINESS_AUTOMATIC;
  *ret_qos = found;
}
