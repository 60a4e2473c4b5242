// A node's rows, sorted by name, and looking at them.
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "parameter/parameters.h"

// --- one row

void whorl_parameter_descriptor_fini(whorl_parameter_descriptor_t *descriptor)
{
  if (descriptor == NULL) return;
  whorl__free((void *)descriptor->description);
  whorl__free((void *)descriptor->additional_constraints);
  *descriptor = (whorl_parameter_descriptor_t){0};
}

void whorl__parameter_free(whorl__parameter_t *row)
{
  whorl_parameter_value_fini(&row->value);
  whorl_parameter_descriptor_fini(&row->descriptor);
  whorl__free(row->name);
  whorl__free(row);
}

static bool copy_descriptor(const whorl_parameter_descriptor_t *from, whorl_parameter_descriptor_t *ret_descriptor)
{
  whorl_parameter_descriptor_t copy = *from;
  copy.description = whorl__strdup(from->description != NULL ? from->description : "");
  copy.additional_constraints = whorl__strdup(from->additional_constraints != NULL ? from->additional_constraints : "");
  if (copy.description != NULL && copy.additional_constraints != NULL) {
    *ret_descriptor = copy;
    return true;
  }
  whorl_parameter_descriptor_fini(&copy);
  return false;
}

whorl__parameter_t *whorl__parameter_create(const char *name, const whorl_parameter_options_t *options)
{
  whorl_parameter_descriptor_t given = {.description = options->description,
                                        .additional_constraints = options->additional_constraints,
                                        .read_only = options->read_only,
                                        .dynamic_typing = options->dynamic_typing,
                                        .has_integer_range = options->integer_range != NULL,
                                        .has_double_range = options->double_range != NULL};
  if (options->integer_range != NULL) given.integer_range = *options->integer_range;
  if (options->double_range != NULL) given.double_range = *options->double_range;
  whorl__parameter_t *row = whorl__alloc(sizeof *row);
  if (row == NULL) return NULL;
  row->name = whorl__strdup(name);
  if (row->name != NULL && copy_descriptor(&given, &row->descriptor)) return row;
  whorl__parameter_free(row);
  return NULL;
}

// --- all of them

int whorl__parameters_create(whorl__node_t *node, whorl__parameters_t **ret_parameters)
{
  whorl__parameters_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for the parameters of node '%s'", node->full_name);
  self->node = node;
  whorl__turnstile_init(&self->change);
  pthread_mutex_init(&self->lock, NULL);
  whorl__list_init(&self->callbacks);
  *ret_parameters = self;
  return WHORL_OK;
}

void whorl__parameters_free(void *parameters)
{
  whorl__parameters_t *self = parameters;
  for (size_t i = 0; i < self->count; i++) whorl__parameter_free(self->rows[i]);
  whorl__free(self->rows);
  whorl__parameters_free_callbacks(self);
  whorl__turnstile_fini(&self->change);
  pthread_mutex_destroy(&self->lock);
  whorl__free(self);
}

whorl__parameters_t *whorl__parameters_of(const whorl__node_t *node) { return node->kept[WHORL__KEPT_PARAMETERS].object; }

// Where it is, or where it would be.
static size_t position_of(const whorl__parameters_t *self, const char *name, bool *ret_found)
{
  size_t low = 0, high = self->count;
  *ret_found = false;
  while (low < high && !*ret_found) {
    size_t middle = low + (high - low) / 2;
    int order = strcmp(self->rows[middle]->name, name);
    *ret_found = order == 0;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return *ret_found ? high : low;
}

whorl__parameter_t *whorl__parameters_find(const whorl__parameters_t *self, const char *name)
{
  bool found;
  size_t at = position_of(self, name, &found);
  return found ? self->rows[at] : NULL;
}

int whorl__parameters_reserve(whorl__parameters_t *self, size_t more)
{
  if (self->count + more <= self->room) return WHORL_OK;
  size_t room = self->count + more + self->count / 2;
  pthread_mutex_lock(&self->lock);
  whorl__parameter_t **rows = whorl__realloc(self->rows, room * sizeof *rows);
  if (rows != NULL) {
    self->rows = rows;
    self->room = room;
  }
  pthread_mutex_unlock(&self->lock);
  return rows != NULL ? WHORL_OK : whorl__fail(WHORL_NO_MEMORY, "no memory for the parameters of node '%s'", self->node->full_name);
}

void whorl__parameters_insert(whorl__parameters_t *self, whorl__parameter_t *row)
{
  bool found;
  pthread_mutex_lock(&self->lock);
  size_t at = position_of(self, row->name, &found);
  memmove(&self->rows[at + 1], &self->rows[at], (self->count - at) * sizeof self->rows[0]);
  self->rows[at] = row;
  self->count++;
  pthread_mutex_unlock(&self->lock);
}

void whorl__parameters_remove(whorl__parameters_t *self, whorl__parameter_t *row)
{
  bool found;
  pthread_mutex_lock(&self->lock);
  size_t at = position_of(self, row->name, &found);
  self->count--;
  memmove(&self->rows[at], &self->rows[at + 1], (self->count - at) * sizeof self->rows[0]);
  pthread_mutex_unlock(&self->lock);
  whorl__parameter_free(row);
}

// --- looking

int whorl__parameters_get(whorl__parameters_t *self, const char *name, whorl_parameter_value_t *ret_value)
{
  whorl_parameter_value_t value = {0};
  pthread_mutex_lock(&self->lock);
  const whorl__parameter_t *row = whorl__parameters_find(self, name);
  bool has_value = row != NULL && (row->value.type != WHORL_PARAMETER_NOT_SET || row->descriptor.dynamic_typing);
  int status = has_value ? whorl_parameter_value_copy(&row->value, &value) : WHORL_OK;
  pthread_mutex_unlock(&self->lock);
  if (status < 0) return status;
  if (row == NULL && !self->allows_undeclared)
    return whorl__fail(WHORL_NOT_FOUND, "node '%s' has not declared parameter '%s'", self->node->full_name, name);
  if (row != NULL && !has_value)
    return whorl__fail(WHORL_WRONG_STATE, "parameter '%s' of node '%s' has no value yet", name, self->node->full_name);
  *ret_value = value;
  return WHORL_OK;
}

int whorl__parameters_describe(whorl__parameters_t *self, const char *name, whorl_parameter_descriptor_t *ret_descriptor)
{
  bool copied = false;
  pthread_mutex_lock(&self->lock);
  const whorl__parameter_t *row = whorl__parameters_find(self, name);
  if (row != NULL) {
    copied = copy_descriptor(&row->descriptor, ret_descriptor);
    if (copied) ret_descriptor->type = row->value.type;
  }
  pthread_mutex_unlock(&self->lock);
  if (row == NULL) return whorl__fail(WHORL_NOT_FOUND, "node '%s' has not declared parameter '%s'", self->node->full_name, name);
  return copied ? WHORL_OK : whorl__fail(WHORL_NO_MEMORY, "no memory to describe parameter '%s'", name);
}

// --- listing

static bool is_within(const char *name, uint64_t depth)
{
  uint64_t parts = 1;
  for (; *name != '\0'; name++)
    if (*name == '.') parts++;
  return depth == 0 || parts <= depth;
}

static bool is_listed(const char *name, const char *const *prefixes, size_t prefix_count, uint64_t depth)
{
  if (prefix_count == 0) return is_within(name, depth);
  for (size_t i = 0; i < prefix_count; i++) {
    size_t length = strlen(prefixes[i]);
    if (strncmp(name, prefixes[i], length) != 0) continue;
    if (name[length] == '\0' || (name[length] == '.' && is_within(name + length + 1, depth))) return true;
  }
  return false;
}

void whorl__parameters_free_names(char **names, size_t count)
{
  for (size_t i = 0; i < count; i++) whorl__free(names[i]);
  whorl__free(names);
}

int whorl__parameters_list(whorl__parameters_t *self, const char *const *prefixes, size_t prefix_count, uint64_t depth, char ***ret_names,
                           size_t *ret_count)
{
  size_t count = 0;
  pthread_mutex_lock(&self->lock);
  char **names = whorl__alloc((self->count + 1) * sizeof *names);
  bool copied = names != NULL;
  for (size_t i = 0; copied && i < self->count; i++) {
    if (!is_listed(self->rows[i]->name, prefixes, prefix_count, depth)) continue;
    names[count] = whorl__strdup(self->rows[i]->name);
    copied = names[count] != NULL;
    if (copied) count++;
  }
  pthread_mutex_unlock(&self->lock);
  if (!copied) {
    if (names != NULL) whorl__parameters_free_names(names, count);
    return whorl__fail(WHORL_NO_MEMORY, "no memory to list the parameters of node '%s'", self->node->full_name);
  }
  *ret_names = names;
  *ret_count = count;
  return WHORL_OK;
}
