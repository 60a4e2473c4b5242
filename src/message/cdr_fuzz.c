// Bytes from anywhere, decoded as any type: the first two bytes choose the type, the others are the serialised message.
//
// Whatever can be decoded must encode, decode and copy to the same again, into a fresh message as into one that has served many times; what cannot must
// leave its message usable and its memory within what the bytes justify. The sanitizers watch the rest.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message/cdr.h"
#include "message/contents.h"
#include "message/fuzz_types.h"
#include "message/type.h"
#include "whorl/status.h"

#include "cdr_fuzz_types.h" // TYPES(X): X(package, folder, name) for each recorded vector, in the order that the corpus goes by

TYPES(FUZZ_DECLARE)
static const fuzz_support_t SUPPORTS[] = {TYPES(FUZZ_ADDRESS)};
enum { TYPE_COUNT = sizeof SUPPORTS / sizeof SUPPORTS[0] };

static const whorl__type_t *types[TYPE_COUNT];

static void *recycled[TYPE_COUNT]; // one message of each type that is never cleared

#define EXPECT(condition)                                                                   \
  do {                                                                                      \
    if (!(condition)) {                                                                     \
      fprintf(stderr, "%s: not so: %s (%s)\n", type->ros_name, #condition, whorl_detail()); \
      abort();                                                                              \
    }                                                                                       \
  } while (0)

typedef struct encoded {
  uint8_t *bytes;
  size_t size;
} encoded_t;

static encoded_t encode(const whorl__type_t *type, const void *native)
{
  encoded_t encoded = {0};
  size_t written = 0;
  EXPECT(whorl__cdr_size(type, native, &encoded.size) == WHORL_OK);
  encoded.bytes = malloc(encoded.size); // of its own: the end is watched
  EXPECT(whorl__cdr_encode(type, native, encoded.bytes, encoded.size, &written) == WHORL_OK);
  EXPECT(written == encoded.size);
  return encoded;
}

static void expect_encodes_to(const whorl__type_t *type, const void *native, const encoded_t *expected)
{
  encoded_t encoded = encode(type, native);
  EXPECT(encoded.size == expected->size && memcmp(encoded.bytes, expected->bytes, encoded.size) == 0);
  free(encoded.bytes);
}

static void try_bytes(const whorl__type_t *type, const uint8_t *bytes, size_t size, void *old)
{
  void *fresh = calloc(1, type->size), *copy = calloc(1, type->size);
  int status = whorl__cdr_decode(type, bytes, size, fresh);
  EXPECT(status == WHORL_OK || status == WHORL_MALFORMED);
  char sentence[256];
  snprintf(sentence, sizeof sentence, "%s", status < 0 ? whorl_detail() : "");
  EXPECT(whorl__cdr_check(type, bytes, size) == status);
  EXPECT(status == WHORL_OK || strcmp(whorl_detail(), sentence) == 0);
  EXPECT(whorl__contents_footprint(type->program, fresh) <= 64 * size + 4096);
  EXPECT(whorl__cdr_decode(type, bytes, size, old) == status);
  if (status == WHORL_OK) {
    encoded_t first = encode(type, fresh);
    expect_encodes_to(type, old, &first);
    EXPECT(whorl__type_copy(type, fresh, copy) == WHORL_OK);
    expect_encodes_to(type, copy, &first);
    EXPECT(whorl__cdr_decode(type, first.bytes, first.size, copy) == WHORL_OK);
    expect_encodes_to(type, copy, &first);
    free(first.bytes);
  }
  whorl__contents_fini(type->program, fresh);
  whorl__contents_fini(type->program, copy);
  free(fresh);
  free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size < 2) return 0;
  size_t index = (data[0] | (size_t)data[1] << 8) % TYPE_COUNT;
  if (types[index] == NULL) {
    if (whorl__type_get(SUPPORTS[index](), &types[index]) < 0) abort();
    recycled[index] = calloc(1, types[index]->size);
  }
  try_bytes(types[index], data + 2, size - 2, recycled[index]);
  return 0;
}
