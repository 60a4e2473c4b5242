// A command line from anywhere: arguments are the pieces between bytes of value 1, behind "--ros-args". The sanitizers watch; whatever is taken must be
// refused for no reason the second time, and be found under the names that it speaks of without harm.
#include <string.h>

#include "base/arguments.h"
#include "base/fuzz_expect.h"
#include "base/memory.h"

enum { MOST = 32 };

static int split(char *text, const char **argv)
{
  int argc = 0;
  argv[argc++] = "program";
  argv[argc++] = "--ros-args";
  for (char *end; argc < MOST; text = end + 1) {
    argv[argc++] = text;
    end = strchr(text, 1);
    if (end == NULL) break;
    *end = '\0';
  }
  return argc;
}

static void try_line(int argc, const char *const *argv)
{
  whorl__arguments_t *arguments = NULL, *again = NULL;
  int status = whorl__arguments_parse(argc, argv, &arguments);
  EXPECT(status == WHORL_OK || status == WHORL_INVALID_ARGUMENT || status == WHORL_INVALID_NAME);
  EXPECT(status == WHORL_OK || (arguments == NULL && strncmp(whorl_detail(), "argument ", 9) == 0));
  if (status < 0) return;
  EXPECT(whorl__arguments_parse(argc, argv, &again) == WHORL_OK && again->remaps.count == arguments->remaps.count);
  for (size_t i = 0; i < arguments->remaps.count; i++) {
    const whorl__remap_rule_t *rule = &arguments->remaps.rows[i];
    if (rule->match == NULL)
      EXPECT(whorl__remap_find(&again->remaps, (whorl__remap_kind_t)rule->kinds, "", rule->node ? rule->node : "n", "/") != NULL);
    (void)whorl__remap_find(&again->remaps, WHORL__REMAP_TOPIC, "/a", "n", "/ns");
  }
  whorl__arguments_free(arguments);
  whorl__arguments_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const char *argv[MOST];
  int64_t blocks = whorl__memory_blocks();
  char *text = malloc(size + 1);
  memcpy(text, data, size);
  text[size] = '\0';
  int argc = split(text, argv);
  try_line(argc, argv);
  (void)whorl__arguments_strip(argc, (char **)argv);
  free(text);
  EXPECT(whorl__memory_blocks() == blocks);
  return 0;
}
