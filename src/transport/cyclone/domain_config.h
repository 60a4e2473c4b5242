// The configuration that Cyclone gets for a domain, from the environment: a pure function, so that a table can test it.
#ifndef WHORL_TRANSPORT_CYCLONE_DOMAIN_CONFIG_H
#define WHORL_TRANSPORT_CYCLONE_DOMAIN_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct whorl__domain_environment { // values of variables; NULL: not set
  const char *discovery_range;             // ROS_AUTOMATIC_DISCOVERY_RANGE
  const char *static_peers;                // ROS_STATIC_PEERS
  const char *localhost_only;              // ROS_LOCALHOST_ONLY
  const char *cyclonedds_uri;              // CYCLONEDDS_URI
  bool lacks_multicast;                    // no interface that is up can multicast
  long process_id;
  uint32_t domain_id;
} whorl__domain_environment_t;

typedef struct whorl__domain_config {
  char *text;        // generated XML, a comma, the user's CYCLONEDDS_URI; later text wins. Free with whorl__free
  char warning[512]; // sentences for the user; "" for none
} whorl__domain_config_t;

// INVALID_ARGUMENT for a static peer that cannot be one, NO_MEMORY. Values as rcl and rmw_cyclonedds read them, but for docs/configuration.md.
int whorl__domain_config_make(const whorl__domain_environment_t *environment, whorl__domain_config_t *ret_config);

// The highest participant index whose ports belong to this domain alone and exist: 119, less in the last domains.
int whorl__domain_highest_index(uint32_t domain_id);

// What this process has; the strings are the environment's own.
void whorl__domain_environment_read(uint32_t domain_id, whorl__domain_environment_t *ret_environment);

#endif
