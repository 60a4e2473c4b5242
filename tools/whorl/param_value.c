// whorl param get, set, delete, describe
#include <inttypes.h>
#include <stdlib.h>

#include "answer.h"
#include "commands.h"
#include "param.h"
#include "yaml_out.h"

// --- get

static const option_t GET_OPTIONS[] = {{"hide-type", 0, NULL, "the value alone"}, {NULL, 0, NULL, NULL}};

static const char *title_of(whorl_parameter_type_t type)
{
  static const char *const titles[] = {"",
                                       "Boolean value is",
                                       "Integer value is",
                                       "Double value is",
                                       "String value is",
                                       "Byte values are",
                                       "Boolean values are",
                                       "Integer values are",
                                       "Double values are",
                                       "String values are"};
  return (size_t)type < sizeof titles / sizeof titles[0] ? titles[type] : "";
}

static int get(param_t *param)
{
  const char *name = arguments_word(param->session->arguments, 1);
  whorl_parameter_value_t value = {0};
  int status = whorl_parameter_client_get(param->client, &name, 1, &value);
  if (status == WHORL_NOT_FOUND || (status >= 0 && value.type == WHORL_PARAMETER_NOT_SET))
    return complain("parameter '%s' of %s is not set", name, param->node);
  if (status < 0) return status;
  char *text = param_text(&value);
  if (arguments_has(param->session->arguments, "hide-type"))
    puts(text);
  else
    printf("%s: %s\n", title_of(value.type), text);
  free(text);
  whorl_parameter_value_fini(&value);
  return DONE;
}

static int run_get(const arguments_t *arguments) { return param_run(arguments, get); }

const command_t PARAM_GET = {
    .group = "param",
    .name = "get",
    .words = "NODE NAME",
    .summary = "prints the value of a parameter",
    .lists = {GET_OPTIONS, PARAM_OPTIONS, ANSWER_OPTIONS},
    .run = run_get,
};

// --- set, delete

static int set(param_t *param)
{
  const arguments_t *arguments = param->session->arguments;
  int code = DONE;
  for (size_t i = 1; i + 1 < arguments->word_count && code == DONE; i += 2) {
    whorl_parameter_value_t value;
    const char *name = arguments->words[i], *text = arguments->words[i + 1];
    if (whorl_parameter_value_parse(text[0] != '\0' ? text : "''", &value) < 0) return complain("%s: %s", name, whorl_detail());
    code = param_set_read(param, name, &value);
    whorl_parameter_value_fini(&value);
    if (code == DONE) puts("Set parameter successful");
  }
  return code;
}

static int run_set(const arguments_t *arguments)
{
  if (arguments->word_count % 2 == 0) return complain_usage("%s has no value", arguments->words[arguments->word_count - 1]);
  return param_run(arguments, set);
}

const command_t PARAM_SET = {
    .group = "param",
    .name = "set",
    .words = "NODE NAME VALUE...",
    .summary = "sets parameters",
    .more = "Values are YAML: 2 is an integer, 2.0 a double, '2' a string, [1, 2] an array. More names with their values may follow.",
    .lists = {PARAM_OPTIONS, ANSWER_OPTIONS},
    .run = run_set,
};

static int erase(param_t *param)
{
  int code = param_set(param, arguments_word(param->session->arguments, 1), &(whorl_parameter_value_t){0});
  if (code == DONE) puts("Deleted parameter successfully");
  return code;
}

static int run_delete(const arguments_t *arguments) { return param_run(arguments, erase); }

const command_t PARAM_DELETE = {
    .group = "param",
    .name = "delete",
    .words = "NODE NAME",
    .summary = "deletes a parameter that may be without a value",
    .lists = {PARAM_OPTIONS, ANSWER_OPTIONS},
    .run = run_delete,
};

// --- describe

static void print_range_of_doubles(const whorl_double_range_t *range)
{
  char from[YAML_NUMBER_SIZE], to[YAML_NUMBER_SIZE], step[YAML_NUMBER_SIZE];
  yaml_real(range->from, false, from);
  yaml_real(range->to, false, to);
  yaml_real(range->step, false, step);
  printf("    Min value: %s\n    Max value: %s\n    Step: %s\n", from, to, step);
}

static void print_descriptor(const char *name, const whorl_parameter_descriptor_t *descriptor)
{
  const whorl_integer_range_t *range = &descriptor->integer_range;
  const bool description = descriptor->description != NULL && descriptor->description[0] != '\0';
  const bool additional = descriptor->additional_constraints != NULL && descriptor->additional_constraints[0] != '\0';
  printf("Parameter name: %s\n  Type: %s\n", name, whorl_parameter_type_name(descriptor->type));
  if (description) printf("  Description: %s\n", descriptor->description);
  printf("  Constraints:\n    Read only: %s\n", descriptor->read_only ? "true" : "false");
  if (descriptor->dynamic_typing) puts("    Dynamic typing: true");
  if (descriptor->has_integer_range)
    printf("    Min value: %" PRId64 "\n    Max value: %" PRId64 "\n    Step: %" PRIu64 "\n", range->from, range->to, range->step);
  if (descriptor->has_double_range) print_range_of_doubles(&descriptor->double_range);
  if (additional) printf("    Additional constraints: %s\n", descriptor->additional_constraints);
}

static int describe(param_t *param)
{
  const arguments_t *arguments = param->session->arguments;
  for (size_t i = 1; i < arguments->word_count; i++) {
    const char *name = arguments->words[i];
    whorl_parameter_descriptor_t descriptor = {0};
    int status = whorl_parameter_client_describe(param->client, &name, 1, &descriptor);
    if (status == WHORL_NOT_FOUND) return complain("parameter '%s' of %s is not declared", name, param->node);
    if (status < 0) return status;
    print_descriptor(name, &descriptor);
    whorl_parameter_descriptor_fini(&descriptor);
  }
  return DONE;
}

static int run_describe(const arguments_t *arguments) { return param_run(arguments, describe); }

const command_t PARAM_DESCRIBE = {
    .group = "param",
    .name = "describe",
    .words = "NODE NAME...",
    .summary = "says what parameters are for and what they may be",
    .lists = {PARAM_OPTIONS, ANSWER_OPTIONS},
    .run = run_describe,
};
