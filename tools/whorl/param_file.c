// whorl param dump, load: parameter files, as `--params-file` reads them.
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "commands.h"
#include "param.h"

// --- dump

static void add_name(const char *name, void *arg) { names_add(arg, name); }

// What of a name goes into mappings: "arm." of "arm.length". A parameter "arm" has that place already: then the key is "arm.length".
static size_t mappings_length(const names_t *names, const char *name)
{
  size_t length = 0;
  for (const char *dot; (dot = strchr(name + length, '.')) != NULL; length = (size_t)(dot - name) + 1) {
    char *parent = format_text("%.*s", (int)(dot - name), name);
    const bool taken = names_have(names, parent);
    free(parent);
    if (taken) break;
  }
  return length;
}

// Where the parts end that two names have in common, up to a dot of both.
static size_t common_length(const char *one, const char *other, size_t most)
{
  size_t common = 0;
  for (size_t i = 0; i < most && one[i] == other[i]; i++)
    if (one[i] == '.') common = i + 1;
  return common;
}

static size_t count_parts(const char *name, size_t length)
{
  size_t parts = 0;
  for (size_t i = 0; i < length; i++) parts += name[i] == '.';
  return parts;
}

// Goes from the mappings that hold the last name, so long of it, to those that hold the next one, and writes its key. Names are sorted.
static void go_to(yaml_writer_t *writer, const char *last, size_t last_length, const char *next, size_t next_length)
{
  size_t common = common_length(last, next, last_length < next_length ? last_length : next_length);
  for (size_t i = count_parts(last, last_length); i > count_parts(last, common); i--) yaml_end_mapping(writer);
  const char *part = next + common;
  for (const char *dot; part < next + next_length; part = dot + 1) {
    dot = strchr(part, '.');
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
  size_t last_length = 0;
  yaml_writer_open(&writer, false, stdout);
  yaml_begin_mapping(&writer);
  yaml_put_text(&writer, param->node, strlen(param->node));
  yaml_begin_mapping(&writer);
  yaml_put_plain(&writer, "ros__parameters");
  yaml_begin_mapping(&writer);
  for (size_t i = 0; i < names->count; i++) {
    if (values[i].type == WHORL_PARAMETER_NOT_SET) continue; // a file cannot say so
    size_t length = mappings_length(names, names->at[i]);
    go_to(&writer, last, last_length, names->at[i], length);
    param_put(&writer, &values[i]);
    last = names->at[i];
    last_length = length;
  }
  for (size_t i = count_parts(last, last_length) + 3; i > 0; i--) yaml_end_mapping(&writer);
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
  if (status < 0) return complain("%s", whorl_detail());
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
