// Declaring and setting. First everything that can fail, then the commit, which cannot, then those who are told.
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "node/sim_time.h"
#include "parameter/parameters.h"

int whorl__parameters_begin(whorl__parameters_t *self)
{
  static const whorl__wait_kind_t change = {"the parameters of node", "", "who changes them"};
  const char *node = self->node->full_name;
  int status = whorl__turnstile_enter(&self->change, self->node->context, "a change of parameters", &change, node);
  if (status == WHORL_WRONG_STATE) return whorl__fail(status, "a callback of the parameters of node '%s' may not change them", node);
  if (status == WHORL_OK) whorl__stay_begin(&self->stay, self->node);
  return status;
}

void whorl__parameters_end(whorl__parameters_t *self)
{
  whorl__stay_end(&self->stay);
  whorl__turnstile_leave(&self->change);
}

// --- what is wanted

static whorl_parameter_t *find_wanted(const whorl_parameter_changes_t *changes, const char *name)
{
  for (size_t i = 0; i < changes->count; i++)
    if (strcmp(changes->wanted[i].name, name) == 0) return &changes->wanted[i];
  return NULL;
}

int whorl_parameter_changes_put(whorl_parameter_changes_t *changes, const char *name, whorl_parameter_value_t value)
{
  whorl_parameter_t wanted = {0};
  if (name == NULL || name[0] == '\0') return whorl__fail(WHORL_INVALID_ARGUMENT, "a parameter needs a name");
  WHORL_TRY(whorl_parameter_value_copy(&value, &wanted.value));
  whorl_parameter_t *same = find_wanted(changes, name);
  if (same != NULL) {
    whorl_parameter_value_fini(&same->value);
    same->value = wanted.value;
    return WHORL_OK;
  }
  whorl_parameter_t *grown = whorl__realloc(changes->wanted, (changes->count + 1) * sizeof *grown);
  if (grown != NULL) changes->wanted = grown;
  wanted.name = grown != NULL ? whorl__strdup(name) : NULL;
  if (wanted.name == NULL) {
    whorl_parameter_value_fini(&wanted.value);
    return whorl__fail(WHORL_NO_MEMORY, "no memory to set parameter '%s'", name);
  }
  grown[changes->count++] = wanted;
  return WHORL_OK;
}

static void fini_wanted(whorl_parameter_t *wanted)
{
  whorl__free((void *)wanted->name);
  whorl_parameter_value_fini(&wanted->value);
}

int whorl_parameter_changes_drop(whorl_parameter_changes_t *changes, const char *name)
{
  whorl_parameter_t *found = name != NULL ? find_wanted(changes, name) : NULL;
  if (found == NULL) return whorl__fail(WHORL_NOT_FOUND, "parameter '%s' is not about to be set", name != NULL ? name : "");
  fini_wanted(found);
  memmove(found, found + 1, (size_t)(&changes->wanted[--changes->count] - found) * sizeof *found);
  return WHORL_OK;
}

size_t whorl_parameter_changes_count(const whorl_parameter_changes_t *changes) { return changes->count; }

whorl_parameter_t whorl_parameter_changes_at(const whorl_parameter_changes_t *changes, size_t index)
{
  return index < changes->count ? changes->wanted[index] : (whorl_parameter_t){0};
}

void whorl__parameter_changes_fini(whorl_parameter_changes_t *changes)
{
  for (size_t i = 0; i < changes->count; i++) {
    whorl__parameter_step_t *step = changes->steps != NULL ? &changes->steps[i] : NULL;
    if (step != NULL) whorl_parameter_value_fini(&step->value);
    if (step != NULL && step->effect == WHORL__PARAMETER_NEW && step->row != NULL)
      whorl__parameter_free(step->row); // that was not committed
    fini_wanted(&changes->wanted[i]);
  }
  whorl__free(changes->steps);
  whorl__free(changes->wanted);
}

// --- planning

static int plan_row(whorl__parameters_t *self, const whorl_parameter_t *wanted, whorl__parameter_step_t *step)
{
  static const whorl_parameter_options_t undeclared = {.dynamic_typing = true};
  step->row = whorl__parameters_find(self, wanted->name);
  if (step->row == NULL && !self->allows_undeclared)
    return whorl__fail(WHORL_NOT_FOUND, "parameter '%s' cannot be set because it was not declared", wanted->name);
  if (step->row == NULL && wanted->value.type == WHORL_PARAMETER_NOT_SET) {
    step->effect = WHORL__PARAMETER_NOTHING;
  } else if (step->row == NULL) {
    step->row = whorl__parameter_create(wanted->name, &undeclared);
    step->effect = WHORL__PARAMETER_NEW;
    if (step->row == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory to set parameter '%s'", wanted->name);
  } else if (step->row->descriptor.read_only) {
    return whorl__fail(WHORL_REJECTED, "parameter '%s' cannot be set because it is read-only", wanted->name);
  } else if (wanted->value.type == WHORL_PARAMETER_NOT_SET && step->row->descriptor.dynamic_typing) {
    step->effect = WHORL__PARAMETER_DELETED;
  }
  return WHORL_OK;
}

static int plan(whorl__parameters_t *self, const whorl_parameter_t *wanted, whorl__parameter_step_t *step)
{
  WHORL_TRY(plan_row(self, wanted, step));
  if (step->row == NULL) return WHORL_OK;
  WHORL_TRY(whorl__parameter_check_value(step->row, &wanted->value));
  return whorl_parameter_value_copy(&wanted->value, &step->value);
}

static int plan_all(whorl__parameters_t *self, whorl_parameter_changes_t *changes)
{
  if (changes->count == 0) return whorl__fail(WHORL_REJECTED, "no parameter is left to be set: a callback dropped them");
  changes->steps = whorl__alloc(changes->count * sizeof *changes->steps);
  if (changes->steps == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory to set parameter '%s'", changes->wanted[0].name);
  for (size_t i = 0; i < changes->count; i++) WHORL_TRY(plan(self, &changes->wanted[i], &changes->steps[i]));
  return whorl__parameters_reserve(self, changes->count);
}

// The one parameter that does something itself. The last thing that may fail.
static int follow_clock(whorl__parameters_t *self, const whorl_parameter_changes_t *changes)
{
  const whorl_parameter_t *wanted = find_wanted(changes, "use_sim_time");
  if (wanted == NULL || wanted->value.type != WHORL_PARAMETER_BOOL) return WHORL_OK;
  return whorl__sim_time_use(self->node, wanted->value.boolean, true);
}

// --- the commit

static void commit_value(whorl__parameters_t *self, whorl__parameter_step_t *step)
{
  pthread_mutex_lock(&self->lock);
  whorl_parameter_value_t old = step->row->value;
  step->row->value = step->value;
  pthread_mutex_unlock(&self->lock);
  step->value = old;
}

static void commit(whorl__parameters_t *self, whorl_parameter_changes_t *changes)
{
  for (size_t i = 0; i < changes->count; i++) {
    whorl__parameter_step_t *step = &changes->steps[i];
    bool had_value = step->row != NULL && step->row->value.type != WHORL_PARAMETER_NOT_SET;
    if (step->effect == WHORL__PARAMETER_DELETED)
      whorl__parameters_remove(self, step->row);
    else if (step->row != NULL)
      commit_value(self, step);
    if (step->effect == WHORL__PARAMETER_NEW) whorl__parameters_insert(self, step->row);
    if (step->effect == WHORL__PARAMETER_CHANGED && !had_value) step->effect = WHORL__PARAMETER_NEW;
    step->row = NULL; // the node's now, or gone
  }
}

// --- setting

static int set_wanted(whorl__parameters_t *self, whorl_parameter_changes_t *changes)
{
  whorl__parameters_call_before(self, changes);
  WHORL_TRY(plan_all(self, changes));
  WHORL_TRY(whorl__parameters_ask(self, changes->wanted, changes->count));
  WHORL_TRY(follow_clock(self, changes));
  commit(self, changes);
  whorl__parameters_call_after(self, changes->wanted, changes->count);
  return WHORL_OK;
}

int whorl__parameters_set(whorl__parameters_t *self, const whorl_parameter_t *parameters, size_t count)
{
  whorl_parameter_changes_t changes = {0};
  int status = count == 0 ? WHORL_OK : whorl__parameters_begin(self);
  if (status < 0 || count == 0) return status;
  for (size_t i = 0; i < count && status == WHORL_OK; i++)
    status = whorl_parameter_changes_put(&changes, parameters[i].name, parameters[i].value);
  if (status == WHORL_OK) status = set_wanted(self, &changes);
  if (status == WHORL_OK) whorl__parameters_tell(self, &changes);
  whorl__parameters_end(self);
  whorl__parameter_changes_fini(&changes);
  return status;
}

// --- declaring

const whorl_parameter_value_t *whorl__parameters_override(const whorl__node_t *node, const char *name)
{
  const whorl_parameter_value_t *value = NULL;
  if (node->arguments != NULL) value = whorl__overrides_find(&node->arguments->overrides, node->full_name, name);
  if (value == NULL && !node->ignores_global && node->context->arguments != NULL)
    value = whorl__overrides_find(&node->context->arguments->overrides, node->full_name, name);
  return value;
}

static int check_new_value(whorl__parameter_t *row, const whorl_parameter_value_t *value, bool is_override)
{
  whorl_parameter_type_t type = row->descriptor.type;
  if (type == WHORL_PARAMETER_NOT_SET && !row->descriptor.dynamic_typing)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "parameter '%s' needs a value, a type or dynamic typing", row->name);
  if (value->type == WHORL_PARAMETER_NOT_SET) return WHORL_OK;
  if (!row->descriptor.dynamic_typing && value->type != type)
    return whorl__fail(WHORL_WRONG_TYPE, "parameter '%s' is of type %s, but %s value for it is of type %s", row->name,
                       whorl_parameter_type_name(type), is_override ? "the command line's" : "the", whorl_parameter_type_name(value->type));
  return whorl__parameter_check_value(row, value);
}

static int plan_new(whorl__parameters_t *self, const char *name, const whorl_parameter_value_t *value,
                    const whorl_parameter_options_t *options, whorl_parameter_changes_t *changes)
{
  const whorl_parameter_value_t *override = options->ignore_override ? NULL : whorl__parameters_override(self->node, name);
  if (whorl__parameters_find(self, name) != NULL)
    return whorl__fail(WHORL_ALREADY_ADDED, "node '%s' has declared parameter '%s' already", self->node->full_name, name);
  WHORL_TRY(whorl_parameter_changes_put(changes, name, override != NULL ? *override : *value));
  changes->steps = whorl__alloc(sizeof *changes->steps);
  whorl__parameter_t *row = changes->steps != NULL ? whorl__parameter_create(name, options) : NULL;
  if (row == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory to declare parameter '%s'", name);
  changes->steps[0] = (whorl__parameter_step_t){.row = row, .effect = WHORL__PARAMETER_NEW};
  if (!options->dynamic_typing) row->descriptor.type = value->type != WHORL_PARAMETER_NOT_SET ? value->type : options->type;
  WHORL_TRY(check_new_value(row, &changes->wanted[0].value, override != NULL));
  WHORL_TRY(whorl_parameter_value_copy(&changes->wanted[0].value, &changes->steps[0].value));
  return whorl__parameters_reserve(self, 1);
}

static int declare_wanted(whorl__parameters_t *self, whorl_parameter_changes_t *changes, whorl_parameter_value_t *ret_value)
{
  whorl_parameter_value_t value = {0};
  WHORL_TRY(whorl__parameters_ask(self, changes->wanted, 1));
  if (ret_value != NULL) WHORL_TRY(whorl_parameter_value_copy(&changes->wanted[0].value, &value));
  int status = follow_clock(self, changes);
  if (status < 0) {
    whorl_parameter_value_fini(&value);
    return status;
  }
  commit(self, changes);
  if (ret_value != NULL) *ret_value = value;
  return WHORL_OK;
}

int whorl__parameters_declare(whorl__parameters_t *self, const char *name, const whorl_parameter_value_t *value,
                              const whorl_parameter_options_t *options, whorl_parameter_value_t *ret_value)
{
  whorl_parameter_changes_t changes = {0};
  WHORL_TRY(whorl__parameter_check_options(name, options));
  WHORL_TRY(whorl__parameters_begin(self));
  int status = plan_new(self, name, value, options, &changes);
  if (status == WHORL_OK) status = declare_wanted(self, &changes, ret_value);
  if (status == WHORL_OK) whorl__parameters_tell(self, &changes);
  whorl__parameters_end(self);
  whorl__parameter_changes_fini(&changes);
  return status;
}
