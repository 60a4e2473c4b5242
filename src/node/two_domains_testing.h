// For tests over Cyclone DDS in one process whose two sides shall meet on the wire.
#ifndef WHORL_NODE_TWO_DOMAINS_TESTING_H
#define WHORL_NODE_TWO_DOMAINS_TESTING_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint32_t domain_here(void) { return (uint32_t)strtoul(getenv("ROS_DOMAIN_ID"), NULL, 10); }
static uint32_t domain_there(void) { return domain_here() + 100; }

// Participants of one process and domain see each other without the network. One in another domain, with the first one's number on the wire, does not.
static void join_domains_on_the_wire(void)
{
  if (getenv("CYCLONEDDS_URI") == NULL || getenv("ROS_DOMAIN_ID") == NULL) {
    fputs("CYCLONEDDS_URI and ROS_DOMAIN_ID must be set: run this test through ctest, which keeps it on the loopback interface\n", stderr);
    exit(1);
  }
  char text[8192];
  snprintf(text, sizeof text,
           "%s,<CycloneDDS><Domain Id=\"%u\"><Discovery><ExternalDomainId>%u</ExternalDomainId></Discovery></Domain></CycloneDDS>",
           getenv("CYCLONEDDS_URI"), domain_there(), domain_here());
  setenv("CYCLONEDDS_URI", text, 1);
}

#endif
