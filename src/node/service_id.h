// How the two endpoints of a client, and those of a server, are known to belong together: an id in their USER_DATA (docs/transport.md).
#ifndef WHORL_NODE_SERVICE_ID_H
#define WHORL_NODE_SERVICE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WHORL__SERVICE_ID_SIZE = 64 };

// 16 bytes in hexadecimal, joined by dots, as rmw_cyclonedds writes them: without leading zeros, but the first one padded with a blank.
void whorl__service_id_write(const uint8_t bytes[16], char id[WHORL__SERVICE_ID_SIZE]);
// The value of `key` ("clientid") in USER_DATA "key=value;key=value;". False: it has none, or an impossible one.
bool whorl__service_id_read(const char *user_data, const char *key, char id[WHORL__SERVICE_ID_SIZE]);
// The same of any key, with room of the caller's.
bool whorl__user_data_read(const char *user_data, const char *key, char *ret_value, size_t room);

#endif
