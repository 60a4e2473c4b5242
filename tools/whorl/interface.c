// whorl interface list, package, packages, proto
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "interface_show.h"
#include "names.h"
#include "prefixes.h"
#include "types.h"
#include "yaml_out.h"

static const option_t KIND_OPTIONS[] = {
    {"only-msgs", 'm', NULL, "messages"},
    {"only-srvs", 's', NULL, "services"},
    {"only-actions", 'a', NULL, "actions"},
    {NULL, 0, NULL, NULL},
};
static const char *const KIND_OPTION[KINDS] = {"only-msgs", "only-srvs", "only-actions"};

static bool wants(const arguments_t *arguments, kind_t kind)
{
  bool any = false;
  for (kind_t i = 0; i < KINDS; i++) any = any || arguments_has(arguments, KIND_OPTION[i]);
  return !any || arguments_has(arguments, KIND_OPTION[kind]);
}

typedef struct row {
  kind_t kind;
  const char *indent;
} row_t;

static void print_name(const char *package, const char *name, void *arg)
{
  const row_t *row = arg;
  printf("%s%s/%s/%s\n", row->indent, package, kind_folder(row->kind), name);
}

static int list(const arguments_t *arguments)
{
  static const char *const titles[KINDS] = {"Messages:", "Services:", "Actions:"};
  for (kind_t kind = 0; kind < KINDS; kind++) {
    if (!wants(arguments, kind)) continue;
    puts(titles[kind]);
    (void)types_visit(NULL, kind, print_name, &(row_t){kind, "    "});
  }
  return DONE;
}

static int package(const arguments_t *arguments)
{
  const char *name = arguments_word(arguments, 0);
  for (kind_t kind = 0; kind < KINDS; kind++) {
    if (!wants(arguments, kind)) continue;
    if (!types_visit(name, kind, print_name, &(row_t){kind, ""})) return complain("there is no package '%s' with interfaces", name);
  }
  return DONE;
}

static void count_name(const char *package_name, const char *name, void *arg)
{
  (void)package_name;
  (void)name;
  ++*(size_t *)arg;
}

static int packages(const arguments_t *arguments)
{
  names_t names = {0};
  prefixes_list_packages(&names);
  for (size_t i = 0; i < names.count; i++) {
    size_t count = 0;
    for (kind_t kind = 0; kind < KINDS; kind++)
      if (wants(arguments, kind)) (void)types_visit(names.at[i], kind, count_name, &count);
    if (count > 0) puts(names.at[i]);
  }
  names_fini(&names);
  return DONE;
}

static void print_default(const members_t *members, FILE *out)
{
  void *message = message_create(members);
  yaml_print(members, message, &(yaml_style_t){0}, out);
  message_destroy(members, message);
}

static int proto(const arguments_t *arguments)
{
  const members_t *members;
  fault_t fault;
  if (!interface_find_prototype(arguments_word(arguments, 0), &members, &fault)) return complain("%s", fault.text);
  bool quotes = !arguments_has(arguments, "no-quotes");
  if (quotes) putchar('"');
  print_default(members, stdout);
  if (quotes) puts("\"");
  return DONE;
}

static const option_t PROTO_OPTIONS[] = {{"no-quotes", 0, NULL, "without quotes around it"}, {NULL, 0, NULL, NULL}};

const command_t INTERFACE_LIST = {
    .group = "interface",
    .name = "list",
    .words = "",
    .summary = "lists the interfaces that are installed",
    .lists = {KIND_OPTIONS, HELP_OPTIONS},
    .run = list,
};
const command_t INTERFACE_PACKAGE = {
    .group = "interface",
    .name = "package",
    .words = "PACKAGE",
    .summary = "lists the interfaces of a package",
    .lists = {KIND_OPTIONS, HELP_OPTIONS},
    .run = package,
};
const command_t INTERFACE_PACKAGES = {
    .group = "interface",
    .name = "packages",
    .words = "",
    .summary = "lists the packages that have interfaces",
    .lists = {KIND_OPTIONS, HELP_OPTIONS},
    .run = packages,
};
const command_t INTERFACE_PROTO = {
    .group = "interface",
    .name = "proto",
    .words = "TYPE",
    .summary = "prints a message with its defaults, a service's request or an action's goal",
    .lists = {PROTO_OPTIONS, HELP_OPTIONS},
    .run = proto,
};
