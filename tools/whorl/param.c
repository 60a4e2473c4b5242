#include "param.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "nodes.h"
#include "yaml_out.h"

const option_t PARAM_OPTIONS[] = {
    {"include-hidden-nodes", 0, NULL, NULL}, // a node that is named is found without it
    {NULL, 0, NULL, NULL},
};

typedef struct run {
  param_body_t body;
  int64_t limit_ns;
} run_t;

static int in_session(session_t *session)
{
  const run_t *run = session->arg;
  param_t param = {.session = session, .node = nodes_wait_for(session, arguments_word(session->arguments, 0))};
  if (param.node == NULL) return FAILED;
  int code = whorl_parameter_client_create(session->node, param.node, &param.client);
  if (code >= 0) {
    whorl_timeout_t timeout;
    whorl_timeout_open(&timeout, run->limit_ns);
    code = whorl_timeout_close(&timeout, run->body(&param));
  }
  if (code < 0) code = session_interrupted(session) ? FAILED : answer_complain(param.node, code, run->limit_ns);
  free(param.node);
  return code;
}

int param_run(const arguments_t *arguments, param_body_t body)
{
  run_t run = {.body = body};
  int code = answer_limit(arguments, &run.limit_ns);
  return code == DONE ? session_run(arguments, in_session, &run) : code;
}

// --- setting

int param_set(param_t *param, const char *name, const whorl_parameter_value_t *value)
{
  const whorl_parameter_t parameter = {.name = name, .value = *value};
  int status = whorl_parameter_client_set(param->client, &parameter, 1, NULL);
  return status == WHORL_REJECTED ? complain("%s", whorl_detail()) : status;
}

static int set_empty(param_t *param, const char *name, whorl_parameter_type_t type)
{
  if (type < WHORL_PARAMETER_BYTE_ARRAY)
    return complain("%s: an empty list does not say of what, and %s has no array of that name", name, param->node);
  const whorl_parameter_value_t empty = whorl_parameter_of(type, 0);
  return param_set(param, name, &empty);
}

static int set_bytes(param_t *param, const char *name, const whorl_parameter_value_t *value)
{
  uint8_t *bytes = must(malloc(value->count));
  int code = DONE;
  for (size_t i = 0; i < value->count && code == DONE; i++) {
    bytes[i] = (uint8_t)value->integers[i];
    if (bytes[i] != value->integers[i]) code = complain("%s: %" PRId64 " is no byte", name, value->integers[i]);
  }
  const whorl_parameter_value_t array = whorl_parameter_bytes(bytes, value->count);
  if (code == DONE) code = param_set(param, name, &array);
  free(bytes);
  return code;
}

int param_set_read(param_t *param, const char *name, const whorl_parameter_value_t *value)
{
  whorl_parameter_type_t type = WHORL_PARAMETER_NOT_SET;
  const bool empty = value->type == WHORL_PARAMETER_NOT_SET, numbers = value->type == WHORL_PARAMETER_INTEGER_ARRAY;
  int status = empty || numbers ? whorl_parameter_client_get_types(param->client, &name, 1, &type) : WHORL_OK;
  if (status < 0 && status != WHORL_NOT_FOUND) return status;
  if (empty) return set_empty(param, name, type);
  return numbers && type == WHORL_PARAMETER_BYTE_ARRAY ? set_bytes(param, name, value) : param_set(param, name, value);
}

// --- values as YAML

static void put_integer(yaml_writer_t *writer, int64_t value)
{
  char text[YAML_NUMBER_SIZE];
  snprintf(text, sizeof text, "%" PRId64, value);
  yaml_put_plain(writer, text);
}

static void put_double(yaml_writer_t *writer, double value)
{
  char text[YAML_NUMBER_SIZE];
  yaml_real(value, false, text);
  yaml_put_plain(writer, text);
}

static void put_bool(yaml_writer_t *writer, bool value) { yaml_put_plain(writer, value ? "true" : "false"); }

static void put_string(yaml_writer_t *writer, const char *text)
{
  if (text == NULL) text = "";
  yaml_put_text(writer, text, strlen(text));
}

static void put_element(yaml_writer_t *writer, const whorl_parameter_value_t *value, size_t index)
{
  switch (value->type) {
  case WHORL_PARAMETER_BYTE_ARRAY: put_integer(writer, value->bytes[index]); break;
  case WHORL_PARAMETER_BOOL_ARRAY: put_bool(writer, value->booleans[index]); break;
  case WHORL_PARAMETER_INTEGER_ARRAY: put_integer(writer, value->integers[index]); break;
  case WHORL_PARAMETER_DOUBLE_ARRAY: put_double(writer, value->numbers[index]); break;
  default: put_string(writer, value->texts[index]); break;
  }
}

void param_put(yaml_writer_t *writer, const whorl_parameter_value_t *value)
{
  switch (value->type) {
  case WHORL_PARAMETER_NOT_SET: yaml_put_plain(writer, "null"); return;
  case WHORL_PARAMETER_BOOL: put_bool(writer, value->boolean); return;
  case WHORL_PARAMETER_INTEGER: put_integer(writer, value->integer); return;
  case WHORL_PARAMETER_DOUBLE: put_double(writer, value->number); return;
  case WHORL_PARAMETER_STRING: put_string(writer, value->text); return;
  default: break;
  }
  yaml_begin_sequence(writer);
  for (size_t i = 0; i < value->count; i++) put_element(writer, value, i);
  yaml_end_sequence(writer);
}

char *param_text(const whorl_parameter_value_t *value)
{
  if (value->type == WHORL_PARAMETER_STRING) return copy_text(value->text != NULL ? value->text : "");
  char *text = NULL;
  size_t size = 0;
  FILE *memory = must(open_memstream(&text, &size));
  yaml_writer_t writer;
  yaml_writer_open(&writer, true, memory);
  param_put(&writer, value);
  yaml_writer_close(&writer);
  fclose(memory);
  text[strcspn(text, "\n")] = '\0';
  return text;
}
