#include <stdio.h>

#include <rosidl_typesupport_introspection_c/identifier.h>
#include <rosidl_typesupport_introspection_c/message_introspection.h>
#include <words_msgs/action/collect.h>
#include <words_msgs/msg/words.h>
#include <words_msgs/srv/find.h>

int main(void)
{
  const rosidl_message_type_support_t *words = ROSIDL_GET_MSG_TYPE_SUPPORT(words_msgs, msg, Words);
  const rosidl_service_type_support_t *find = ROSIDL_GET_SRV_TYPE_SUPPORT(words_msgs, srv, Find);
  const rosidl_action_type_support_t *collect = ROSIDL_GET_ACTION_TYPE_SUPPORT(words_msgs, Collect);
  words = words->func(words, rosidl_typesupport_introspection_c__identifier);
  if (words == NULL || find->func(find, rosidl_typesupport_introspection_c__identifier) == NULL ||
      collect->cancel_service_type_support == NULL)
    return 1;
  const rosidl_typesupport_introspection_c__MessageMembers *members = words->data;
  printf("%s %u\n", members->message_name_, (unsigned)members->member_count_);
  return 0;
}
