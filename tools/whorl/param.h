// What the commands about another node's parameters share.
#ifndef TOOL_PARAM_H
#define TOOL_PARAM_H

#include <whorl/parameter_client.h>

#include "session.h"
#include "yaml_writer.h"

typedef struct param {
  session_t *session;
  whorl_parameter_client_t client;
  char *node; // full name
} param_t;

extern const option_t PARAM_OPTIONS[]; // ros2's

// Waits for the node that the first word names, and runs the body within --timeout. The body returns an exit code, or the status of a call that failed, which is complained of.
typedef int (*param_body_t)(param_t *param);
int param_run(const arguments_t *arguments, param_body_t body);

// Sets one parameter, or deletes it (not set). DONE, FAILED after a complaint, or the status of a call that failed.
int param_set(param_t *param, const char *name, const whorl_parameter_value_t *value);
// The same of what YAML gave: an empty list, or one of whole numbers, becomes what the parameter is an array of. YAML cannot say that it is empty strings, or bytes.
int param_set_read(param_t *param, const char *name, const whorl_parameter_value_t *value);

void param_put(yaml_writer_t *writer, const whorl_parameter_value_t *value);
char *param_text(const whorl_parameter_value_t *value); // in one line: a string as it is, anything else as YAML; the caller's to free

#endif
