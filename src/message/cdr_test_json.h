// For cdr_test.c: messages written as JSON (see testdata/README.md), to native structs and compared with them, by introspection alone.
#ifndef WHORL_MESSAGE_CDR_TEST_JSON_H
#define WHORL_MESSAGE_CDR_TEST_JSON_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>
#include <rosidl_typesupport_introspection_c/field_types.h>

#include "message/contents.h"
#include "message/members.h"

static inline size_t bytes_from_hex(const char *hex, uint8_t **ret_bytes)
{
  size_t size = strlen(hex) / 2;
  uint8_t *bytes = test_malloc(size + 1);
  for (size_t i = 0; i < size; i++) {
    unsigned byte = 0;
    assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
    bytes[i] = (uint8_t)byte;
  }
  *ret_bytes = bytes;
  return size;
}

// Arrays may be written as {"repeat": [pattern], "count": N}.
static inline size_t array_size(const json_t *json)
{
  if (json_is_array(json)) return json_array_size(json);
  return json_array_size(json_object_get(json, "repeat")) * (size_t)json_integer_value(json_object_get(json, "count"));
}

static inline const json_t *array_item(const json_t *json, size_t index)
{
  if (json_is_array(json)) return json_array_get(json, index);
  const json_t *pattern = json_object_get(json, "repeat");
  return json_array_get(pattern, index % json_array_size(pattern));
}

static inline double real_of(const json_t *json)
{
  if (!json_is_string(json)) return json_number_value(json);
  const char *text = json_string_value(json);
  if (strcmp(text, "NaN") == 0) return NAN;
  return strcmp(text, "-Inf") == 0 ? -INFINITY : INFINITY;
}

// The number as it lies in memory.
static inline void number_from_json(const whorl__member_t *member, const json_t *json, void *ret_number)
{
  if (member->type_id_ == rosidl_typesupport_introspection_c__ROS_TYPE_FLOAT) {
    float value = (float)real_of(json);
    memcpy(ret_number, &value, sizeof value);
  } else if (member->type_id_ == rosidl_typesupport_introspection_c__ROS_TYPE_DOUBLE) {
    double value = real_of(json);
    memcpy(ret_number, &value, sizeof value);
  } else {
    uint64_t value = (uint64_t)json_integer_value(json);
    if (json_is_boolean(json)) value = json_is_true(json);
    if (json_is_string(json)) { // 64 bits: too many for a JSON number
      const char *text = json_string_value(json);
      value = text[0] == '-' ? (uint64_t)strtoll(text, NULL, 10) : strtoull(text, NULL, 10);
    }
    memcpy(ret_number, &value, whorl__member_width(member));
  }
}

// UTF-8, known to be valid, to UTF-16. Returns the number of code units.
static inline size_t units_from_text(const char *text, size_t size, uint16_t *ret_units)
{
  size_t count = 0;
  for (size_t i = 0; i < size;) {
    unsigned char first = (unsigned char)text[i];
    unsigned more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
    uint32_t point = more == 0 ? first : first & (0x3fu >> more);
    for (unsigned k = 1; k <= more; k++) point = point << 6 | ((unsigned char)text[i + k] & 0x3fu);
    if (point >= 0x10000) {
      ret_units[count++] = (uint16_t)(0xd800 + ((point - 0x10000) >> 10));
      point = 0xdc00 + ((point - 0x10000) & 0x3ff);
    }
    ret_units[count++] = (uint16_t)point;
    i += more + 1;
  }
  return count;
}

static inline bool is_string(const whorl__member_t *member)
{
  return member->type_id_ == rosidl_typesupport_introspection_c__ROS_TYPE_STRING;
}
static inline bool is_wstring(const whorl__member_t *member)
{
  return member->type_id_ == rosidl_typesupport_introspection_c__ROS_TYPE_WSTRING;
}

static inline void message_from_json(const whorl__members_t *members, const json_t *json, void *native);

static inline void item_from_json(const whorl__member_t *member, const json_t *json, void *item)
{
  whorl__sequence_t *string = item;
  const char *text = json_string_value(json);
  size_t size = json_string_length(json);
  if (member->type_id_ == rosidl_typesupport_introspection_c__ROS_TYPE_MESSAGE) {
    const whorl__members_t *nested = NULL;
    assert_int_equal(whorl__members_nested(member, &nested), 0);
    message_from_json(nested, json, item);
  } else if (is_string(member)) {
    assert_true(whorl__contents_extend(string, size + 1, 1));
    memcpy(string->data, text, size + 1);
    string->size = size;
  } else if (is_wstring(member)) {
    assert_true(whorl__contents_extend(string, size + 1, 2));
    string->size = units_from_text(text, size, string->data);
    ((uint16_t *)string->data)[string->size] = 0;
  } else {
    number_from_json(member, json, item);
  }
}

static inline bool message_equals_json(const whorl__members_t *members, const json_t *json, const void *native);

static inline bool item_equals_json(const whorl__member_t *member, const json_t *json, const void *item)
{
  const whorl__sequence_t *string = item;
  const char *text = json_string_value(json);
  size_t size = json_string_length(json);
  if (member->type_id_ == rosidl_typesupport_introspection_c__ROS_TYPE_MESSAGE) {
    const whorl__members_t *nested = NULL;
    assert_int_equal(whorl__members_nested(member, &nested), 0);
    return message_equals_json(nested, json, item);
  }
  if (is_string(member)) return string->size == size && string->capacity > size && memcmp(string->data, text, size + 1) == 0;
  if (is_wstring(member)) {
    uint16_t *units = test_malloc(2 * (size + 1));
    size_t count = units_from_text(text, size, units);
    units[count] = 0;
    bool equal = string->size == count && string->capacity > count && memcmp(string->data, units, 2 * (count + 1)) == 0;
    test_free(units);
    return equal;
  }
  unsigned char number[8];
  number_from_json(member, json, number);
  return memcmp(item, number, whorl__member_width(member)) == 0;
}

static inline size_t item_size(const whorl__member_t *member)
{
  const whorl__members_t *nested = NULL;
  if (member->type_id_ != rosidl_typesupport_introspection_c__ROS_TYPE_MESSAGE) return whorl__member_width(member);
  assert_int_equal(whorl__members_nested(member, &nested), 0);
  return nested->size_of_;
}

static inline const json_t *member_json(const whorl__member_t *member, const json_t *json)
{
  const json_t *value = json_object_get(json, member->name_);
  if (value == NULL && json_object_size(json) > 0) fail_msg("no value for field %s", member->name_);
  return value; // NULL: the dummy of a message without fields
}

static inline void message_from_json(const whorl__members_t *members, const json_t *json, void *native)
{
  for (uint32_t i = 0; i < members->member_count_; i++) {
    const whorl__member_t *member = &members->members_[i];
    const json_t *value = member_json(member, json);
    unsigned char *place = (unsigned char *)native + member->offset_;
    if (value == NULL) {
      *place = 0;
      continue;
    }
    if (!member->is_array_) {
      item_from_json(member, value, place);
      continue;
    }
    size_t count = array_size(value);
    if (whorl__member_is_sequence(member)) {
      whorl__sequence_t *sequence = (void *)place;
      if (count > 0) assert_true(whorl__contents_extend(sequence, count, item_size(member)));
      sequence->size = count;
      place = sequence->data;
    } else {
      assert_int_equal(count, member->array_size_);
    }
    for (size_t k = 0; k < count; k++) item_from_json(member, array_item(value, k), place + k * item_size(member));
  }
}

static inline bool message_equals_json(const whorl__members_t *members, const json_t *json, const void *native)
{
  for (uint32_t i = 0; i < members->member_count_; i++) {
    const whorl__member_t *member = &members->members_[i];
    const json_t *value = member_json(member, json);
    const unsigned char *place = (const unsigned char *)native + member->offset_;
    if (value == NULL) continue;
    if (!member->is_array_) {
      if (!item_equals_json(member, value, place)) return false;
      continue;
    }
    size_t count = array_size(value);
    if (whorl__member_is_sequence(member)) {
      const whorl__sequence_t *sequence = (const void *)place;
      if (sequence->size != count) return false;
      place = sequence->data;
    }
    for (size_t k = 0; k < count; k++) {
      if (!item_equals_json(member, array_item(value, k), place + k * item_size(member))) return false;
    }
  }
  return true;
}

#endif
