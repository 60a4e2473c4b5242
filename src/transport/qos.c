// QoS profiles, what their defaults become, and whether two of them match. The recorded answers of rmw are in qos_compat.json.
#include "whorl/qos.h"

#include <stdio.h>

#include "base/detail.h"
#include "transport/transport.h"
#include "whorl/status.h"
#include "whorl/time.h"

#define PROFILE(keep, reliable, durable)                                                            \
  .history = WHORL_HISTORY_KEEP_LAST, .depth = (keep), .reliability = WHORL_RELIABILITY_##reliable, \
  .durability = WHORL_DURABILITY_##durable, .liveliness = WHORL_LIVELINESS_AUTOMATIC

const whorl_qos_t WHORL_QOS_DEFAULT = {PROFILE(10, RELIABLE, VOLATILE)};
const whorl_qos_t WHORL_QOS_SENSOR_DATA = {PROFILE(5, BEST_EFFORT, VOLATILE)};
const whorl_qos_t WHORL_QOS_SERVICES = {PROFILE(10, RELIABLE, VOLATILE)};
const whorl_qos_t WHORL_QOS_PARAMETERS = {PROFILE(1000, RELIABLE, VOLATILE)};
const whorl_qos_t WHORL_QOS_PARAMETER_EVENTS = {PROFILE(1000, RELIABLE, VOLATILE)};
const whorl_qos_t WHORL_QOS_ROSOUT = {PROFILE(1000, RELIABLE, TRANSIENT_LOCAL), .lifespan_ns = WHORL_SECONDS(10)};
const whorl_qos_t WHORL_QOS_CLOCK = {PROFILE(1, BEST_EFFORT, VOLATILE)};
const whorl_qos_t WHORL_QOS_ACTION_STATUS = {PROFILE(1, RELIABLE, TRANSIENT_LOCAL)};
const whorl_qos_t WHORL_QOS_SYSTEM_DEFAULT = {.history = WHORL_HISTORY_KEEP_LAST, .depth = 1};
const whorl_qos_t WHORL_QOS_BEST_AVAILABLE = {.history = WHORL_HISTORY_KEEP_LAST,
                                              .depth = 10,
                                              .reliability = WHORL_RELIABILITY_BEST_AVAILABLE,
                                              .durability = WHORL_DURABILITY_BEST_AVAILABLE,
                                              .deadline_ns = WHORL_QOS_DURATION_BEST_AVAILABLE,
                                              .liveliness = WHORL_LIVELINESS_BEST_AVAILABLE,
                                              .liveliness_lease_ns = WHORL_QOS_DURATION_BEST_AVAILABLE};

// --- resolving

static int check_enumeration(const char *field, int value, int last)
{
  if (value >= 0 && value <= last) return WHORL_OK;
  return whorl__fail(WHORL_INVALID_QOS, "QoS %s has the unknown value %d", field, value);
}

static int check_duration(const char *field, int64_t value)
{
  if (value >= 0) return WHORL_OK;
  return whorl__fail(WHORL_INVALID_QOS, "QoS %s is negative: %lld ns", field, (long long)value);
}

static int check(const whorl_qos_t *qos)
{
  if (qos == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "the QoS profile is NULL");
  WHORL_TRY(check_enumeration("history", (int)qos->history, WHORL_HISTORY_KEEP_ALL));
  WHORL_TRY(check_enumeration("reliability", (int)qos->reliability, WHORL_RELIABILITY_BEST_AVAILABLE));
  WHORL_TRY(check_enumeration("durability", (int)qos->durability, WHORL_DURABILITY_BEST_AVAILABLE));
  WHORL_TRY(check_enumeration("liveliness", (int)qos->liveliness, WHORL_LIVELINESS_BEST_AVAILABLE));
  WHORL_TRY(check_duration("deadline", qos->deadline_ns));
  WHORL_TRY(check_duration("lifespan", qos->lifespan_ns));
  WHORL_TRY(check_duration("liveliness lease", qos->liveliness_lease_ns));
  if (qos->depth > INT32_MAX) return whorl__fail(WHORL_INVALID_QOS, "QoS depth %zu is larger than %d", qos->depth, INT32_MAX);
  if (qos->lifespan_ns == WHORL_QOS_DURATION_BEST_AVAILABLE) {
    return whorl__fail(WHORL_INVALID_QOS, "QoS lifespan cannot be 'best available'");
  }
  return WHORL_OK;
}

static size_t resolve_depth(const whorl_qos_t *wanted)
{
  if (wanted->history == WHORL_HISTORY_KEEP_ALL) return 0;
  if (wanted->depth != 0) return wanted->depth;
  return wanted->history == WHORL_HISTORY_KEEP_LAST ? 1 : WHORL_QOS_DEFAULT.depth;
}

static int64_t resolve_duration(int64_t wanted)
{
  return wanted == 0 || wanted == WHORL_QOS_DURATION_BEST_AVAILABLE ? WHORL_FOREVER : wanted;
}

int whorl__qos_resolve(const whorl_qos_t *wanted, whorl_qos_t *ret_resolved)
{
  WHORL_TRY(check(wanted));
  whorl_qos_t resolved = *wanted;
  if (wanted->history == WHORL_HISTORY_DEFAULT) resolved.history = WHORL_HISTORY_KEEP_LAST;
  resolved.depth = resolve_depth(wanted);
  // Best available with nobody there: the strongest, as rmw has it.
  if (wanted->reliability != WHORL_RELIABILITY_BEST_EFFORT) resolved.reliability = WHORL_RELIABILITY_RELIABLE;
  if (wanted->durability == WHORL_DURABILITY_DEFAULT) resolved.durability = WHORL_DURABILITY_VOLATILE;
  if (wanted->durability == WHORL_DURABILITY_BEST_AVAILABLE) resolved.durability = WHORL_DURABILITY_TRANSIENT_LOCAL;
  if (wanted->liveliness == WHORL_LIVELINESS_DEFAULT) resolved.liveliness = WHORL_LIVELINESS_AUTOMATIC;
  if (wanted->liveliness == WHORL_LIVELINESS_BEST_AVAILABLE) resolved.liveliness = WHORL_LIVELINESS_MANUAL_BY_TOPIC;
  resolved.deadline_ns = resolve_duration(wanted->deadline_ns);
  resolved.lifespan_ns = resolve_duration(wanted->lifespan_ns);
  resolved.liveliness_lease_ns = resolve_duration(wanted->liveliness_lease_ns);
  *ret_resolved = resolved;
  return WHORL_OK;
}

// --- compatibility

typedef struct verdict {
  whorl_qos_compatibility_t compatibility;
  char *reason;
  size_t size, length;
} verdict_t;

// The worst one decides; its reasons are listed, separated by "; ".
static void object(verdict_t *verdict, whorl_qos_compatibility_t compatibility, const char *words)
{
  if (compatibility < verdict->compatibility) return;
  if (compatibility > verdict->compatibility) verdict->length = 0;
  verdict->compatibility = compatibility;
  if (verdict->reason == NULL || verdict->length >= verdict->size) return;
  const char *separator = verdict->length > 0 ? "; " : "";
  int written = snprintf(verdict->reason + verdict->length, verdict->size - verdict->length, "%s%s", separator, words);
  if (written > 0) verdict->length += (size_t)written;
}

// What one side offers and the other requests, as a rank: 0 weak, 1 strong, unknown where a system default leaves it open.
enum { WEAK, STRONG, UNKNOWN, EITHER };

static void judge(verdict_t *verdict, int offered, int requested, const char *refusal, const char *doubt)
{
  if (offered == WEAK && requested == STRONG) object(verdict, WHORL_QOS_ERROR, refusal);
  bool open = (offered == UNKNOWN && (requested == STRONG || requested == UNKNOWN)) || (offered == WEAK && requested == UNKNOWN);
  if (open) object(verdict, WHORL_QOS_WARNING, doubt);
}

static int reliability_rank(whorl_reliability_t reliability)
{
  static const int ranks[] = {UNKNOWN, STRONG, WEAK, EITHER};
  return (unsigned)reliability < 4 ? ranks[reliability] : UNKNOWN;
}

static int durability_rank(whorl_durability_t durability)
{
  static const int ranks[] = {UNKNOWN, STRONG, WEAK, EITHER};
  return (unsigned)durability < 4 ? ranks[durability] : UNKNOWN;
}

static int liveliness_rank(whorl_liveliness_t liveliness)
{
  static const int ranks[] = {UNKNOWN, WEAK, STRONG, EITHER};
  return (unsigned)liveliness < 4 ? ranks[liveliness] : UNKNOWN;
}

static void judge_duration(verdict_t *verdict, int64_t offered_ns, int64_t requested_ns, const char *refusal)
{
  if (resolve_duration(offered_ns) > resolve_duration(requested_ns)) object(verdict, WHORL_QOS_ERROR, refusal);
}

whorl_qos_compatibility_t whorl_qos_check_compatible(const whorl_qos_t *offered, const whorl_qos_t *requested, char *reason, size_t size)
{
  verdict_t verdict = {.compatibility = WHORL_QOS_OK, .reason = size > 0 ? reason : NULL, .size = size};
  if (verdict.reason != NULL) reason[0] = '\0';
  if (offered == NULL || requested == NULL) {
    object(&verdict, WHORL_QOS_ERROR, "a profile is NULL");
    return verdict.compatibility;
  }
  judge(&verdict, reliability_rank(offered->reliability), reliability_rank(requested->reliability),
        "the publisher is best effort, the subscription wants reliable", "reliability depends on a system default");
  judge(&verdict, durability_rank(offered->durability), durability_rank(requested->durability),
        "the publisher is volatile, the subscription wants transient local", "durability depends on a system default");
  judge_duration(&verdict, offered->deadline_ns, requested->deadline_ns, "the publisher's deadline is longer than the subscription's");
  judge(&verdict, liveliness_rank(offered->liveliness), liveliness_rank(requested->liveliness),
        "the publisher's liveliness is automatic, the subscription wants manual by topic", "liveliness depends on a system default");
  judge_duration(&verdict, offered->liveliness_lease_ns, requested->liveliness_lease_ns,
                 "the publisher's liveliness lease is longer than the subscription's");
  return verdict.compatibility;
}
