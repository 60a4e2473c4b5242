// Test data: what participants said of themselves on ros_discovery_info, recorded from ROS 2 Jazzy nodes; and the same node as Humble would put it, and in big endian.
#ifndef WHORL_NODE_CAPTURED_PEERS_TESTING_H
#define WHORL_NODE_CAPTURED_PEERS_TESTING_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum captured_peer { CAPTURED_END, CAPTURED_FOUR, CAPTURED_HUMBLE, CAPTURED_BIG_ENDIAN };

static const char *const captured_peers[] = { // hexadecimal
    [CAPTURED_END] = "0001000001104f98f520c5841f0b2ed2000001c100000000",
    [CAPTURED_FOUR] = "0001000001104f98f520c5841f0b2ed2000001c101000000020000002f000000090000006c697374656e65720000000002000000"
                      "01104f98f520c5841f0b2ed20000150401104f98f520c5841f0b2ed20000160402000000"
                      "01104f98f520c5841f0b2ed20000060301104f98f520c5841f0b2ed200001403",
    // One writer, its GIDs followed by eight zeros.
    [CAPTURED_HUMBLE] =
        "0001000001104f98f520c5841f0b2ed2000001c1000000000000000001000000020000002f000000090000006c697374656e6572000000000000000001000000"
        "01104f98f520c5841f0b2ed2000006030000000000000000",
    [CAPTURED_BIG_ENDIAN] =
        "0000000001104f98f520c5841f0b2ed2000001c100000001000000022f000000000000096c697374656e6572000000000000000000000001"
        "01104f98f520c5841f0b2ed200000603"};

typedef struct captured_bytes {
  uint8_t at[512];
  size_t size;
} captured_bytes_t;

static inline captured_bytes_t captured_bytes_from(const char *hexadecimal)
{
  captured_bytes_t bytes = {.size = strlen(hexadecimal) / 2};
  for (size_t i = 0; i < bytes.size; i++) sscanf(hexadecimal + 2 * i, "%2hhx", &bytes.at[i]);
  return bytes;
}

#endif
