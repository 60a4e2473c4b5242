#include "topic.h"

#include <stdlib.h>

#include "listing.h"
#include "qos_options.h"
#include "types.h"

// The one type of the topic; its other ends, which may be found later than the first, are looked for too.
static int wait_for_type(session_t *session, const char *topic, const char *remedy, char **ret_type)
{
  names_t types = {0};
  int code = DONE;
  if (listing_wait_for_types(session, whorl_node_visit_topics, topic, &types)) (void)session_look_around(session);
  names_fini(&types);
  if (session_interrupted(session)) return FAILED;
  listing_types(session, whorl_node_visit_topics, topic, &types);
  if (types.count == 0) {
    code = complain("topic '%s' is not known: nobody publishes or subscribes to it", topic);
  } else if (types.count > 1) {
    char *line = types_line((const char *const *)types.at, types.count);
    code = complain("topic '%s' has several types, %s: %s", topic, remedy, line);
    free(line);
  } else {
    *ret_type = copy_text(types.at[0]);
  }
  names_fini(&types);
  return code;
}

// Nothing of the given type may ever come.
static void compare_types(session_t *session, const char *topic, whorl_message_type_t type)
{
  names_t types = {0};
  char *name = members_name(types_members(type));
  listing_types(session, whorl_node_visit_topics, topic, &types);
  if (types.count > 0 && !names_have(&types, name)) {
    char *line = types_line((const char *const *)types.at, types.count);
    warn("nobody uses topic '%s' with type %s, but with: %s", topic, name, line);
    free(line);
  }
  free(name);
  names_fini(&types);
}

int topic_load_type(session_t *session, const char *topic, const char *given, const char *remedy, whorl_message_type_t *ret_type)
{
  char *type = NULL;
  fault_t fault;
  int code = DONE;
  if (given != NULL)
    type = copy_text(given);
  else
    code = wait_for_type(session, topic, remedy, &type);
  if (code == DONE && !types_load_message(type, ret_type, &fault)) code = complain("%s", fault.text);
  free(type);
  if (code != DONE || given == NULL || qos_is_given(session->arguments)) return code;
  if (!session_look_around(session)) return FAILED; // for what the publishers offer
  compare_types(session, topic, *ret_type);
  return DONE;
}

bool topic_choose_qos(session_t *session, const char *topic, whorl_qos_t *ret_qos, fault_t *fault)
{
  size_t publishers = 0;
  (void)whorl_node_count_publishers(session->node, topic, &publishers);
  whorl_qos_t qos = publishers > 0 ? WHORL_QOS_DEFAULT : WHORL_QOS_SENSOR_DATA;
  qos.depth = 100;
  if (publishers > 0) qos.reliability = WHORL_RELIABILITY_BEST_AVAILABLE;
  if (publishers > 0) qos.durability = WHORL_DURABILITY_BEST_AVAILABLE;
  return qos_read(session->arguments, &qos, ret_qos, fault);
}
