// The layout program of a message type: what introspection says, compiled once into the few steps that copying and serialising take.
//
// Nested messages are flattened. Fields that lie side by side in memory exactly as they do on the wire form one run, moved by one memcpy. XCDR1 counts
// alignment from the start of the stream, so a run may be extended only by a field that follows without a gap in memory and whose alignment
// is not larger than that of the run's first field: then the whole run keeps its shape wherever its start is aligned. Struct padding is
// never inside a run, so it never leaks onto the wire.
#ifndef WHORL_MESSAGE_PROGRAM_H
#define WHORL_MESSAGE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/arena.h"
#include "message/members.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "CDR is written little endian by copying memory: a big endian machine needs swapping runs");

typedef enum whorl__step_kind {
  WHORL__STEP_RUN,             // `size` bytes
  WHORL__STEP_STRINGS,         // `count` strings in place
  WHORL__STEP_WSTRINGS,        // `count` wide strings in place
  WHORL__STEP_ELEMENTS,        // `count` elements of `nested` in place
  WHORL__STEP_STRING_SEQUENCE, // sequences, of at most `count` elements unless that is 0
  WHORL__STEP_WSTRING_SEQUENCE,
  WHORL__STEP_SEQUENCE, // of `nested`
} whorl__step_kind_t;

typedef struct whorl__field { // equal numbers within a run: needed for swapping and for bools
  size_t offset, count;
  uint8_t width;
  bool is_bool;
} whorl__field_t;

typedef struct whorl__step {
  whorl__step_kind_t kind;
  uint8_t alignment; // RUN: on the wire
  bool has_bools;    // RUN: bytes to be made 0 or 1 when read
  size_t offset;     // in the native struct
  size_t size;       // RUN
  size_t count;      // the others
  const struct whorl__program *nested;
  const whorl__field_t *fields; // RUN
  size_t field_count;
  const char *name; // "header.stamp.sec": of the field, or of a run's first field
} whorl__step_t;

typedef struct whorl__program {
  const whorl__step_t *steps;
  size_t step_count;
  size_t size;       // of the native struct
  size_t wire_least; // bytes that one takes on the wire at least, at least 1: bounds what a count may claim
  size_t wire_fixed; // bytes that one takes at the start of the stream, 0 when that depends on the contents
  bool fixed_size;   // no strings and no sequences inside
  bool plain;        // one run over the whole struct: any number of them is one memcpy
  bool primitive;    // one number: the element of a sequence of numbers
} whorl__program_t;

// Compiles into the arena; one thread at a time. INVALID_TYPE: a member kind that .msg files do not have, or tables that do not look like the introspection
// that this build was compiled against (another rosidl version). NO_MEMORY. After a failure the caller rewinds the arena.
int whorl__program_compile(whorl__arena_t *arena, const whorl__members_t *members, const whorl__program_t **ret_program);

#endif
