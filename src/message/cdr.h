// CDR, exactly as ROS 2's rmw_cyclonedds writes and reads it (XCDR1, little endian out, both in).
#ifndef WHORL_MESSAGE_CDR_H
#define WHORL_MESSAGE_CDR_H

#include <stddef.h>
#include <stdint.h>

#include "message/type.h"

// Bytes of the encapsulation header in front of every serialised message, and of the service header that requests and replies have behind it.
enum { WHORL__CDR_HEADER = 4, WHORL__CDR_SERVICE_HEADER = 16 };

// Serialised size, encapsulation header included, without trailing padding. LIMIT_EXCEEDED above 2 GiB; MALFORMED for a native message that
// cannot be expressed (a string without its NUL, a sequence with a NULL buffer and a size).
int whorl__cdr_size(const whorl__type_t *type, const void *message, size_t *ret_size);
// Writes exactly what whorl__cdr_size said; `capacity` must be at least that.
int whorl__cdr_encode(const whorl__type_t *type, const void *message, uint8_t *bytes, size_t capacity, size_t *ret_size);
// Decodes into an initialised (or zeroed) message, reusing its capacities. MALFORMED with a sentence that names the field and the offset; then the
// message is still valid to finish. Never allocates more than the bytes justify: counts are checked against what is left before any allocation.
int whorl__cdr_decode(const whorl__type_t *type, const uint8_t *bytes, size_t size, void *message);
// The same for a message that begins `skipped` bytes (a multiple of 8) after the encapsulation header: a request or a reply.
int whorl__cdr_decode_behind(const whorl__type_t *type, const uint8_t *bytes, size_t size, size_t skipped, void *message);
// Whether decode would take these bytes: the same status and sentence, but nothing is decoded and nothing allocated.
int whorl__cdr_check(const whorl__type_t *type, const uint8_t *bytes, size_t size);

#endif
