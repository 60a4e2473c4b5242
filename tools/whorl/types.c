#include "types.h"

#include <ctype.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rosidl_typesupport_introspection_c/service_introspection.h>
#include <whorl/status.h>

#include "names.h"
#include "prefixes.h"

static const char *const FOLDERS[KINDS] = {"msg", "srv", "action"};
static const char *const WORDS[KINDS] = {"message", "service", "action"};

const char *kind_folder(kind_t kind) { return FOLDERS[kind]; }

// One part of a name: of letters, digits and underscores, so it is good for a path, too.
static bool is_part(const char *text, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if (!isalnum((unsigned char)text[i]) && text[i] != '_') return false;
  return length > 0 && length < sizeof((type_name_t *)NULL)->name;
}

bool type_name_parse(const char *text, kind_t kind, type_name_t *ret_name, fault_t *fault)
{
  const char *first = strchr(text, '/'), *last = strrchr(text, '/');
  bool good = first != NULL && is_part(text, (size_t)(first - text)) && is_part(last + 1, strlen(last + 1));
  if (good && first != last) {
    size_t length = (size_t)(last - first) - 1;
    kind_t found = 0;
    while (found < KINDS && (strlen(FOLDERS[found]) != length || memcmp(FOLDERS[found], first + 1, length) != 0)) found++;
    good = found < KINDS;
    kind = found;
  }
  if (!good) return fault_set(fault, "'%s' is no name of a type: it looks like std_msgs/msg/String", text);
  snprintf(ret_name->package, sizeof ret_name->package, "%.*s", (int)(first - text), text);
  snprintf(ret_name->name, sizeof ret_name->name, "%s", last + 1);
  ret_name->kind = kind;
  return true;
}

static void *open_library(const char *package, fault_t *fault)
{
  static const char *const places[] = {"%s/lib/lib%s__rosidl_typesupport_introspection_c.so",
                                       "%s/lib%s__rosidl_typesupport_introspection_c.so"};
  char refusal[256] = "";
  names_t prefixes = {0};
  prefixes_list(&prefixes);
  void *library = NULL;
  for (size_t i = 0; i < prefixes.count && library == NULL; i++)
    for (size_t j = 0; j < 2 && library == NULL; j++) {
      char *path = j == 0 ? format_text(places[0], prefixes.at[i], package) : format_text(places[1], prefixes.at[i], package);
      bool there = access(path, F_OK) == 0;
      if (there) library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
      if (there && library == NULL) snprintf(refusal, sizeof refusal, "%s", dlerror());
      free(path);
    }
  if (library == NULL && refusal[0] != '\0')
    fault_write(fault, "package %s cannot be loaded: %s", package, refusal);
  else if (library == NULL)
    fault_write(fault, "there is no package %s with a type support in WHORL_TYPESUPPORT_PATH or AMENT_PREFIX_PATH", package);
  names_fini(&prefixes);
  return library;
}

// The function that gives the handle of a type of that kind, or of a part of it. `what`: "message" or "service", as the symbol says it.
static bool load(const type_name_t *name, kind_t kind, const char *what, const char *part, void **ret_handle, fault_t *fault)
{
  void *library = open_library(name->package, fault);
  if (library == NULL) return false;
  char *symbol = format_text("rosidl_typesupport_introspection_c__get_%s_type_support_handle__%s__%s__%s%s", what, name->package,
                             FOLDERS[name->kind], name->name, part);
  void *address = dlsym(library, symbol);
  free(symbol);
  if (address == NULL && name->kind != kind)
    return fault_set(fault, "%s/%s/%s is no %s", name->package, FOLDERS[name->kind], name->name, WORDS[kind]);
  if (address == NULL) return fault_set(fault, "package %s has no %s %s/%s", name->package, WORDS[kind], FOLDERS[kind], name->name);
  const void *(*get)(void);
  memcpy(&get, &address, sizeof get); // POSIX: a function's address fits
  *ret_handle = (void *)get();
  return true;
}

// Nothing of a table may be read before Whorl has found that it is one of the version that this was built with.
static bool check(int status, const char *name, fault_t *fault)
{
  return status >= 0 || fault_set(fault, "type %s cannot be used: %s", name, whorl_detail());
}

bool types_load_message(const char *name, whorl_message_type_t *ret_type, fault_t *fault)
{
  type_name_t parts;
  void *handle;
  if (!type_name_parse(name, KIND_MESSAGE, &parts, fault) || !load(&parts, KIND_MESSAGE, "message", "", &handle, fault)) return false;
  *ret_type = handle;
  return check(whorl_message_type_read_info(*ret_type, NULL), name, fault);
}

bool types_load_service(const char *name, whorl_service_type_t *ret_type, fault_t *fault)
{
  type_name_t parts;
  void *handle;
  if (!type_name_parse(name, KIND_SERVICE, &parts, fault) || !load(&parts, KIND_SERVICE, "service", "", &handle, fault)) return false;
  *ret_type = handle;
  return check(whorl_service_type_read_info(*ret_type, NULL, NULL), name, fault);
}

bool types_load_action_part(const type_name_t *action, const char *part, const members_t **ret_members, fault_t *fault)
{
  char *suffix = format_text("_%s", part);
  void *handle;
  bool found = load(action, KIND_ACTION, "message", suffix, &handle, fault) &&
               check(whorl_message_type_read_info(handle, NULL), action->name, fault);
  if (found) *ret_members = types_members(handle);
  free(suffix);
  return found;
}

// An action has no introspection of its own: it is made of two services and a message of its own, and of two parts that all have in common.
bool types_load_action(const char *name, action_parts_t *ret_parts, fault_t *fault)
{
  type_name_t parts;
  void *send_goal, *get_result, *feedback;
  whorl_service_type_t cancel;
  whorl_message_type_t status;
  if (!type_name_parse(name, KIND_ACTION, &parts, fault)) return false;
  if (!load(&parts, KIND_ACTION, "service", "_SendGoal", &send_goal, fault) ||
      !load(&parts, KIND_ACTION, "service", "_GetResult", &get_result, fault))
    return false;
  if (!load(&parts, KIND_ACTION, "message", "_FeedbackMessage", &feedback, fault)) return false;
  if (!check(whorl_service_type_read_info(send_goal, NULL, NULL), name, fault)) return false;
  if (!check(whorl_service_type_read_info(get_result, NULL, NULL), name, fault)) return false;
  if (!check(whorl_message_type_read_info(feedback, NULL), name, fault)) return false;
  if (!types_load_service("action_msgs/srv/CancelGoal", &cancel, fault)) return false;
  if (!types_load_message("action_msgs/msg/GoalStatusArray", &status, fault)) return false;
  ret_parts->support = (rosidl_action_type_support_t){send_goal, get_result, cancel, feedback, status};
  return types_load_action_part(&parts, "Goal", &ret_parts->goal, fault) &&
         types_load_action_part(&parts, "Result", &ret_parts->result, fault) &&
         types_load_action_part(&parts, "Feedback", &ret_parts->feedback, fault);
}

const members_t *types_members(whorl_message_type_t type) { return type->data; }

const members_t *types_request(whorl_service_type_t type)
{
  return ((const rosidl_typesupport_introspection_c__ServiceMembers *)type->data)->request_members_;
}

const members_t *types_response(whorl_service_type_t type)
{
  return ((const rosidl_typesupport_introspection_c__ServiceMembers *)type->data)->response_members_;
}

char *types_definition(const type_name_t *name)
{
  char *text = NULL;
  names_t prefixes = {0};
  prefixes_list(&prefixes);
  for (size_t i = 0; i < prefixes.count && text == NULL; i++) {
    const char *folder = FOLDERS[name->kind];
    char *path = format_text("%s/share/%s/%s/%s.%s", prefixes.at[i], name->package, folder, name->name, folder);
    text = prefixes_read_file(path);
    free(path);
  }
  names_fini(&prefixes);
  return text;
}

// A line of the index is "msg/String.msg"; parts of services and files for other readers are passed over.
static void visit_line(const char *package, kind_t kind, const char *line, types_visitor_t visit, void *arg)
{
  const char *folder = FOLDERS[kind], *dot = strrchr(line, '.');
  size_t length = strlen(folder);
  if (dot == NULL || strcmp(dot + 1, folder) != 0 || strncmp(line, folder, length) != 0 || line[length] != '/') return;
  char *name = format_text("%.*s", (int)(dot - line - (ptrdiff_t)length - 1), line + length + 1);
  visit(package, name, arg);
  free(name);
}

static bool visit_package(const char *package, kind_t kind, types_visitor_t visit, void *arg)
{
  char *index = prefixes_read_index(package);
  if (index == NULL) return false;
  names_t lines = {0};
  char *rest = index;
  for (char *line; (line = strsep(&rest, "\n")) != NULL;) names_add(&lines, line);
  names_sort(&lines);
  for (size_t i = 0; i < lines.count; i++) visit_line(package, kind, lines.at[i], visit, arg);
  names_fini(&lines);
  free(index);
  return true;
}

bool types_visit(const char *package, kind_t kind, types_visitor_t visit, void *arg)
{
  if (package != NULL) return visit_package(package, kind, visit, arg);
  names_t packages = {0};
  prefixes_list_packages(&packages);
  for (size_t i = 0; i < packages.count; i++) (void)visit_package(packages.at[i], kind, visit, arg);
  names_fini(&packages);
  return true;
}
