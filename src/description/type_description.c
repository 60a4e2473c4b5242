#include "description/type_description.h"

#include <string.h>

#include <rosidl_runtime_c/string_functions.h>
#include <type_description_interfaces/msg/field.h>
#include <type_description_interfaces/msg/individual_type_description.h>
#include <type_description_interfaces/srv/get_type_description.h>

#include "base/detail.h"
#include "base/memory.h"
#include "message/description.h"
#include "message/service_members.h"
#include "message/type_hash.h"
#include "node/entity.h"
#include "whorl/service.h"

typedef type_description_interfaces__srv__GetTypeDescription_Request request_t;
typedef type_description_interfaces__srv__GetTypeDescription_Response response_t;
typedef type_description_interfaces__msg__IndividualTypeDescription one_type_t;
typedef type_description_interfaces__msg__TypeDescription type_description_t;

// --- which type is meant

typedef struct used {
  const whorl__type_t *types[2]; // of an entity: its message's, or request and response
} used_t;

enum { BATCH = 32 };

// The types of the entities from the `first` one on; they live as long as the process.
static size_t copy_used(whorl__node_t *node, size_t first, used_t *ret_used)
{
  size_t index = 0, count = 0;
  pthread_mutex_lock(&node->context->lock);
  for (whorl__link_t *link = whorl__list_first(&node->entities); link != NULL && count < BATCH;
       link = whorl__list_next(&node->entities, link)) {
    const whorl__entity_t *entity = WHORL__CONTAINER(link, whorl__entity_t, link);
    if (index++ < first) continue;
    ret_used[count++] = (used_t){{entity->types[0], entity->types[1]}};
  }
  pthread_mutex_unlock(&node->context->lock);
  return count;
}

typedef struct found {
  const whorl__members_t *members;
  whorl__service_members_t *made; // the members are its; NULL: a message's
} found_t;

static int look_at_service(const used_t *used, const char *hash, found_t *found)
{
  whorl__service_members_t *made;
  char own[WHORL__TYPE_HASH_SIZE];
  WHORL_TRY(whorl__service_members_create(used->types[0], used->types[1], &made));
  int status = whorl__type_hash(whorl__service_members_of(made), own);
  if (status == WHORL_OK && strcmp(own, hash) == 0)
    *found = (found_t){whorl__service_members_of(made), made};
  else
    whorl__service_members_destroy(made);
  return status;
}

static int look_at(const used_t *used, const char *hash, found_t *found)
{
  for (int i = 0; i < 2; i++)
    if (used->types[i] != NULL && strcmp(used->types[i]->hash, hash) == 0) found->members = used->types[i]->members;
  return used->types[1] != NULL && found->members == NULL ? look_at_service(used, hash, found) : WHORL_OK;
}

static int find(whorl__node_t *node, const char *hash, found_t *found)
{
  used_t used[BATCH];
  size_t count = BATCH;
  for (size_t first = 0; count == BATCH && found->members == NULL; first += count) {
    count = copy_used(node, first, used);
    for (size_t i = 0; i < count && found->members == NULL; i++) WHORL_TRY(look_at(&used[i], hash, found));
  }
  return found->members != NULL ? WHORL_OK : whorl__fail(WHORL_NOT_FOUND, "node '%s' uses no type with this hash", node->full_name);
}

// --- the answer

static bool fill_field(const whorl__field_description_t *field, type_description_interfaces__msg__Field *ret_field)
{
  ret_field->type.type_id = (uint8_t)field->type_id;
  ret_field->type.capacity = field->capacity;
  ret_field->type.string_capacity = field->string_capacity;
  return rosidl_runtime_c__String__assign(&ret_field->name, field->name) &&
         rosidl_runtime_c__String__assign(&ret_field->type.nested_type_name, field->nested_type_name);
}

static int no_memory(void) { return whorl__fail(WHORL_NO_MEMORY, "no memory for the description of a type"); }

static int fill_type(const whorl__members_t *members, one_type_t *ret_type)
{
  char name[WHORL__DESCRIPTION_NAME_SIZE];
  WHORL_TRY(whorl__members_name(members, name, sizeof name));
  type_description_interfaces__msg__Field__Sequence__fini(&ret_type->fields);
  if (!rosidl_runtime_c__String__assign(&ret_type->type_name, name) ||
      !type_description_interfaces__msg__Field__Sequence__init(&ret_type->fields, members->member_count_))
    return no_memory();
  for (uint32_t i = 0; i < members->member_count_; i++) {
    whorl__field_description_t field;
    WHORL_TRY(whorl__description_field(members, i, &field));
    if (!fill_field(&field, &ret_type->fields.data[i])) return no_memory();
  }
  return WHORL_OK;
}

static int fill_description(const whorl__members_t *members, type_description_t *ret_description)
{
  whorl__description_t description;
  WHORL_TRY(whorl__description_collect(members, &description));
  WHORL_TRY(fill_type(members, &ret_description->type_description));
  type_description_interfaces__msg__IndividualTypeDescription__Sequence *referred = &ret_description->referenced_type_descriptions;
  type_description_interfaces__msg__IndividualTypeDescription__Sequence__fini(referred);
  if (!type_description_interfaces__msg__IndividualTypeDescription__Sequence__init(referred, description.count - 1)) return no_memory();
  for (size_t i = 1; i < description.count; i++) WHORL_TRY(fill_type(description.types[i], &referred->data[i - 1]));
  return WHORL_OK;
}

static int check_hash(const char *hash)
{
  size_t digits = strncmp(hash, "RIHS01_", 7) == 0 ? strspn(hash + 7, "0123456789abcdef") : 0;
  if (digits == 64 && hash[7 + digits] == '\0') return WHORL_OK;
  return whorl__fail(WHORL_INVALID_ARGUMENT, "type hash '%.80s' is not RIHS01_ and 64 hexadecimal digits", hash);
}

static int describe(whorl__node_t *node, const char *hash, type_description_t *ret_description)
{
  found_t found = {0};
  WHORL_TRY(check_hash(hash));
  WHORL_TRY(find(node, hash, &found));
  int status = fill_description(found.members, ret_description);
  whorl__service_members_destroy(found.made);
  return status;
}

// A request that there is no memory for is not answered: it is no fault of the node.
static int answer(const void *request, void *response_memory, whorl_service_call_t call, void *arg)
{
  response_t *response = response_memory;
  int status = describe(arg, ((const request_t *)request)->type_hash.data, &response->type_description);
  response->successful = status == WHORL_OK;
  if (status == WHORL_NO_MEMORY || !rosidl_runtime_c__String__assign(&response->failure_reason, status == WHORL_OK ? "" : whorl_detail()))
    return whorl_service_call_drop(call);
  return WHORL_OK;
}

int whorl__type_description_bring(whorl__node_t *node, const whorl_node_options_t *options)
{
  if (!whorl__node_wants(node, options->type_description)) return WHORL_OK;
  return whorl_service_create((whorl_node_t){node->id}, WHORL_SERVICE(type_description_interfaces, srv, GetTypeDescription),
                              "~/get_type_description", answer, node, NULL, NULL);
}
