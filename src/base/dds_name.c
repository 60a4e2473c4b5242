#include "base/dds_name.h"

#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "whorl/status.h"

static const char *const prefixes[] = {"rt", "rq", "rr"};
static const char *const suffixes[] = {"", "Request", "Reply"};

static int check_fit(int length, size_t size, const char *name)
{
  if (length >= 0 && (size_t)length < size) return WHORL_OK;
  return whorl__fail(WHORL_LIMIT_EXCEEDED, "'%.100s' is too long for a DDS name", name);
}

static bool ends_with(const char *text, size_t length, const char *end)
{
  size_t end_length = strlen(end);
  return length >= end_length && memcmp(text + length - end_length, end, end_length) == 0;
}

int whorl__dds_topic_name(whorl__dds_topic_kind_t kind, const char *ros_name, bool avoid_prefix, char *ret_name, size_t size)
{
  const char *prefix = avoid_prefix ? "" : prefixes[kind];
  WHORL_TRY(check_fit(snprintf(NULL, 0, "%s%s%s", prefix, ros_name, suffixes[kind]), size, ros_name));
  snprintf(ret_name, size, "%s%s%s", prefix, ros_name, suffixes[kind]);
  return WHORL_OK;
}

int whorl__dds_topic_parse(const char *dds_name, whorl__dds_topic_kind_t *ret_kind, char *ret_ros_name, size_t size)
{
  size_t length = strlen(dds_name);
  if (length < 3 || dds_name[2] != '/') return whorl__fail_plain(WHORL_NOT_FOUND);
  int kind = WHORL__DDS_TOPIC;
  while (kind <= WHORL__DDS_REPLY && memcmp(dds_name, prefixes[kind], 2) != 0) kind++;
  if (kind > WHORL__DDS_REPLY) return whorl__fail_plain(WHORL_NOT_FOUND);
  size_t end = length;
  if (kind != WHORL__DDS_TOPIC) {
    // rmw looks for either suffix, whatever the prefix was.
    const char *suffix = ends_with(dds_name, length, "Request") ? "Request" : "Reply";
    if (!ends_with(dds_name, length, suffix)) return whorl__fail_plain(WHORL_NOT_FOUND);
    end -= strlen(suffix);
  }
  WHORL_TRY(check_fit((int)(end - 2), size, dds_name));
  memcpy(ret_ros_name, dds_name + 2, end - 2);
  ret_ros_name[end - 2] = '\0';
  *ret_kind = (whorl__dds_topic_kind_t)kind;
  return WHORL_OK;
}

// Copies with every `from` replaced by `to`; NULL as the target only measures.
static size_t replace(const char *text, size_t length, const char *from, const char *to, char *target)
{
  size_t written = 0, from_length = strlen(from), to_length = strlen(to);
  for (size_t at = 0; at < length;) {
    bool hit = at + from_length <= length && memcmp(text + at, from, from_length) == 0;
    if (target != NULL) memcpy(target + written, hit ? to : text + at, hit ? to_length : 1);
    written += hit ? to_length : 1;
    at += hit ? from_length : 1;
  }
  return written;
}

int whorl__dds_type_name(const char *ros_type, char *ret_name, size_t size)
{
  const char *slash = strrchr(ros_type, '/');
  if (slash == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "'%.100s' is not the name of a ROS type", ros_type);
  size_t space = replace(ros_type, (size_t)(slash - ros_type), "/", "::", NULL);
  WHORL_TRY(check_fit((int)space + snprintf(NULL, 0, "::dds_::%s_", slash + 1), size, ros_type));
  replace(ros_type, (size_t)(slash - ros_type), "/", "::", ret_name);
  snprintf(ret_name + space, size - space, "::dds_::%s_", slash + 1);
  return WHORL_OK;
}

int whorl__dds_type_parse(const char *dds_type, char *ret_ros_type, size_t size)
{
  static const char middle[] = "dds_::";
  const char *found = strstr(dds_type, middle);
  size_t length = strlen(dds_type);
  if (found == NULL || dds_type[length - 1] != '_') return whorl__fail_plain(WHORL_NOT_FOUND);
  const char *name = found + strlen(middle);
  if (name >= dds_type + length) return whorl__fail_plain(WHORL_NOT_FOUND); // the underscore belongs to the middle
  size_t name_length = (size_t)(dds_type + length - 1 - name);
  size_t space = replace(dds_type, (size_t)(found - dds_type), "::", "/", NULL);
  WHORL_TRY(check_fit((int)(space + name_length), size, dds_type));
  replace(dds_type, (size_t)(found - dds_type), "::", "/", ret_ros_type);
  memcpy(ret_ros_type + space, name, name_length);
  ret_ros_type[space + name_length] = '\0';
  return WHORL_OK;
}
