// whorl param dump, load: parameter files, as `--params-file` reads them.
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "commands.h"
#include "param.h"

// --- dump

static void add_name(const char *name, void *arg) { names_add(arg, name); }

// The parts of a name that two names have in common, up to a dot of both: "arm." of "arm.length" and "arm.name".
static size_t common_parts(const char *one, const char *other)
{
  size_t common = 0;
  for (size_t i = 0; one[i] != '\0' && one[i] == other[i]; i++)
    if (one[i] == '.') common = i + 1;
  return common;
}

static size_t count_parts(const char *name, size_t length)
{
  size_t parts = 0;
  for (size_t i = 0; i < length; i++) parts += name[i] == '.';
  return parts;
}

// Goes from the mapping that holds the last name to the one that holds the next one, and writes its key. Names are sorted; one is never the beginning of another up to a dot, which no mapping could hold.
static void go_to(yaml_writer_t *writer, const char *last, const char *next)
{
  size_t common = common_parts(last, next);
  for (size_t i = count_parts(last, strlen(last)); i > count_parts(last, common); i--) yaml_end_mapping(writer);
  const char *part = next + common;
  for (const char *dot; (dot = strchr(part, '.')) != NULL; part = dot + 1) {
    char *key = format_text("%.*s", (int)(dot - part), part);
    yaml_put_text(writer, key, strlen(key));
    free(key);
    yaml_begin_mapping(writer);
  }
  yaml_put_text(writer, part, strlen(part));
}

static void print_all(const param_t *param, const names_t *names, const whorl_parameter_value_t *values)
{
  yaml_writer_t writer;
  const char *last = "";
  yaml_writer_open(&writer, false, stdout);
  yaml_begin_mapping(&writer);
  yaml_put_text(&writer, param->node, strlen(param->node));
  yaml_begin_mapping(&writer);
  yaml_put_plain(&writer, "ros__parameters");
  yaml_begin_mapping(&writer);
  for (size_t i = 0; i < names->count; i++) {
    if (values[i].type == WHORL_PARAMETER_NOT_SET) continue; // a file cannot say so
    go_to(&writer, last, names->at[i]);
    param_put(&writer, &values[i]);
    last = names->at[i];
  }
  for (size_t i = count_parts(last, strlen(last)) + 3; i > 0; i--) yaml_end_mapping(&writer);
  yaml_writer_close(&writer);
}

static int dump(param_t *param)
{
  names_t names = {0};
  int status = whorl_parameter_client_list(param->client, NULL, 0, 0, add_name, &names);
  if (status >= 0) {
    names_sort(&names);
    whorl_parameter_value_t *values = must(calloc(names.count + 1, sizeof *values));
    if (names.count > 0) status = whorl_parameter_client_get(param->client, (const char *const *)names.at, names.count, values);
    if (status >= 0) print_all(param, &names, values);
    for (size_t i = 0; i < names.count; i++) whorl_parameter_value_fini(&values[i]);
    free(values);
  }
  names_fini(&names);
  return status;
}

static int run_dump(const arguments_t *arguments) { return param_run(arguments, dump); }

const command_t PARAM_DUMP = {
    .group = "param",
    .name = "dump",
    .words = "NODE",
    .summary = "prints a node's parameters as a parameter file",
    .lists = {PARAM_OPTIONS, ANSWER_OPTIONS},
    .run = run_dump,
};

// --- load

typedef struct load {
  param_t *param;
  int code; // of the first one that failed
  size_t count;
} load_t;

static void set_one(const char *name, const whorl_parameter_value_t *value, void *arg)
{
  load_t *load = arg;
  if (load->code < 0) return; // the node does not answer any more
  load->count++;
  int code = param_set_read(load->param, name, value);
  if (code == DONE)
    printf("Set parameter %s successful\n", name);
  else
    load->code = code;
}

static int load(param_t *param)
{
  const char *path = arguments_word(param->session->arguments, 1);
  load_t load = {.param = param};
  int status = whorl_parameter_file_visit(path, param->node, set_one, &load);
  if (status == WHORL_MALFORMED) return complain("%s", whorl_detail());
  if (status < 0) return complain_status(status, path);
  if (load.count == 0) return complain("%s has no parameters for %s", path, param->node);
  return load.code;
}

static int run_load(const arguments_t *arguments) { return param_run(arguments, load); }

const command_t PARAM_LOAD = {
    .group = "param",
    .name = "load",
    .words = "NODE FILE",
    .summary = "sets the parameters that a parameter file has for a node",
    .lists = {PARAM_OPTIONS, ANSWER_OPTIONS},
    .run = run_load,
};
