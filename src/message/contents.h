// What a message owns beyond its struct: strings and sequences, in rosidl's form and in rosidl's memory (malloc and free), so that the generated
// functions and ours can be mixed on one message.
//
// Everything here keeps a message valid at every moment: what is not there yet is zero, which rosidl takes for empty.
#ifndef WHORL_MESSAGE_CONTENTS_H
#define WHORL_MESSAGE_CONTENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "message/program.h"

// The form of every rosidl sequence, string and wide string. A string's size leaves out the NUL, its capacity counts it.
typedef struct __attribute__((may_alias)) whorl__sequence {
  void *data;
  size_t size, capacity;
} whorl__sequence_t;

// Room for `count` elements; what was in there is lost if it has to grow. False without memory: then the sequence is empty.
bool whorl__contents_reserve(whorl__sequence_t *sequence, size_t count, size_t element_size);
// The same, but keeps the elements, with what they own; new ones are zero. False without memory: nothing has changed.
bool whorl__contents_extend(whorl__sequence_t *sequence, size_t count, size_t element_size);

// Frees what the struct owns and zeroes that part.
void whorl__contents_fini(const whorl__program_t *program, void *native);
// Makes strings that have no memory yet "", as rosidl's init functions do. NO_MEMORY.
int whorl__contents_init(const whorl__program_t *program, void *native);
// Deep copy, reusing capacities. NO_MEMORY, MALFORMED (see the two checks below): the target stays valid.
int whorl__contents_copy(const whorl__program_t *program, const void *from, void *to);
// Bytes of memory that the struct owns (an estimate from capacities).
size_t whorl__contents_footprint(const whorl__program_t *program, const void *native);

// Whether a user's string or sequence can be read at all. NULL and size 0 is an empty one.
static inline bool whorl__contents_string_valid(const whorl__sequence_t *string)
{
  if (string->data == NULL) return string->size == 0;
  return string->capacity > string->size && ((const char *)string->data)[string->size] == '\0';
}
static inline bool whorl__contents_wstring_valid(const whorl__sequence_t *string)
{
  if (string->data == NULL) return string->size == 0;
  return string->capacity > string->size && ((const uint16_t *)string->data)[string->size] == 0;
}
static inline bool whorl__contents_sequence_valid(const whorl__sequence_t *sequence)
{
  return sequence->data != NULL || sequence->size == 0;
}
// MALFORMED, with a sentence about a field that failed one of the three.
int whorl__contents_invalid(const whorl__step_t *step);

// Tests, as in base/memory.h: allocations made, and the n-th from now fails.
uint64_t whorl__contents_allocations(void);
void whorl__contents_fail_at(uint64_t nth);

#endif
