// Quality of service: ROS 2's policies, profiles and compatibility rules.
#ifndef WHORL_QOS_H
#define WHORL_QOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum whorl_history { WHORL_HISTORY_DEFAULT, WHORL_HISTORY_KEEP_LAST, WHORL_HISTORY_KEEP_ALL } whorl_history_t;
typedef enum whorl_reliability {
  WHORL_RELIABILITY_DEFAULT,
  WHORL_RELIABILITY_RELIABLE,
  WHORL_RELIABILITY_BEST_EFFORT,
  WHORL_RELIABILITY_BEST_AVAILABLE
} whorl_reliability_t;
typedef enum whorl_durability {
  WHORL_DURABILITY_DEFAULT,
  WHORL_DURABILITY_TRANSIENT_LOCAL,
  WHORL_DURABILITY_VOLATILE,
  WHORL_DURABILITY_BEST_AVAILABLE
} whorl_durability_t;
typedef enum whorl_liveliness {
  WHORL_LIVELINESS_DEFAULT,
  WHORL_LIVELINESS_AUTOMATIC,
  WHORL_LIVELINESS_MANUAL_BY_TOPIC,
  WHORL_LIVELINESS_BEST_AVAILABLE
} whorl_liveliness_t;

// As deadline or lease: what the endpoints that are there already ask for or offer.
#define WHORL_QOS_DURATION_BEST_AVAILABLE (INT64_MAX - 1)

// A zero profile is ROS 2's default profile where it is used as an option (keep last 10, reliable, volatile); durations in ns, 0 or WHORL_FOREVER: without limit.
typedef struct whorl_qos {
  whorl_history_t history;
  size_t depth; // keep last: 0 means 10, or 1 when history says KEEP_LAST (as rmw_cyclonedds has it); keep all: ignored
  whorl_reliability_t reliability;
  whorl_durability_t durability;
  int64_t deadline_ns; // over Cyclone DDS 10 us and more; it cannot keep up with shorter ones: INVALID_QOS
  int64_t lifespan_ns;
  whorl_liveliness_t liveliness;
  int64_t liveliness_lease_ns;
  bool avoid_ros_namespace_conventions; // no rt/ prefix and no name check
} whorl_qos_t;

extern const whorl_qos_t WHORL_QOS_DEFAULT;          // keep last 10, reliable, volatile
extern const whorl_qos_t WHORL_QOS_SENSOR_DATA;      // keep last 5, best effort
extern const whorl_qos_t WHORL_QOS_SERVICES;         // keep last 10, reliable
extern const whorl_qos_t WHORL_QOS_PARAMETERS;       // keep last 1000, reliable
extern const whorl_qos_t WHORL_QOS_PARAMETER_EVENTS; // keep last 1000, reliable
extern const whorl_qos_t WHORL_QOS_ROSOUT;           // keep last 1000, reliable, transient local, lifespan 10 s
extern const whorl_qos_t WHORL_QOS_CLOCK;            // keep last 1, best effort
extern const whorl_qos_t WHORL_QOS_ACTION_STATUS;    // keep last 1, reliable, transient local
extern const whorl_qos_t WHORL_QOS_SYSTEM_DEFAULT;
extern const whorl_qos_t WHORL_QOS_BEST_AVAILABLE;

typedef enum whorl_qos_compatibility { WHORL_QOS_OK, WHORL_QOS_WARNING, WHORL_QOS_ERROR } whorl_qos_compatibility_t;
// Would a publisher with `offered` reach a subscription with `requested`? WARNING where a system default (a zero field too) leaves it open. When `reason` is
// not NULL its `size` bytes get the objections in words, "" if there are none, cut where they do not fit. Pure. rmw: qos_profile_check_compatible.
whorl_qos_compatibility_t whorl_qos_check_compatible(const whorl_qos_t *offered, const whorl_qos_t *requested, char *reason, size_t size);

#ifdef __cplusplus
}
#endif
#endif
