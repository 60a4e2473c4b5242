// YAML from anywhere into messages of several types. The sanitizers watch; what is refused must have a sentence, and what is taken must come back the same when it is printed and read again.
#include <stdlib.h>
#include <string.h>

#include <geometry_msgs/msg/pose_stamped.h>
#include <test_msgs/msg/basic_types.h>
#include <test_msgs/msg/bounded_sequences.h>
#include <test_msgs/msg/multi_nested.h>
#include <test_msgs/msg/strings.h>
#include <test_msgs/msg/w_strings.h>
#include <whorl/message.h>

#include "base/fuzz_expect.h"
#include "yaml_in.h"
#include "yaml_out.h"

static const members_t *type_of(uint8_t choice)
{
  switch (choice % 6) {
  case 0: return WHORL_MESSAGE(test_msgs, msg, BasicTypes)->data;
  case 1: return WHORL_MESSAGE(test_msgs, msg, BoundedSequences)->data;
  case 2: return WHORL_MESSAGE(test_msgs, msg, MultiNested)->data;
  case 3: return WHORL_MESSAGE(test_msgs, msg, Strings)->data;
  case 4: return WHORL_MESSAGE(test_msgs, msg, WStrings)->data;
  default: return WHORL_MESSAGE(geometry_msgs, msg, PoseStamped)->data;
  }
}

static yaml_found_t read_one(yaml_in_t *input, const members_t *members, void *message)
{
  stamps_t stamps = {0};
  fault_t fault = {{0}};
  yaml_found_t found = yaml_in_next(input, members, message, &stamps, &fault);
  EXPECT((found == YAML_FAULT) == (fault.text[0] != '\0'));
  if (found == YAML_MESSAGE) stamps_set(&stamps, INT64_C(1700000000000000000));
  stamps_fini(&stamps);
  return found;
}

static void come_back(const members_t *members, const void *message)
{
  char *text = yaml_line(members, message);
  void *again = message_create(members);
  yaml_in_t input;
  yaml_in_open(&input, text, strlen(text));
  EXPECT(read_one(&input, members, again) == YAML_MESSAGE);
  yaml_in_close(&input);
  char *second = yaml_line(members, again);
  EXPECT(strcmp(text, second) == 0);
  free(second);
  free(text);
  message_destroy(members, again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (size == 0) return 0;
  const members_t *members = type_of(data[0]);
  char *text = malloc(size); // of exactly that size: what reads too far is seen
  memcpy(text, data + 1, size - 1);
  yaml_in_t input;
  yaml_in_open(&input, text, size - 1);
  yaml_found_t found;
  do {
    void *message = message_create(members);
    found = read_one(&input, members, message);
    if (found == YAML_MESSAGE) come_back(members, message);
    message_destroy(members, message);
  } while (found == YAML_MESSAGE);
  yaml_in_close(&input);
  free(text);
  return 0;
}
