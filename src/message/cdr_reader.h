// The rules of reading CDR, for decoding (cdr_decode.c) and for looking without decoding (cdr_check.c).
//
// Nothing in the bytes is believed: every read is held against the end, every count against the bytes that are left before it is acted upon. What is
// accepted and what is not is rmw_cyclonedds's choice, recorded in testdata/decode_edge.json: bytes after the last field are nobody's, any
// second byte but 1 means big endian. One exception: in big-endian data we swap the code units of wide strings, which that one forgets.
#ifndef WHORL_MESSAGE_CDR_READER_H
#define WHORL_MESSAGE_CDR_READER_H

#include <string.h>

#include "base/detail.h"
#include "message/cdr.h"
#include "message/program.h"
#include "whorl/status.h"

#define WHORL__CDR_RUN_CUT "the bytes end within it or the fields behind it"

typedef struct whorl__cdr_reader {
  const whorl__type_t *type;
  const uint8_t *bytes; // after the encapsulation header (and a service header): alignment counts from here
  size_t position, size;
  size_t before; // bytes in front of `bytes`
  bool swap;
} whorl__cdr_reader_t;

static inline int whorl__cdr_malformed(const whorl__cdr_reader_t *reader, const whorl__step_t *step, const char *fault)
{
  return whorl__fail(WHORL_MALFORMED, "%s: field '%s' at byte %zu: %s", reader->type->ros_name, step->name,
                     reader->position + reader->before, fault);
}

// `skipped`: bytes between the encapsulation header and the message.
static inline int whorl__cdr_reader_init(whorl__cdr_reader_t *reader, const whorl__type_t *type, const uint8_t *bytes, size_t size,
                                         size_t skipped)
{
  size_t before = WHORL__CDR_HEADER + skipped;
  if (size < before) {
    return whorl__fail(WHORL_MALFORMED, "%s: %zu bytes are less than %s", type->ros_name, size,
                       skipped > 0 ? "the headers of a service's message" : "an encapsulation header");
  }
  *reader = (whorl__cdr_reader_t){.type = type, .bytes = bytes + before, .size = size - before, .before = before, .swap = bytes[1] != 1};
  return WHORL_OK;
}

// The next `size` bytes at a multiple of `alignment`, or NULL past the end.
static inline const uint8_t *whorl__cdr_next(whorl__cdr_reader_t *reader, size_t alignment, size_t size)
{
  size_t at = (reader->position + alignment - 1) & ~(alignment - 1);
  if (at > reader->size || reader->size - at < size) return NULL;
  reader->position = at + size;
  return reader->bytes + at;
}

static inline uint32_t whorl__cdr_number(const whorl__cdr_reader_t *reader, const uint8_t *bytes)
{
  uint32_t value;
  memcpy(&value, bytes, sizeof value);
  return reader->swap ? __builtin_bswap32(value) : value;
}

// `count` structs that are one run each, for which there are bytes.
static inline int whorl__cdr_read_plain(whorl__cdr_reader_t *reader, const whorl__step_t *step, size_t count, const uint8_t **ret_bytes)
{
  const uint8_t *bytes = whorl__cdr_next(reader, step->nested->steps[0].alignment, count * step->nested->size);
  if (bytes == NULL) return whorl__cdr_malformed(reader, step, "the bytes end within it");
  *ret_bytes = bytes;
  return WHORL_OK;
}

// The characters of a string, without the NUL that is behind them on the wire.
static inline int whorl__cdr_read_string(whorl__cdr_reader_t *reader, const whorl__step_t *step, const uint8_t **ret_bytes,
                                         size_t *ret_length)
{
  const uint8_t *bytes = whorl__cdr_next(reader, 4, 4);
  if (bytes == NULL) return whorl__cdr_malformed(reader, step, "the bytes end within it");
  size_t size = whorl__cdr_number(reader, bytes);
  bytes = whorl__cdr_next(reader, 1, size);
  if (bytes == NULL) return whorl__cdr_malformed(reader, step, "a string that is longer than the message");
  if (size > 0 && bytes[size - 1] != '\0') return whorl__cdr_malformed(reader, step, "a string without NUL at its end");
  *ret_bytes = bytes;
  *ret_length = size > 0 ? size - 1 : 0; // size 0 is not in the specification, but taken for an empty string everywhere
  return WHORL_OK;
}

// The code units of a wide string, four bytes each.
static inline int whorl__cdr_read_wstring(whorl__cdr_reader_t *reader, const whorl__step_t *step, const uint8_t **ret_bytes,
                                          size_t *ret_length)
{
  const uint8_t *bytes = whorl__cdr_next(reader, 4, 4);
  if (bytes == NULL) return whorl__cdr_malformed(reader, step, "the bytes end within it");
  size_t length = whorl__cdr_number(reader, bytes);
  bytes = length <= reader->size / 4 ? whorl__cdr_next(reader, 1, 4 * length) : NULL;
  if (bytes == NULL) return whorl__cdr_malformed(reader, step, "a wide string that is longer than the message");
  *ret_bytes = bytes;
  *ret_length = length;
  return WHORL_OK;
}

// The number of elements of a sequence, for which there may be bytes.
static inline int whorl__cdr_read_count(whorl__cdr_reader_t *reader, const whorl__step_t *step, size_t *ret_count)
{
  const uint8_t *bytes = whorl__cdr_next(reader, 4, 4);
  if (bytes == NULL) return whorl__cdr_malformed(reader, step, "the bytes end within it");
  size_t count = whorl__cdr_number(reader, bytes), least = step->kind == WHORL__STEP_SEQUENCE ? step->nested->wire_least : 4;
  if (step->count > 0 && count > step->count) return whorl__cdr_malformed(reader, step, "a sequence above its bound");
  if (count > (reader->size - reader->position) / least) {
    return whorl__cdr_malformed(reader, step, "a sequence that is longer than the message");
  }
  *ret_count = count;
  return WHORL_OK;
}

#endif
