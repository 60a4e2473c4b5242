// For tables of bad arguments. Each row is: the status, a word that the sentence has to contain, the call. A refused call leaves nothing behind: no block of memory, no handle, no output.
#ifndef WHORL_NODE_ROWS_H
#define WHORL_NODE_ROWS_H

#include "base/handle.h"
#include "base/memory.h"
#include "node/context.h"
#include "node/fixture.h"
#include "node/node.h"

typedef struct left {
  int64_t blocks, nodes, contexts;
} left_t;

static inline left_t left_now(void)
{
  return (left_t){whorl__memory_blocks(), whorl__handle_count(&whorl__nodes), whorl__handle_count(&whorl__contexts)};
}

static inline void check_row(int line, const char *call, left_t before, int status, int expected, const char *word)
{
  left_t after = left_now();
  if (status != expected) {
    print_error("line %d, %s: %s (%s), not %s\n", line, call, whorl_status_name(status), whorl_detail(), whorl_status_name(expected));
    fail();
  }
  if (status < 0 && strstr(whorl_detail(), word) == NULL) {
    print_error("line %d, %s: the sentence '%s' does not contain '%s'\n", line, call, whorl_detail(), word);
    fail();
  }
  if (memcmp(&before, &after, sizeof before) != 0) {
    print_error("line %d, %s: it left %lld blocks, %lld nodes and %lld contexts behind\n", line, call,
                (long long)(after.blocks - before.blocks), (long long)(after.nodes - before.nodes),
                (long long)(after.contexts - before.contexts));
    fail();
  }
}

#define ROW(expected, word, ...)                                                 \
  do {                                                                           \
    left_t before_ = left_now();                                                 \
    int status_ = (__VA_ARGS__);                                                 \
    check_row(__LINE__, #__VA_ARGS__, before_, status_, WHORL_##expected, word); \
  } while (0)

// Handles of nothing: zero, and one from the future. Handles of the dead: in each test.
#define NOTHING 0
#define FUTURE UINT64_C(0x7fffffff00000001)
static const uint64_t nothing[] = {NOTHING, FUTURE};
#define EACH_OF_NOTHING(variable) \
  for (size_t variable##_index = 0, variable; variable##_index < 2 && (variable = nothing[variable##_index], true); variable##_index++)

#endif
