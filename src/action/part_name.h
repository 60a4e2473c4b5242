// The names of an action's parts.
#ifndef WHORL_ACTION_PART_NAME_H
#define WHORL_ACTION_PART_NAME_H

enum { WHORL__ACTION_PART_SIZE = 300 };
typedef struct whorl__action_part_name {
  char text[WHORL__ACTION_PART_SIZE];
} whorl__action_part_name_t;
whorl__action_part_name_t whorl__action_part_name(const char *action, const char *part); // "/fibonacci/_action/<part>"

#endif
