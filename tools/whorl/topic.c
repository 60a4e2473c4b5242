#include "topic.h"

#include <stdlib.h>
#include <string.h>

#include "types.h"

typedef struct search {
  const char *topic;
  names_t *types;
} search_t;

static void on_topic(const char *name, const char *const *types, size_t type_count, void *arg)
{
  search_t *search = arg;
  if (strcmp(name, search->topic) != 0) return;
  for (size_t i = 0; i < type_count; i++) names_add(search->types, types[i]);
}

void topic_types(session_t *session, const char *topic, names_t *types)
{
  search_t search = {full_name(topic), types};
  (void)whorl_node_visit_topics(session->node, NULL, on_topic, &search);
  free((char *)search.topic);
}

static bool has_type(session_t *session, void *arg)
{
  search_t *search = arg;
  topic_types(session, search->topic, search->types);
  return search->types->count > 0;
}

char *types_line(const char *const *types, size_t count)
{
  char *line = copy_text("");
  for (size_t i = 0; i < count; i++) {
    char *longer = format_text("%s%s%s", line, i > 0 ? ", " : "", types[i]);
    free(line);
    line = longer;
  }
  return line;
}

int topic_wait_for_type(session_t *session, const char *topic, char **ret_type)
{
  names_t types = {0};
  search_t search = {topic, &types};
  int code = DONE;
  if (!session_wait_until(session, has_type, &search)) {
    code = session_interrupted(session) ? FAILED : complain("topic '%s' is not known: nobody publishes or subscribes to it", topic);
  } else if (types.count > 1) {
    char *line = types_line((const char *const *)types.at, types.count);
    code = complain("topic '%s' has several types, name one: %s", topic, line);
    free(line);
  } else {
    *ret_type = copy_text(types.at[0]);
  }
  names_fini(&types);
  return code;
}

int topic_load_type(session_t *session, const char *topic, const char *given, whorl_message_type_t *ret_type)
{
  char *type = NULL;
  fault_t fault;
  int code = DONE;
  if (given != NULL)
    type = copy_text(given);
  else
    code = topic_wait_for_type(session, topic, &type);
  if (code == DONE && !types_load_message(type, ret_type, &fault)) code = complain("%s", fault.text);
  free(type);
  return code;
}
