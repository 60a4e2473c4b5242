// Parameter files from anywhere, and the same bytes as one value. The sanitizers watch; what is refused must have a sentence, and nothing may be left behind.
#include <string.h>

#include "base/fuzz_expect.h"
#include "base/memory.h"
#include "base/overrides_yaml.h"

static void try_file(const char *text, size_t size)
{
  whorl__overrides_t overrides = {0};
  int status = whorl__yaml_read_text("f", text, size, &overrides);
  EXPECT(status == WHORL_OK || (status == WHORL_MALFORMED && strncmp(whorl_detail(), "f:", 2) == 0));
  for (size_t i = 0; i < overrides.count; i++) {
    EXPECT(overrides.rows[i].node[0] == '/' && overrides.rows[i].name[0] != '\0');
    if (strchr(overrides.rows[i].node, '*') == NULL)
      EXPECT(whorl__overrides_find(&overrides, overrides.rows[i].node, overrides.rows[i].name) != NULL);
  }
  whorl__overrides_fini(&overrides);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  int64_t blocks = whorl__memory_blocks();
  char *text = malloc(size + 1);
  memcpy(text, data, size);
  text[size] = '\0';
  try_file(text, size);
  whorl_parameter_value_t value = {0};
  int status = whorl__yaml_read_value(text, &value);
  EXPECT(status == WHORL_OK || (status == WHORL_MALFORMED && whorl_detail()[0] != '\0'));
  whorl_parameter_value_fini(&value);
  free(text);
  EXPECT(whorl__memory_blocks() == blocks);
  return 0;
}
