// The doctor's look at this host: what the environment says, and what the network is like.
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"

static void look_at_variables(doctor_t *self)
{
  static const char *const names[] = {"ROS_AUTOMATIC_DISCOVERY_RANGE", "ROS_STATIC_PEERS", "ROS_LOCALHOST_ONLY", "CYCLONEDDS_URI",
                                      "RMW_IMPLEMENTATION"};
  const char *domain = getenv("ROS_DOMAIN_ID"), *rmw = getenv("RMW_IMPLEMENTATION");
  doctor_find(self, LEVEL_OK, "ROS_DOMAIN_ID is %s", domain != NULL && domain[0] != '\0' ? domain : "not set: domain 0");
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const char *value = getenv(names[i]);
    if (value != NULL && value[0] != '\0') doctor_find(self, LEVEL_NOTE, "%s is %s", names[i], value);
  }
  if (rmw != NULL && rmw[0] != '\0' && strcmp(rmw, "rmw_cyclonedds_cpp") != 0)
    doctor_find(self, LEVEL_WARNING, "ROS 2 nodes started here use %s: Whorl speaks with rmw_cyclonedds_cpp alone", rmw);
}

typedef struct interfaces {
  size_t up, beyond, multicast; // beyond: those that lead beyond this host
} interfaces_t;

static void look_at_interface(doctor_t *self, const struct ifaddrs *at, interfaces_t *interfaces)
{
  if (at->ifa_addr == NULL || at->ifa_addr->sa_family != AF_INET || (at->ifa_flags & IFF_UP) == 0) return;
  char address[INET_ADDRSTRLEN] = "";
  const struct sockaddr_in *own = (const struct sockaddr_in *)(const void *)at->ifa_addr;
  (void)inet_ntop(AF_INET, &own->sin_addr, address, sizeof address);
  const bool multicast = (at->ifa_flags & IFF_MULTICAST) != 0, loopback = (at->ifa_flags & IFF_LOOPBACK) != 0;
  interfaces->up++;
  interfaces->beyond += !loopback;
  interfaces->multicast += multicast;
  doctor_find(self, LEVEL_OK, "interface %s is up: %s, %s", at->ifa_name, address, multicast ? "multicast" : "no multicast");
}

static void look_at_interfaces(doctor_t *self)
{
  struct ifaddrs *all;
  interfaces_t interfaces = {0};
  if (getifaddrs(&all) != 0) {
    doctor_find(self, LEVEL_WARNING, "the network interfaces cannot be listed");
    return;
  }
  for (const struct ifaddrs *at = all; at != NULL; at = at->ifa_next) look_at_interface(self, at, &interfaces);
  freeifaddrs(all);
  if (interfaces.up == 0) doctor_find(self, LEVEL_FAILURE, "no network interface is up, not even the loopback one");
  if (interfaces.up > 0 && interfaces.beyond == 0) doctor_find(self, LEVEL_NOTE, "only this host can be reached");
  if (interfaces.beyond > 0 && interfaces.multicast == 0)
    doctor_find(self, LEVEL_WARNING, "no interface has multicast: other hosts are found only when ROS_STATIC_PEERS names them");
}

static void look_at_buffers(doctor_t *self)
{
  static const char path[] = "/proc/sys/net/core/rmem_max";
  enum { ENOUGH = 2 * 1024 * 1024 };
  FILE *file = fopen(path, "r");
  char text[32] = "";
  if (file == NULL) return;
  const bool read = fgets(text, sizeof text, file) != NULL;
  fclose(file);
  long bytes = read ? strtol(text, NULL, 10) : 0;
  if (bytes > 0 && bytes < ENOUGH)
    doctor_find(self, LEVEL_NOTE, "sockets buffer %ld bytes at most (%s): messages of megabytes may lose parts on the way", bytes, path);
}

void doctor_look_at_environment(doctor_t *self)
{
  doctor_title("Environment");
  look_at_variables(self);
  doctor_title("Network");
  look_at_interfaces(self);
  look_at_buffers(self);
}
