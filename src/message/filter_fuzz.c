// A content filter from anywhere: the first byte chooses the message type, lines behind the first one are the parameters. Whatever is taken is asked of an empty message and of one from the bytes themselves; what is
// refused says where. The sanitizers watch.
#include <string.h>

#include "base/fuzz_expect.h"
#include "base/memory.h"
#include "message/cdr.h"
#include "message/contents.h"
#include "message/filter.h"
#include "message/fuzz_types.h"
#include "message/type.h"
#include "whorl/status.h"

#include "cdr_fuzz_types.h" // TYPES(X): X(package, folder, name) for each recorded vector, in the order that the corpus goes by

TYPES(FUZZ_DECLARE)
static const fuzz_support_t SUPPORTS[] = {TYPES(FUZZ_ADDRESS)};
enum { TYPE_COUNT = sizeof SUPPORTS / sizeof SUPPORTS[0], PARAMETERS = 8 };

static const whorl__type_t *types[TYPE_COUNT];

static void try_filter(const whorl__type_t *type, const uint8_t *data, size_t size, const char *expression, const char *const *parameters,
                       size_t count, void *empty, void *filled)
{
  whorl__filter_t *filter;
  int status = whorl__filter_create(type, expression, parameters, count, &filter);
  EXPECT(status == WHORL_OK || (status == WHORL_INVALID_ARGUMENT && strstr(whorl_detail(), "filter") != NULL));
  if (status < 0) return;
  bool passes = whorl__filter_passes(filter, empty);
  EXPECT(passes == whorl__filter_passes(filter, empty));
  if (whorl__cdr_decode(type, data, size, filled) == WHORL_OK) (void)whorl__filter_passes(filter, filled);
  whorl__filter_unref(filter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const char *parameters[PARAMETERS];
  size_t count = 0;
  if (size == 0) return 0;
  size_t index = data[0] % TYPE_COUNT;
  if (types[index] == NULL) EXPECT(whorl__type_get(SUPPORTS[index](), &types[index]) == WHORL_OK);
  const whorl__type_t *type = types[index];
  char *text = malloc(size);
  memcpy(text, data + 1, size - 1);
  text[size - 1] = '\0';
  for (char *end = text; count < PARAMETERS && (end = strchr(end, '\n')) != NULL;) {
    *end++ = '\0';
    parameters[count++] = end;
  }
  void *empty = calloc(1, type->size), *filled = calloc(1, type->size);
  int64_t blocks = whorl__memory_blocks();
  try_filter(type, data, size, text, parameters, count, empty, filled);
  EXPECT(whorl__memory_blocks() == blocks);
  whorl__contents_fini(type->program, filled);
  free(empty);
  free(filled);
  free(text);
  return 0;
}
