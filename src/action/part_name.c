#include "action/part_name.h"

#include <stdio.h>

#include "base/name.h"

_Static_assert(WHORL__ACTION_PART_SIZE > WHORL__NAME_TOPIC_SIZE + sizeof "/_action/cancel_goal", "a part's name fits");

whorl__action_part_name_t whorl__action_part_name(const char *action, const char *part)
{
  whorl__action_part_name_t name;
  snprintf(name.text, sizeof name.text, "%s/_action/%s", action, part);
  return name;
}
