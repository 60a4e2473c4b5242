#include "transport/cyclone/domain_config.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/detail.h"
#include "base/memory.h"
#include "whorl/status.h"

enum { LONGEST_PEER = 255 }; // rmw's limit

// --- text that grows; the first failure is kept

typedef struct text {
  char *data;
  size_t length, capacity;
  bool failed;
} text_t;

static void add_bytes(text_t *text, const char *bytes, size_t length)
{
  if (text->failed) return;
  if (text->length + length + 1 > text->capacity) {
    size_t capacity = 2 * (text->length + length + 1);
    char *grown = whorl__realloc(text->data, capacity);
    if (grown == NULL) {
      text->failed = true;
      return;
    }
    text->data = grown;
    text->capacity = capacity;
  }
  memcpy(text->data + text->length, bytes, length);
  text->length += length;
  text->data[text->length] = '\0';
}

static void add(text_t *text, const char *string) { add_bytes(text, string, strlen(string)); }

static void add_number(text_t *text, long number)
{
  char digits[24];
  snprintf(digits, sizeof digits, "%ld", number);
  add(text, digits);
}

static void add_escaped(text_t *text, const char *bytes, size_t length)
{
  for (size_t i = 0; i < length; i++) {
    switch (bytes[i]) {
    case '&': add(text, "&amp;"); break;
    case '<': add(text, "&lt;"); break;
    case '>': add(text, "&gt;"); break;
    case '"': add(text, "&quot;"); break;
    default: add_bytes(text, bytes + i, 1);
    }
  }
}

// --- what the variables say

typedef enum range { RANGE_SUBNET, RANGE_LOCALHOST, RANGE_OFF, RANGE_SYSTEM_DEFAULT } range_t;

static void warn(whorl__domain_config_t *config, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void warn(whorl__domain_config_t *config, const char *format, ...)
{
  size_t used = strlen(config->warning);
  if (used > 0 && used + 3 < sizeof config->warning) {
    memcpy(config->warning + used, "; ", 3);
    used += 2;
  }
  va_list args;
  va_start(args, format);
  vsnprintf(config->warning + used, sizeof config->warning - used, format, args);
  va_end(args);
}

static range_t parse_range(const char *value, whorl__domain_config_t *config)
{
  if (value == NULL || value[0] == '\0' || strcmp(value, "SUBNET") == 0) return RANGE_SUBNET;
  if (strcmp(value, "LOCALHOST") == 0) return RANGE_LOCALHOST;
  if (strcmp(value, "OFF") == 0) return RANGE_OFF;
  if (strcmp(value, "SYSTEM_DEFAULT") == 0) return RANGE_SYSTEM_DEFAULT;
  warn(config, "ROS_AUTOMATIC_DISCOVERY_RANGE is '%.60s', which is none of SUBNET, LOCALHOST, OFF, SYSTEM_DEFAULT: taken as LOCALHOST",
       value);
  return RANGE_LOCALHOST;
}

// The deprecated variable still wins: then also the static peers are ignored.
static range_t choose_range(const whorl__domain_environment_t *environment, const char **peers, whorl__domain_config_t *config)
{
  const char *only = environment->localhost_only;
  range_t range = parse_range(environment->discovery_range, config);
  if (only == NULL || only[0] == '\0') return range;
  if (only[0] != '1') {
    warn(config, "ROS_LOCALHOST_ONLY is deprecated and without effect: use ROS_AUTOMATIC_DISCOVERY_RANGE");
    return range;
  }
  warn(config, "ROS_LOCALHOST_ONLY is deprecated, but wins: use ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST");
  *peers = NULL;
  return RANGE_LOCALHOST;
}

static const char *next_peer(const char **rest, size_t *ret_length)
{
  if (*rest == NULL) return NULL;
  const char *peer = *rest + strspn(*rest, ";");
  *ret_length = strcspn(peer, ";");
  *rest = peer + *ret_length;
  return *ret_length > 0 ? peer : NULL;
}

static int check_peers(const char *peers)
{
  size_t length;
  for (const char *rest = peers, *peer; (peer = next_peer(&rest, &length)) != NULL;) {
    if (length > LONGEST_PEER)
      return whorl__fail(WHORL_INVALID_ARGUMENT, "ROS_STATIC_PEERS: '%.40s...' has %zu characters, at most %d are allowed", peer, length,
                         LONGEST_PEER);
    for (size_t i = 0; i < length; i++)
      if ((unsigned char)peer[i] <= ' ')
        return whorl__fail(WHORL_INVALID_ARGUMENT, "ROS_STATIC_PEERS: '%.*s' is invalid at %zu: blank or control character", (int)length,
                           peer, i);
  }
  return WHORL_OK;
}

int whorl__domain_highest_index(uint32_t domain_id)
{
  long last = (65535L - 7411L - 250L * (long)domain_id) / 2; // 7411 + 250 domain + 2 index is the data port
  return last > 119 ? 119 : last < 0 ? 0 : (int)last;
}

static void add_peer(text_t *text, const char *address, size_t length)
{
  add(text, "<Peer address=\"");
  add_escaped(text, address, length);
  add(text, "\"/>");
}

static void add_discovery(text_t *text, const whorl__domain_environment_t *environment, range_t range, const char *peers)
{
  if (range == RANGE_OFF) { // the tag keeps everybody else out, those with known addresses too
    add(text, "<ParticipantIndex>none</ParticipantIndex><Tag>ros_discovery_off_");
    add_number(text, environment->process_id);
    add(text, "</Tag>");
    return;
  }
  // Stock ROS 2 stops at 32 participants on a host; the ports of a domain are enough for 120.
  add(text, "<ParticipantIndex>auto</ParticipantIndex><MaxAutoParticipantIndex>");
  add_number(text, whorl__domain_highest_index(environment->domain_id));
  add(text, "</MaxAutoParticipantIndex>");
  const char *own = range == RANGE_LOCALHOST || environment->lacks_multicast ? "127.0.0.1" : NULL; // by address: no /etc/hosts needed
  size_t length;
  const char *rest = peers, *peer = next_peer(&rest, &length);
  if (own == NULL && peer == NULL) return;
  add(text, "<Peers>");
  if (own != NULL) add_peer(text, own, strlen(own));
  for (; peer != NULL; peer = next_peer(&rest, &length)) add_peer(text, peer, length);
  add(text, "</Peers>");
}

int whorl__domain_config_make(const whorl__domain_environment_t *environment, whorl__domain_config_t *ret_config)
{
  whorl__domain_config_t config = {.warning = ""};
  const char *peers = environment->static_peers;
  range_t range = choose_range(environment, &peers, &config);
  if (range == RANGE_OFF || range == RANGE_SYSTEM_DEFAULT) {
    if (peers != NULL && peers[0] != '\0')
      warn(&config, "ROS_STATIC_PEERS is ignored: ROS_AUTOMATIC_DISCOVERY_RANGE is %s", environment->discovery_range);
    peers = NULL;
  }
  int status = check_peers(peers);
  if (status < 0) return status;

  text_t text = {0};
  if (range != RANGE_SYSTEM_DEFAULT) {
    add(&text, "<CycloneDDS><Domain>");
    if (range != RANGE_SUBNET) add(&text, "<General><AllowMulticast>false</AllowMulticast></General>");
    add(&text, "<Discovery>");
    add_discovery(&text, environment, range, peers);
    add(&text, "</Discovery></Domain></CycloneDDS>,");
  }
  add(&text, environment->cyclonedds_uri != NULL ? environment->cyclonedds_uri : "");
  if (text.failed) {
    whorl__free(text.data);
    return whorl__fail_plain(WHORL_NO_MEMORY);
  }
  config.text = text.data;
  *ret_config = config;
  return WHORL_OK;
}

// --- this process

static bool lacks_multicast(void)
{
  struct ifaddrs *all;
  if (getifaddrs(&all) != 0) return false;
  bool lacks = true;
  for (const struct ifaddrs *entry = all; entry != NULL && lacks; entry = entry->ifa_next)
    if ((entry->ifa_flags & IFF_UP) && (entry->ifa_flags & IFF_MULTICAST)) lacks = false;
  freeifaddrs(all);
  return lacks;
}

void whorl__domain_environment_read(uint32_t domain_id, whorl__domain_environment_t *ret_environment)
{
  *ret_environment = (whorl__domain_environment_t){
      .discovery_range = getenv("ROS_AUTOMATIC_DISCOVERY_RANGE"),
      .static_peers = getenv("ROS_STATIC_PEERS"),
      .localhost_only = getenv("ROS_LOCALHOST_ONLY"),
      .cyclonedds_uri = getenv("CYCLONEDDS_URI"),
      .lacks_multicast = lacks_multicast(),
      .process_id = (long)getpid(),
      .domain_id = domain_id,
  };
}
