// How ROS names look in DDS, and back. As rmw_cyclonedds writes them: topics with a prefix for their kind, types with "dds_" in the middle.
#ifndef WHORL_BASE_DDS_NAME_H
#define WHORL_BASE_DDS_NAME_H

#include <stdbool.h>
#include <stddef.h>

typedef enum whorl__dds_topic_kind {
  WHORL__DDS_TOPIC,   // "/chatter": "rt/chatter"
  WHORL__DDS_REQUEST, // "/switch": "rq/switchRequest"
  WHORL__DDS_REPLY,   // "/switch": "rr/switchReply"
} whorl__dds_topic_kind_t;

enum { WHORL__DDS_NAME_SIZE = 264 }; // of a topic: the longest full name with prefix, suffix and NUL

// `avoid_prefix`: QoS avoid_ros_namespace_conventions, which drops the prefix and keeps the suffix. LIMIT_EXCEEDED when it does not fit.
int whorl__dds_topic_name(whorl__dds_topic_kind_t kind, const char *ros_name, bool avoid_prefix, char *ret_name, size_t size);
// The way back. NOT_FOUND (no sentence): not a ROS name, the ROS graph does not show it.
int whorl__dds_topic_parse(const char *dds_name, whorl__dds_topic_kind_t *ret_kind, char *ret_ros_name, size_t size);

// "std_msgs/msg/String": "std_msgs::msg::dds_::String_". INVALID_ARGUMENT when there is no slash in it.
int whorl__dds_type_name(const char *ros_type, char *ret_name, size_t size);
// The way back. NOT_FOUND: not a ROS type; tools show such a name as it is.
int whorl__dds_type_parse(const char *dds_type, char *ret_ros_type, size_t size);

#endif
