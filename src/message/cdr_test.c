// Against what the real ROS 2 writes and accepts: testdata/.
#include <dirent.h>
#include <dlfcn.h>

#include "message/cdr_test_json.h"

#include "base/memory.h"
#include "message/cdr.h"
#include "message/program.h"
#include "whorl/status.h"

static json_t *load_json(const char *name)
{
  char path[512];
  json_error_t error;
  snprintf(path, sizeof path, "%s/src/message/testdata/%s", WHORL_SOURCE_DIR, name);
  json_t *json = json_load_file(path, JSON_ALLOW_NUL, &error);
  if (json == NULL) fail_msg("%s: %s", path, error.text);
  return json;
}

static json_t *vectors[256];
static size_t vector_count;
static json_t *edges;

// The type by its ROS name, found as a program finds it that does not know its types when it is compiled.
static const whorl__type_t *type_named(const char *name)
{
  char package[64], folder[32], base[128], text[512];
  assert_int_equal(sscanf(name, "%63[^/]/%31[^/]/%127s", package, folder, base), 3);
  snprintf(text, sizeof text, "lib%s__rosidl_typesupport_c.so", package);
  void *library = dlopen(text, RTLD_NOW);
  if (library == NULL) fail_msg("%s", dlerror());
  snprintf(text, sizeof text, "rosidl_typesupport_c__get_message_type_support_handle__%s__%s__%s", package, folder, base);
  whorl_message_type_t (*get)(void) = NULL;
  *(void **)&get = dlsym(library, text);
  if (get == NULL) fail_msg("%s", dlerror());
  const whorl__type_t *type = NULL;
  if (whorl__type_get(get(), &type) < 0) fail_msg("%s: %s", name, whorl_detail());
  return type;
}

static int load(void **state)
{
  (void)state;
  DIR *folder = opendir(WHORL_SOURCE_DIR "/src/message/testdata/vectors");
  assert_non_null(folder);
  for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
    char name[300];
    if (strstr(entry->d_name, ".json") == NULL) continue;
    snprintf(name, sizeof name, "vectors/%s", entry->d_name);
    vectors[vector_count++] = load_json(name);
  }
  closedir(folder);
  edges = load_json("decode_edge.json");
  return 0;
}

static int unload(void **state)
{
  (void)state;
  for (size_t i = 0; i < vector_count; i++) json_decref(vectors[i]);
  json_decref(edges);
  return 0;
}

// One case of a vector, ready to use.
typedef struct example {
  const whorl__type_t *type;
  const json_t *value;
  const char *name;
  uint8_t *bytes;
  size_t size;
} example_t;

// Calls `check` for each case of each vector.
static void for_each_example(void (*check)(const example_t *example))
{
  for (size_t i = 0; i < vector_count; i++) {
    const json_t *cases = json_object_get(vectors[i], "cases");
    const char *type_name = json_string_value(json_object_get(vectors[i], "type"));
    const whorl__type_t *type = type_named(type_name);
    for (size_t k = 0; k < json_array_size(cases); k++) {
      const json_t *json = json_array_get(cases, k);
      char name[256];
      snprintf(name, sizeof name, "%s, case %s", type_name, json_string_value(json_object_get(json, "name")));
      example_t example = {.type = type, .value = json_object_get(json, "value"), .name = name};
      example.size = bytes_from_hex(json_string_value(json_object_get(json, "cdr")), &example.bytes);
      check(&example);
      test_free(example.bytes);
    }
  }
}

// Memory for a native message as the compiler might leave it: zeroed where it owns something, noise everywhere else.
static void *noisy_native(const whorl__type_t *type)
{
  void *native = test_malloc(type->size);
  memset(native, type->fixed_size ? 0xa5 : 0, type->size);
  return native;
}

static void free_native(const whorl__type_t *type, void *native)
{
  whorl__contents_fini(type->program, native);
  test_free(native);
}

static bool equals(const example_t *example, const void *native)
{
  return message_equals_json(example->type->members, example->value, native);
}

static void types_carry_the_names_and_hashes_of_ros(void **state)
{
  (void)state;
  assert_int_equal(vector_count, 149);
  for (size_t i = 0; i < vector_count; i++) {
    const char *name = json_string_value(json_object_get(vectors[i], "type"));
    const whorl__type_t *type = type_named(name);
    assert_string_equal(type->ros_name, name);
    assert_string_equal(type->dds_name, json_string_value(json_object_get(vectors[i], "dds_type")));
    assert_string_equal(type->hash, json_string_value(json_object_get(vectors[i], "type_hash")));
    assert_ptr_equal(type, type_named(name));
  }
}

static void check_encoding(const example_t *example)
{
  void *native = noisy_native(example->type);
  message_from_json(example->type->members, example->value, native);
  size_t size = 0, written = 0;
  assert_int_equal(whorl__cdr_size(example->type, native, &size), WHORL_OK);
  if (size != example->size) fail_msg("%s: size %zu, not %zu", example->name, size, example->size);
  uint8_t *bytes = test_malloc(size);
  memset(bytes, 0xa5, size);
  assert_int_equal(whorl__cdr_encode(example->type, native, bytes, size, &written), WHORL_OK);
  assert_int_equal(written, size);
  if (memcmp(bytes, example->bytes, size) != 0) fail_msg("%s: other bytes", example->name);
  test_free(bytes);
  free_native(example->type, native);
}

static void every_vector_encodes_to_exactly_its_bytes(void **state)
{
  (void)state;
  for_each_example(check_encoding);
}

static void check_small_buffers(const example_t *example)
{
  void *native = noisy_native(example->type);
  message_from_json(example->type->members, example->value, native);
  for (size_t capacity = 0; capacity < example->size && capacity < 400; capacity++) {
    uint8_t *bytes = test_malloc(capacity + 1);
    size_t size = 99;
    assert_int_equal(whorl__cdr_encode(example->type, native, bytes, capacity, &size), WHORL_INVALID_ARGUMENT);
    assert_int_equal(size, 99);
    test_free(bytes); // cmocka looks for bytes written behind the end
  }
  free_native(example->type, native);
}

static void a_buffer_that_is_too_small_is_never_overrun(void **state)
{
  (void)state;
  for_each_example(check_small_buffers);
}

static void check_decoding(const example_t *example)
{
  void *native = noisy_native(example->type);
  if (whorl__cdr_decode(example->type, example->bytes, example->size, native) < 0) fail_msg("%s: %s", example->name, whorl_detail());
  if (!equals(example, native)) fail_msg("%s: other values", example->name);
  assert_int_equal(whorl__cdr_check(example->type, example->bytes, example->size), WHORL_OK);
  free_native(example->type, native);
}

static void every_vector_decodes_to_exactly_its_value(void **state)
{
  (void)state;
  for_each_example(check_decoding);
}

static void a_recycled_message_takes_the_next_value_completely(void **state)
{
  (void)state;
  for (size_t i = 0; i < vector_count; i++) {
    const json_t *cases = json_object_get(vectors[i], "cases");
    const whorl__type_t *type = type_named(json_string_value(json_object_get(vectors[i], "type")));
    void *native = noisy_native(type);
    size_t count = json_array_size(cases);
    uint64_t allocations = 0;
    for (size_t k = 0; k < 4 * count; k++) { // there and back, twice: long after short, short after long
      size_t turn = k % (2 * count), index = turn < count ? turn : 2 * count - 1 - turn;
      const json_t *json = json_array_get(cases, index);
      example_t example = {.type = type, .value = json_object_get(json, "value")};
      example.size = bytes_from_hex(json_string_value(json_object_get(json, "cdr")), &example.bytes);
      if (k == 2 * count) allocations = whorl__contents_allocations();
      assert_int_equal(whorl__cdr_decode(type, example.bytes, example.size, native), WHORL_OK);
      assert_true(equals(&example, native));
      test_free(example.bytes);
    }
    assert_int_equal(whorl__contents_allocations(), allocations); // the second time round everything is there
    free_native(type, native);
  }
}

static void check_truncations(const example_t *example)
{
  void *native = noisy_native(example->type);
  for (size_t size = 0; size < example->size; size++) {
    if (size > 300 && size + 300 < example->size && size % 97 != 0) continue; // the middle of large ones in steps
    uint8_t *bytes = test_malloc(size + 1); // of its own, so that a read behind the end is seen by the sanitizers
    memcpy(bytes, example->bytes, size);
    if (whorl__cdr_decode(example->type, bytes, size, native) != WHORL_MALFORMED) fail_msg("%s, cut to %zu bytes", example->name, size);
    char sentence[256];
    snprintf(sentence, sizeof sentence, "%s", whorl_detail());
    assert_int_equal(whorl__cdr_check(example->type, bytes, size), WHORL_MALFORMED);
    assert_string_equal(whorl_detail(), sentence);
    test_free(bytes);
  }
  assert_int_equal(whorl__cdr_decode(example->type, example->bytes, example->size, native), WHORL_OK); // still good for use
  assert_true(equals(example, native));
  free_native(example->type, native);
}

static void every_truncation_is_malformed(void **state)
{
  (void)state;
  for_each_example(check_truncations);
}

static void check_hostile_counts(const example_t *example)
{
  static const uint32_t COUNTS[] = {0xffffffff, 0x7fffffff, 0x80000000, 0x10000000, 0x00010000, 0x00000100};
  void *native = noisy_native(example->type);
  uint8_t *bytes = test_malloc(example->size);
  for (size_t at = WHORL__CDR_HEADER; at + 4 <= example->size && at < 800; at += 4) {
    for (size_t i = 0; i < sizeof COUNTS / sizeof COUNTS[0]; i++) {
      memcpy(bytes, example->bytes, example->size);
      memcpy(bytes + at, &COUNTS[i], 4);
      (void)whorl__cdr_decode(example->type, bytes, example->size, native);
    }
  }
  // The worst that bytes can justify: four for an empty sequence or string of 24 bytes, and what earlier decodes had left.
  size_t owned = whorl__contents_footprint(example->type->program, native);
  if (owned > 64 * example->size) fail_msg("%s: %zu bytes taken for %zu", example->name, owned, example->size);
  test_free(bytes);
  free_native(example->type, native);
}

static void a_hostile_count_takes_no_memory_that_the_bytes_do_not_justify(void **state)
{
  (void)state;
  for_each_example(check_hostile_counts);
}

static void decoding_accepts_what_ros_accepts(void **state)
{
  (void)state;
  assert_true(json_array_size(edges) > 20);
  for (size_t i = 0; i < json_array_size(edges); i++) {
    const json_t *json = json_array_get(edges, i);
    const char *name = json_string_value(json_object_get(json, "name"));
    bool accepted = json_is_true(json_object_get(json, "accepted"));
    example_t example = {.type = type_named(json_string_value(json_object_get(json, "type"))), .value = json_object_get(json, "value")};
    example.size = bytes_from_hex(json_string_value(json_object_get(json, "cdr")), &example.bytes);
    void *native = noisy_native(example.type);
    int status = whorl__cdr_decode(example.type, example.bytes, example.size, native);
    if (status != (accepted ? WHORL_OK : WHORL_MALFORMED)) fail_msg("%s: %s", name, whorl_status_name(status));
    assert_int_equal(whorl__cdr_check(example.type, example.bytes, example.size), status);
    if (accepted && !equals(&example, native)) fail_msg("%s: other values", name);
    test_free(example.bytes);
    free_native(example.type, native);
  }
}

static void big_endian_wide_strings_are_swapped(void **state)
{
  (void)state;
  const whorl__type_t *type = type_named("test_msgs/msg/WStrings");
  uint8_t *bytes = NULL;
  const char *hex = "00000000"
                    "00000002"
                    "0000006100003042"
                    "00000000"
                    "00000000"
                    "00000000"
                    "00000000"
                    "00000000"
                    "00000000"
                    "00000000"
                    "00000000";
  size_t size = bytes_from_hex(hex, &bytes);
  void *native = noisy_native(type);
  assert_int_equal(whorl__cdr_decode(type, bytes, size, native), WHORL_OK);
  const whorl__sequence_t *string = native; // its first field
  assert_int_equal(string->size, 2);
  assert_memory_equal(string->data, ((const uint16_t[]){0x61, 0x3042, 0}), 6);
  test_free(bytes);
  free_native(type, native);
}

static void a_code_unit_beyond_16_bits_loses_its_upper_half(void **state)
{
  (void)state;
  const whorl__type_t *type = type_named("test_msgs/msg/WStrings");
  uint8_t *bytes = NULL;
  const char *hex = "00010000"
                    "01000000"
                    "61000100"
                    "00000000"
                    "00000000"
                    "00000000"
                    "00000000"
                    "00000000"
                    "00000000"
                    "00000000"
                    "00000000";
  size_t size = bytes_from_hex(hex, &bytes);
  void *native = noisy_native(type);
  assert_int_equal(whorl__cdr_decode(type, bytes, size, native), WHORL_OK);
  assert_memory_equal(((const whorl__sequence_t *)native)->data, ((const uint16_t[]){0x61, 0}), 4);
  test_free(bytes);
  free_native(type, native);
}

static void a_sequence_above_its_bound_is_malformed(void **state)
{
  (void)state;
  const whorl__type_t *type = type_named("test_msgs/msg/BoundedPlainSequences");
  for (size_t count = 3; count <= 4; count++) {
    bool values[4] = {true, false, true, true};
    void *native = noisy_native(type), *decoded = noisy_native(type);
    whorl__sequence_t *sequence = native; // its first field, bool[<=3]
    *sequence = (whorl__sequence_t){values, count, count};
    uint8_t bytes[512];
    size_t size = 0;
    assert_int_equal(whorl__cdr_encode(type, native, bytes, sizeof bytes, &size), WHORL_OK); // not looked at when sending, as in ROS
    assert_int_equal(whorl__cdr_decode(type, bytes, size, decoded), count == 3 ? WHORL_OK : WHORL_MALFORMED);
    *sequence = (whorl__sequence_t){0};
    free_native(type, native);
    free_native(type, decoded);
  }
}

static void a_malformed_field_is_named_with_its_place(void **state)
{
  (void)state;
  const whorl__type_t *type = type_named("std_msgs/msg/Header");
  uint8_t *bytes = NULL;
  size_t size = bytes_from_hex("000100000100000002000000ff000000", &bytes);
  void *native = noisy_native(type);
  assert_int_equal(whorl__cdr_decode(type, bytes, size, native), WHORL_MALFORMED);
  assert_string_equal(whorl_detail(), "std_msgs/msg/Header: field 'frame_id' at byte 16: a string that is longer than the message");
  test_free(bytes);
  free_native(type, native);
}

static void check_copy(const example_t *example)
{
  void *from = noisy_native(example->type), *to = noisy_native(example->type);
  message_from_json(example->type->members, example->value, from);
  assert_int_equal(whorl__type_copy(example->type, from, to), WHORL_OK);
  free_native(example->type, from); // the copy owns what it has
  assert_true(equals(example, to));
  free_native(example->type, to);
}

static void a_copy_is_deep_and_equal(void **state)
{
  (void)state;
  for_each_example(check_copy);
}

// Runs decode (or copy, when `from` is given) with the first allocation failing, then the second, ... until none does.
static void fail_in_turn(const example_t *example, const void *from)
{
  void *native = noisy_native(example->type);
  for (uint64_t nth = 1;; nth++) {
    if (nth > 40) nth += nth / 3; // long arrays of strings: not every one
    whorl__contents_fini(example->type->program, native);
    whorl__contents_fail_at(nth);
    int status = from != NULL ? whorl__type_copy(example->type, from, native)
                              : whorl__cdr_decode(example->type, example->bytes, example->size, native);
    whorl__contents_fail_at(0);
    if (status == WHORL_OK) break;
    assert_int_equal(status, WHORL_NO_MEMORY);
    if (nth % 2 == 0)
      assert_int_equal(whorl__cdr_decode(example->type, example->bytes, example->size, native), WHORL_OK); // usable as it is
  }
  assert_true(equals(example, native));
  free_native(example->type, native);
}

static void check_allocation_failures(const example_t *example)
{
  void *from = noisy_native(example->type);
  message_from_json(example->type->members, example->value, from);
  fail_in_turn(example, NULL);
  fail_in_turn(example, from);
  free_native(example->type, from);
}

static void any_allocation_may_fail(void **state)
{
  (void)state;
  for_each_example(check_allocation_failures);
}

static void strings_and_sequences_that_cannot_be_read_are_malformed(void **state)
{
  (void)state;
  char text[] = {'a', 'b', 'c'};
  const whorl__sequence_t BAD_STRINGS[] = {{NULL, 3, 4}, {text, 3, 3}, {text, 2, 3}, {text, 2, 0}};
  const whorl__type_t *type = type_named("std_msgs/msg/String");
  whorl__sequence_t target = {0};
  uint8_t bytes[64];
  size_t size = 0;
  for (size_t i = 0; i < sizeof BAD_STRINGS / sizeof BAD_STRINGS[0]; i++) {
    assert_int_equal(whorl__cdr_size(type, &BAD_STRINGS[i], &size), WHORL_MALFORMED);
    assert_int_equal(whorl__cdr_encode(type, &BAD_STRINGS[i], bytes, sizeof bytes, &size), WHORL_MALFORMED);
    assert_int_equal(whorl__type_copy(type, &BAD_STRINGS[i], &target), WHORL_MALFORMED);
  }
  assert_int_equal(size, 0);
  type = type_named("example_interfaces/action/Fibonacci_Result");
  const whorl__sequence_t no_memory = {NULL, 1, 1}, endless = {text, (size_t)1 << 31, (size_t)1 << 31};
  assert_int_equal(whorl__cdr_size(type, &no_memory, &size), WHORL_MALFORMED);
  assert_int_equal(whorl__type_copy(type, &no_memory, &target), WHORL_MALFORMED);
  assert_int_equal(whorl__cdr_size(type, &endless, &size), WHORL_LIMIT_EXCEEDED);
}

static void zeroed_memory_is_an_empty_message(void **state)
{
  (void)state;
  const whorl__type_t *type = type_named("std_msgs/msg/String");
  const whorl__sequence_t zeroed = {0};
  uint8_t bytes[16];
  size_t size = 0;
  assert_int_equal(whorl__cdr_encode(type, &zeroed, bytes, sizeof bytes, &size), WHORL_OK);
  assert_int_equal(size, 9);
  assert_memory_equal(bytes, ((const uint8_t[]){0, 1, 0, 0, 1, 0, 0, 0, 0}), 9);
}

static void contiguous_numbers_are_one_step(void **state)
{
  (void)state;
  assert_true(type_named("geometry_msgs/msg/PoseWithCovariance")->program->plain);
  assert_int_equal(type_named("sensor_msgs/msg/Imu")->program->step_count, 3); // stamp, frame_id, all the doubles
  assert_int_equal(type_named("test_msgs/msg/BasicTypes")->program->step_count, 5);
  assert_true(type_named("geometry_msgs/msg/PoseArray")->program->steps[2].nested->plain);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(types_carry_the_names_and_hashes_of_ros),
      cmocka_unit_test(every_vector_encodes_to_exactly_its_bytes),
      cmocka_unit_test(a_buffer_that_is_too_small_is_never_overrun),
      cmocka_unit_test(every_vector_decodes_to_exactly_its_value),
      cmocka_unit_test(a_recycled_message_takes_the_next_value_completely),
      cmocka_unit_test(every_truncation_is_malformed),
      cmocka_unit_test(a_hostile_count_takes_no_memory_that_the_bytes_do_not_justify),
      cmocka_unit_test(decoding_accepts_what_ros_accepts),
      cmocka_unit_test(big_endian_wide_strings_are_swapped),
      cmocka_unit_test(a_code_unit_beyond_16_bits_loses_its_upper_half),
      cmocka_unit_test(a_sequence_above_its_bound_is_malformed),
      cmocka_unit_test(a_malformed_field_is_named_with_its_place),
      cmocka_unit_test(a_copy_is_deep_and_equal),
      cmocka_unit_test(any_allocation_may_fail),
      cmocka_unit_test(strings_and_sequences_that_cannot_be_read_are_malformed),
      cmocka_unit_test(zeroed_memory_is_an_empty_message),
      cmocka_unit_test(contiguous_numbers_are_one_step),
  };
  return cmocka_run_group_tests(tests, load, unload);
}
