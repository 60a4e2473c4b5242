#include "base/arguments.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/detail.h"
#include "base/log_line.h"
#include "base/memory.h"
#include "base/name.h"
#include "base/overrides_yaml.h"
#include "whorl/status.h"

// The rows with a zeroed one behind them, for the caller to keep and count; NULL: no memory, the old ones are still there.
static void *one_more(void *rows, size_t count, size_t size)
{
  char *grown = whorl__realloc(rows, (count + 1) * size);
  if (grown != NULL) memset(grown + count * size, 0, size);
  return grown;
}

static int no_memory(void) { return whorl__fail(WHORL_NO_MEMORY, "no memory for the arguments"); }

// --- one value each

static int add_remap(whorl__arguments_t *self, const char *text, int index)
{
  (void)index;
  whorl__remap_rule_t rule;
  WHORL_TRY(whorl__remap_parse(text, &rule));
  whorl__remap_rule_t *rows = one_more(self->remaps.rows, self->remaps.count, sizeof *rows);
  if (rows == NULL) {
    whorl__remap_rule_fini(&rule);
    return no_memory();
  }
  self->remaps.rows = rows;
  rows[self->remaps.count++] = rule;
  return WHORL_OK;
}

static int check_parameter_name(const char *name, size_t length)
{
  if (length == 0) return whorl__fail(WHORL_INVALID_NAME, "the parameter's name is empty");
  for (size_t i = 0; i < length; i++)
    if ((unsigned char)name[i] <= ' ' || strchr(":{}[]", name[i]) != NULL)
      return whorl__fail(WHORL_INVALID_NAME, "parameter name '%.*s' is invalid at %zu", length > 64 ? 64 : (int)length, name, i);
  return WHORL_OK;
}

static int add_parameter(whorl__arguments_t *self, const char *text, int index)
{
  const char *separator = strstr(text, ":=");
  if (separator == NULL) return whorl__fail(WHORL_INVALID_ARGUMENT, "no ':=' in it");
  size_t prefix = whorl__remap_node_prefix(text);
  const char *name = prefix > 0 ? text + prefix + 1 : text;
  size_t length = (size_t)(separator - name);
  WHORL_TRY(check_parameter_name(name, length));
  whorl__parameter_argument_t *rows = one_more(self->parameters, self->parameter_count, sizeof *rows);
  if (rows == NULL) return no_memory();
  self->parameters = rows;
  whorl__parameter_argument_t *row = &rows[self->parameter_count++];
  row->argument = index;
  if (prefix > 0 && (row->node = whorl__alloc(prefix + 1)) == NULL) return no_memory();
  if (prefix > 0) memcpy(row->node, text, prefix);
  if ((row->name = whorl__alloc(length + 1)) == NULL || (row->value = whorl__strdup(separator + 2)) == NULL) return no_memory();
  memcpy(row->name, name, length);
  return WHORL_OK;
}

static int add_parameter_file(whorl__arguments_t *self, const char *text, int index)
{
  if (text[0] == '\0') return whorl__fail(WHORL_INVALID_ARGUMENT, "it is empty");
  whorl__file_argument_t *rows = one_more(self->parameter_files, self->parameter_file_count, sizeof *rows);
  if (rows == NULL) return no_memory();
  self->parameter_files = rows;
  whorl__file_argument_t *row = &rows[self->parameter_file_count++];
  row->argument = index;
  row->path = whorl__strdup(text);
  return row->path != NULL ? WHORL_OK : no_memory();
}

static int parse_level(const char *text, int *ret_level)
{
  for (int level = WHORL_SEVERITY_UNSET; level <= WHORL_SEVERITY_FATAL; level += WHORL_SEVERITY_DEBUG) {
    if (strcasecmp(text, whorl__log_severity_name((whorl_severity_t)level)) != 0) continue;
    *ret_level = level;
    return WHORL_OK;
  }
  return whorl__fail(WHORL_INVALID_ARGUMENT, "'%.40s' is none of debug, info, warn, error, fatal, unset", text);
}

static int add_log_level(whorl__arguments_t *self, const char *text, int index)
{
  (void)index;
  int level = 0;
  const char *separator = strstr(text, ":=");
  WHORL_TRY(parse_level(separator != NULL ? separator + 2 : text, &level));
  if (separator == text) return whorl__fail(WHORL_INVALID_ARGUMENT, "the logger's name is empty");
  whorl__log_argument_t *rows = one_more(self->log_levels, self->log_level_count, sizeof *rows);
  if (rows == NULL) return no_memory();
  self->log_levels = rows;
  whorl__log_argument_t *row = &rows[self->log_level_count++];
  row->level = level;
  if (separator == NULL) return WHORL_OK;
  row->logger = whorl__alloc((size_t)(separator - text) + 1);
  if (row->logger == NULL) return no_memory();
  memcpy(row->logger, text, (size_t)(separator - text));
  return WHORL_OK;
}

static int set_text(char **field, const char *text)
{
  char *copy = whorl__strdup(text);
  if (copy == NULL) return no_memory();
  whorl__free(*field);
  *field = copy;
  return WHORL_OK;
}

static int set_enclave(whorl__arguments_t *self, const char *text, int index)
{
  (void)index;
  WHORL_TRY(whorl__name_check(WHORL__NAME_ENCLAVE, text));
  return set_text(&self->enclave, text);
}

static int set_log_config_file(whorl__arguments_t *self, const char *text, int index)
{
  (void)index;
  return text[0] != '\0' ? set_text(&self->log_config_file, text) : whorl__fail(WHORL_INVALID_ARGUMENT, "it is empty");
}

static int set_log_file_name(whorl__arguments_t *self, const char *text, int index)
{
  (void)index;
  return text[0] != '\0' ? set_text(&self->log_file_name, text) : whorl__fail(WHORL_INVALID_ARGUMENT, "it is empty");
}

// --- the line

typedef struct flag {
  const char *name, *short_name; // short_name NULL: none
  const char *what;              // its value is
  int (*take)(whorl__arguments_t *self, const char *text, int index);
} flag_t;

static const flag_t flags[] = {
    {"--remap", "-r", "remap rule", add_remap},
    {"--param", "-p", "parameter", add_parameter},
    {"--params-file", NULL, "parameter file", add_parameter_file},
    {"--log-level", NULL, "log level", add_log_level},
    {"--enclave", "-e", "enclave", set_enclave},
    {"--log-config-file", NULL, "log configuration file", set_log_config_file},
    {"--log-file-name", NULL, "log file name", set_log_file_name},
};

static const flag_t *find_flag(const char *text)
{
  for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
    if (strcmp(text, flags[i].name) == 0 || (flags[i].short_name != NULL && strcmp(text, flags[i].short_name) == 0)) return &flags[i];
  return NULL;
}

static bool take_switch(whorl__arguments_t *self, const char *text)
{
  whorl__switch_t value = WHORL__SWITCH_ON;
  if (strncmp(text, "--disable-", 10) == 0) {
    value = WHORL__SWITCH_OFF;
    text += 10;
  } else if (strncmp(text, "--enable-", 9) == 0) {
    text += 9;
  } else {
    return false;
  }
  whorl__switch_t *field = NULL;
  if (strcmp(text, "rosout-logs") == 0) field = &self->rosout_logs;
  if (strcmp(text, "stdout-logs") == 0) field = &self->stdout_logs;
  if (strcmp(text, "external-lib-logs") == 0) field = &self->external_lib_logs;
  if (field != NULL) *field = value;
  return field != NULL;
}

static int take_value(whorl__arguments_t *self, const flag_t *flag, const char *text, int index)
{
  int status = flag->take(self, text, index);
  if (status == WHORL_OK || status == WHORL_NO_MEMORY) return status;
  return whorl__fail(status, "argument %d '%.64s' is no %s: %s", index, text, flag->what, whorl_detail());
}

// Arguments `*index` and following behind --ros-args; leaves `*index` at the last one that it took.
static int take(whorl__arguments_t *self, int argc, const char *const *argv, int *index)
{
  const char *text = argv[*index];
  const flag_t *flag = find_flag(text);
  if (flag != NULL && (*index + 1 >= argc || argv[*index + 1] == NULL))
    return whorl__fail(WHORL_INVALID_ARGUMENT, "argument %d '%s' is the last one: no %s behind it", *index, text, flag->what);
  if (flag != NULL) {
    ++*index;
    return take_value(self, flag, argv[*index], *index);
  }
  if (take_switch(self, text)) return WHORL_OK;
  return whorl__fail(WHORL_INVALID_ARGUMENT, "argument %d '%.64s' stands behind --ros-args but is no ROS argument", *index, text);
}

int whorl__arguments_parse(int argc, const char *const *argv, whorl__arguments_t **ret_arguments)
{
  whorl__arguments_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return no_memory();
  int status = WHORL_OK;
  bool ros = false;
  for (int i = 0; status == WHORL_OK && i < argc; i++) {
    if (argv[i] == NULL) continue;
    if (strcmp(argv[i], "--ros-args") == 0)
      ros = true;
    else if (ros && strcmp(argv[i], "--") == 0)
      ros = false;
    else if (ros)
      status = take(self, argc, argv, &i);
  }
  if (status < 0) {
    whorl__arguments_free(self);
    return status;
  }
  *ret_arguments = self;
  return WHORL_OK;
}

static int read_file(whorl__arguments_t *self, const whorl__file_argument_t *file)
{
  int status = whorl__yaml_read_file(file->path, &self->overrides);
  if (status == WHORL_OK || status == WHORL_NO_MEMORY) return status;
  return whorl__fail(status, "argument %d: %s", file->argument, whorl_detail()); // which has the path
}

// A node's name without a namespace is that of the root's, as in rcl; no name at all is every node.
static int read_parameter(whorl__arguments_t *self, const whorl__parameter_argument_t *parameter)
{
  char node[WHORL__NAME_NODE_SIZE + 1] = "/**";
  whorl_parameter_value_t value = {0};
  int status = whorl__yaml_read_value(parameter->value, &value);
  if (status < 0 && status != WHORL_NO_MEMORY)
    return whorl__fail(status, "argument %d: the value of parameter '%.64s' is malformed at %s", parameter->argument, parameter->name,
                       whorl_detail());
  WHORL_TRY(status);
  if (parameter->node != NULL && (status = whorl__name_check(WHORL__NAME_NODE, parameter->node)) < 0) {
    whorl_parameter_value_fini(&value);
    return status;
  }
  if (parameter->node != NULL) snprintf(node, sizeof node, "/%s", parameter->node);
  return whorl__overrides_add(&self->overrides, node, parameter->name, &value);
}

static int read_values(whorl__arguments_t *self)
{
  for (size_t i = 0; i < self->parameter_file_count; i++) WHORL_TRY(read_file(self, &self->parameter_files[i]));
  for (size_t i = 0; i < self->parameter_count; i++) WHORL_TRY(read_parameter(self, &self->parameters[i]));
  return WHORL_OK;
}

int whorl__arguments_load(int argc, const char *const *argv, whorl__arguments_t **ret_arguments)
{
  whorl__arguments_t *self;
  WHORL_TRY(whorl__arguments_parse(argc, argv, &self));
  int status = read_values(self);
  if (status < 0) {
    whorl__arguments_free(self);
    return status;
  }
  *ret_arguments = self;
  return WHORL_OK;
}

void whorl__arguments_free(whorl__arguments_t *self)
{
  if (self == NULL) return;
  for (size_t i = 0; i < self->remaps.count; i++) whorl__remap_rule_fini(&self->remaps.rows[i]);
  for (size_t i = 0; i < self->parameter_count; i++) {
    whorl__free(self->parameters[i].node);
    whorl__free(self->parameters[i].name);
    whorl__free(self->parameters[i].value);
  }
  for (size_t i = 0; i < self->parameter_file_count; i++) whorl__free(self->parameter_files[i].path);
  for (size_t i = 0; i < self->log_level_count; i++) whorl__free(self->log_levels[i].logger);
  whorl__overrides_fini(&self->overrides);
  whorl__free(self->remaps.rows);
  whorl__free(self->parameters);
  whorl__free(self->parameter_files);
  whorl__free(self->log_levels);
  whorl__free(self->enclave);
  whorl__free(self->log_config_file);
  whorl__free(self->log_file_name);
  whorl__free(self);
}

int whorl__arguments_strip(int argc, char **argv)
{
  int count = 0;
  bool ros = false;
  for (int i = 0; i < argc; i++) {
    if (argv[i] != NULL && strcmp(argv[i], "--ros-args") == 0)
      ros = true;
    else if (ros && argv[i] != NULL && strcmp(argv[i], "--") == 0)
      ros = false;
    else if (!ros)
      argv[count++] = argv[i];
  }
  return count;
}
