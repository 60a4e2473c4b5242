#include "message/program.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <rosidl_typesupport_introspection_c/field_types.h>

#include "base/detail.h"
#include "base/memory.h"
#include "whorl/status.h"

// Steps and fields while their number is not known yet; moved into the arena when the program is complete.
typedef struct builder {
  whorl__arena_t *arena;
  whorl__step_t *steps;
  whorl__field_t *fields;
  size_t step_count, step_capacity, field_count, field_capacity;
  char path[512]; // of the member being looked at, "header.stamp."
} builder_t;

static int out_of_memory(void) { return whorl__fail(WHORL_NO_MEMORY, "no memory for the layout of a message type"); }

// The array, with room for one more; NULL without memory: then the old one is still there.
static void *grown(void *items, size_t *capacity, size_t count, size_t item_size)
{
  if (count < *capacity) return items;
  size_t wanted = *capacity > 0 ? 2 * *capacity : 16;
  void *memory = whorl__realloc(items, wanted * item_size);
  if (memory != NULL) *capacity = wanted;
  return memory;
}

static int add_step(builder_t *builder, const char *name, whorl__step_t step)
{
  whorl__step_t *steps = grown(builder->steps, &builder->step_capacity, builder->step_count, sizeof step);
  if (steps == NULL) return out_of_memory();
  builder->steps = steps;
  size_t length = strlen(builder->path) + strlen(name) + 1;
  char *text = whorl__arena_alloc(builder->arena, length);
  if (text == NULL) return out_of_memory();
  snprintf(text, length, "%s%s", builder->path, name);
  step.name = text;
  builder->steps[builder->step_count++] = step;
  return WHORL_OK;
}

static int add_numbers(builder_t *builder, const char *name, size_t offset, uint8_t width, size_t count, bool is_bool)
{
  whorl__field_t *fields = grown(builder->fields, &builder->field_capacity, builder->field_count, sizeof *fields);
  if (fields == NULL) return out_of_memory();
  builder->fields = fields;
  whorl__step_t *last = builder->step_count > 0 ? &builder->steps[builder->step_count - 1] : NULL;
  bool extends = last != NULL && last->kind == WHORL__STEP_RUN && last->offset + last->size == offset && width <= last->alignment &&
                 last->size % width == 0;
  if (!extends) {
    WHORL_TRY(add_step(builder, name, (whorl__step_t){.kind = WHORL__STEP_RUN, .alignment = width, .offset = offset}));
    last = &builder->steps[builder->step_count - 1];
  }
  assert(last != NULL);
  last->size += width * count;
  last->has_bools |= is_bool;
  whorl__field_t *field = last->field_count > 0 ? &fields[builder->field_count - 1] : NULL;
  if (field != NULL && field->width == width && field->is_bool == is_bool) {
    field->count += count; // numbers of one kind in a row need one loop
    return WHORL_OK;
  }
  fields[builder->field_count++] = (whorl__field_t){.offset = offset, .count = count, .width = width, .is_bool = is_bool};
  last->field_count++;
  return WHORL_OK;
}

// What the program is good for as a whole: see whorl__program_t.
static void summarise(whorl__program_t *program)
{
  size_t least = 0, fixed = 0;
  program->fixed_size = true;
  bool placed = true; // `fixed` is right: everything so far has one size wherever it starts, or starts at a known place
  for (size_t i = 0; i < program->step_count; i++) {
    const whorl__step_t *step = &program->steps[i];
    size_t align = 1, bytes = 0;
    switch (step->kind) {
    case WHORL__STEP_RUN:
      align = step->alignment;
      bytes = step->size;
      least += step->size;
      break;
    case WHORL__STEP_ELEMENTS:
      least += step->count * step->nested->wire_least;
      program->fixed_size &= step->nested->fixed_size;
      placed &= step->nested->plain; // others: padding between them depends on where each one starts
      if (step->nested->plain) align = step->nested->steps[0].alignment;
      bytes = step->count * step->nested->size;
      break;
    case WHORL__STEP_STRINGS:
    case WHORL__STEP_WSTRINGS:
      least += 4 * step->count;
      program->fixed_size = false;
      break;
    default: least += 4; program->fixed_size = false;
    }
    fixed = (fixed + align - 1) / align * align + bytes;
  }
  program->wire_least = least > 0 ? least : 1;
  program->wire_fixed = program->fixed_size && placed ? fixed : 0;
  const whorl__step_t *first = &program->steps[0];
  program->plain = program->step_count == 1 && first->kind == WHORL__STEP_RUN && first->offset == 0 && first->size == program->size &&
                   program->size % first->alignment == 0;
}

static int compile(whorl__arena_t *arena, const whorl__members_t *members, unsigned depth, const whorl__program_t **ret_program);

// The program of one number, which sequences of numbers have for their elements.
static int compile_number(whorl__arena_t *arena, const char *name, uint8_t width, bool is_bool, const whorl__program_t **ret_program)
{
  struct {
    whorl__program_t program;
    whorl__step_t step;
    whorl__field_t field;
  } *memory = whorl__arena_alloc(arena, sizeof *memory);
  if (memory == NULL) return out_of_memory();
  memory->field = (whorl__field_t){.count = 1, .width = width, .is_bool = is_bool};
  memory->step = (whorl__step_t){.kind = WHORL__STEP_RUN,
                                 .alignment = width,
                                 .has_bools = is_bool,
                                 .size = width,
                                 .fields = &memory->field,
                                 .field_count = 1,
                                 .name = name};
  memory->program = (whorl__program_t){.steps = &memory->step, .step_count = 1, .size = width, .primitive = true};
  summarise(&memory->program);
  *ret_program = &memory->program;
  return WHORL_OK;
}

static int add_sequence(builder_t *builder, const whorl__member_t *member, size_t offset, unsigned depth)
{
  whorl__step_t step = {.kind = WHORL__STEP_SEQUENCE, .offset = offset, .count = member->array_size_};
  switch (member->type_id_) {
  case rosidl_typesupport_introspection_c__ROS_TYPE_STRING: step.kind = WHORL__STEP_STRING_SEQUENCE; break;
  case rosidl_typesupport_introspection_c__ROS_TYPE_WSTRING: step.kind = WHORL__STEP_WSTRING_SEQUENCE; break;
  case rosidl_typesupport_introspection_c__ROS_TYPE_MESSAGE: {
    const whorl__members_t *nested = NULL;
    WHORL_TRY(whorl__members_nested(member, &nested));
    WHORL_TRY(compile(builder->arena, nested, depth + 1, &step.nested));
    break;
  }
  default: {
    bool is_bool = member->type_id_ == rosidl_typesupport_introspection_c__ROS_TYPE_BOOLEAN;
    WHORL_TRY(compile_number(builder->arena, member->name_, (uint8_t)whorl__member_width(member), is_bool, &step.nested));
  }
  }
  return add_step(builder, member->name_, step);
}

static int add_members(builder_t *builder, const whorl__members_t *members, size_t base, unsigned depth);

// A nested message in place: its members become ours. An array of them: elements.
static int add_message(builder_t *builder, const whorl__member_t *member, size_t offset, size_t room, unsigned depth)
{
  const whorl__members_t *nested = NULL;
  WHORL_TRY(whorl__members_nested(member, &nested));
  WHORL_TRY(whorl__members_check(nested));
  size_t count = member->is_array_ ? member->array_size_ : 1;
  if (count > room / nested->size_of_)
    return whorl__fail(WHORL_INVALID_TYPE, "field '%s' is larger than the struct it is in", member->name_);
  if (member->is_array_) {
    whorl__step_t step = {.kind = WHORL__STEP_ELEMENTS, .offset = offset, .count = count};
    WHORL_TRY(compile(builder->arena, nested, depth + 1, &step.nested));
    return add_step(builder, member->name_, step);
  }
  size_t length = strlen(builder->path);
  int added = snprintf(builder->path + length, sizeof builder->path - length, "%s.", member->name_);
  if (added < 0 || (size_t)added >= sizeof builder->path - length)
    return whorl__fail(WHORL_INVALID_TYPE, "the path of field '%s' is too long", member->name_);
  int status = add_members(builder, nested, offset, depth + 1);
  builder->path[length] = '\0';
  return status;
}

static int add_members(builder_t *builder, const whorl__members_t *members, size_t base, unsigned depth)
{
  if (depth > WHORL__MEMBERS_DEEPEST)
    return whorl__fail(WHORL_INVALID_TYPE, "messages are nested more than %d deep", WHORL__MEMBERS_DEEPEST);
  WHORL_TRY(whorl__members_check(members));
  for (uint32_t i = 0; i < members->member_count_; i++) {
    const whorl__member_t *member = &members->members_[i];
    size_t offset = base + member->offset_, count = member->is_array_ ? member->array_size_ : 1;
    if (whorl__member_is_sequence(member)) {
      WHORL_TRY(add_sequence(builder, member, offset, depth));
      continue;
    }
    switch (member->type_id_) {
    case rosidl_typesupport_introspection_c__ROS_TYPE_STRING:
      WHORL_TRY(add_step(builder, member->name_, (whorl__step_t){.kind = WHORL__STEP_STRINGS, .offset = offset, .count = count}));
      break;
    case rosidl_typesupport_introspection_c__ROS_TYPE_WSTRING:
      WHORL_TRY(add_step(builder, member->name_, (whorl__step_t){.kind = WHORL__STEP_WSTRINGS, .offset = offset, .count = count}));
      break;
    case rosidl_typesupport_introspection_c__ROS_TYPE_MESSAGE:
      WHORL_TRY(add_message(builder, member, offset, members->size_of_ - member->offset_, depth));
      break;
    default: {
      bool is_bool = member->type_id_ == rosidl_typesupport_introspection_c__ROS_TYPE_BOOLEAN;
      WHORL_TRY(add_numbers(builder, member->name_, offset, (uint8_t)whorl__member_width(member), count, is_bool));
    }
    }
  }
  return WHORL_OK;
}

// Moves what the builder has gathered into the arena.
static int finish(builder_t *builder, size_t size, const whorl__program_t **ret_program)
{
  whorl__program_t *program = whorl__arena_alloc(builder->arena, sizeof *program);
  whorl__step_t *steps = whorl__arena_alloc(builder->arena, builder->step_count * sizeof *steps);
  whorl__field_t *fields = whorl__arena_alloc(builder->arena, builder->field_count * sizeof *fields);
  if (program == NULL || steps == NULL || fields == NULL) return out_of_memory();
  assert(builder->steps != NULL); // there is no message without a field
  memcpy(steps, builder->steps, builder->step_count * sizeof *steps);
  if (builder->field_count > 0) memcpy(fields, builder->fields, builder->field_count * sizeof *fields);
  for (size_t i = 0, used = 0; i < builder->step_count; used += steps[i].field_count, i++) {
    if (steps[i].kind == WHORL__STEP_RUN) steps[i].fields = fields + used;
  }
  *program = (whorl__program_t){.steps = steps, .step_count = builder->step_count, .size = size};
  summarise(program);
  *ret_program = program;
  return WHORL_OK;
}

static int compile(whorl__arena_t *arena, const whorl__members_t *members, unsigned depth, const whorl__program_t **ret_program)
{
  builder_t builder = {.arena = arena};
  int status = add_members(&builder, members, 0, depth);
  if (status == WHORL_OK) status = finish(&builder, members->size_of_, ret_program);
  whorl__free(builder.steps);
  whorl__free(builder.fields);
  return status;
}

int whorl__program_compile(whorl__arena_t *arena, const whorl__members_t *members, const whorl__program_t **ret_program)
{
  return compile(arena, members, 0, ret_program);
}
