#include "param.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "nodes.h"
#include "yaml_out.h"

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
