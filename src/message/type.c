#include "message/type.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <rosidl_typesupport_introspection_c/identifier.h>
#include <rosidl_typesupport_introspection_c/message_introspection.h>
#include <rosidl_typesupport_introspection_c/service_introspection.h>

#include "base/detail.h"
#include "message/cdr_pool.h"
#include "message/contents.h"
#include "message/pool.h"
#include "message/program.h"
#include "message/type_hash.h"
#include "whorl/status.h"

enum { NAME_SIZE = 512 };

typedef struct entry {
  whorl__type_t type;
  whorl__message_pool_t pool;
  struct entry *next;
} entry_t;

// Types are few and looked up when an entity is created, never per message: a list and a lock. The lock is a leaf (base/memory.h takes none).
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static entry_t *entries;
static whorl__arena_t arena;

static char *dds_name(const char *ros_name)
{
  // "std_msgs/msg/String" becomes "std_msgs::msg::dds_::String_"
  char text[2 * NAME_SIZE];
  size_t used = 0;
  const char *name = strrchr(ros_name, '/') + 1;
  for (const char *c = ros_name; c < name; c++) {
    text[used++] = *c == '/' ? ':' : *c;
    if (*c == '/') text[used++] = ':';
  }
  int rest = snprintf(text + used, sizeof text - used, "dds_::%s_", name);
  size_t size = used + (size_t)rest + 1;
  char *copy = whorl__arena_alloc(&arena, size);
  return copy != NULL ? memcpy(copy, text, size) : NULL;
}

static int build(const whorl__members_t *members, entry_t **ret_entry)
{
  const whorl__program_t *program = NULL;
  char name[NAME_SIZE];
  WHORL_TRY(whorl__program_compile(&arena, members, &program));
  WHORL_TRY(whorl__members_name(members, name, sizeof name));
  entry_t *entry = whorl__arena_alloc(&arena, sizeof *entry);
  char *ros_name = whorl__arena_alloc(&arena, strlen(name) + 1);
  if (entry == NULL || ros_name == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for type %s", name);
  whorl__type_t *type = &entry->type;
  type->ros_name = strcpy(ros_name, name);
  type->dds_name = dds_name(name);
  if (type->dds_name == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for type %s", name);
  WHORL_TRY(whorl__type_hash(members, type->hash));
  type->size = members->size_of_;
  type->alignment = 16; // rosidl's structs need no more
  type->fixed_size = program->fixed_size;
  type->program = program;
  type->members = members;
  type->pool = &entry->pool;
  whorl__message_pool_init(&entry->pool);
  *ret_entry = entry;
  return WHORL_OK;
}

static entry_t *find(const whorl__members_t *members)
{
  entry_t *entry = entries;
  while (entry != NULL && entry->type.members != members) entry = entry->next;
  return entry;
}

// The lock is held.
static int intern(const whorl__members_t *members, const whorl__type_t **ret_type)
{
  entry_t *entry = find(members);
  if (entry == NULL) {
    whorl__arena_mark(&arena);
    int status = build(members, &entry);
    if (status < 0) {
      whorl__arena_rewind(&arena);
      return status;
    }
    assert(entry != NULL);
    entry->next = entries;
    entries = entry;
  }
  *ret_type = &entry->type;
  return WHORL_OK;
}

// The lock is held: ROS's own dispatching type support loads the introspection library when it is first asked for, with no lock of its own.
static int get_type(whorl_message_type_t support, const whorl__type_t **ret_type)
{
  const rosidl_message_type_support_t *introspection = support->func(support, rosidl_typesupport_introspection_c__identifier);
  if (introspection != NULL && introspection->data != NULL) return intern(introspection->data, ret_type);
  return whorl__fail(
      WHORL_INVALID_TYPE,
      "type support '%s' does not lead to C introspection; is the package's rosidl_typesupport_introspection_c library there?",
      support->typesupport_identifier != NULL ? support->typesupport_identifier : "");
}

static int get_service_types(whorl_service_type_t support, const whorl__type_t **ret_request, const whorl__type_t **ret_response)
{
  const rosidl_service_type_support_t *introspection = support->func(support, rosidl_typesupport_introspection_c__identifier);
  if (introspection == NULL || introspection->data == NULL) {
    return whorl__fail(WHORL_INVALID_TYPE, "type support '%s' does not lead to C introspection of a service",
                       support->typesupport_identifier != NULL ? support->typesupport_identifier : "");
  }
  const rosidl_typesupport_introspection_c__ServiceMembers *service = introspection->data;
  const whorl__type_t *request = NULL, *response = NULL;
  WHORL_TRY(intern(service->request_members_, &request));
  WHORL_TRY(intern(service->response_members_, &response));
  *ret_request = request;
  *ret_response = response;
  return WHORL_OK;
}

int whorl__type_get(whorl_message_type_t support, const whorl__type_t **ret_type)
{
  if (support == NULL || support->func == NULL) {
    return whorl__fail(WHORL_INVALID_TYPE, "the message type is NULL; use WHORL_MESSAGE(package, msg, Name)");
  }
  pthread_mutex_lock(&lock);
  int status = get_type(support, ret_type);
  pthread_mutex_unlock(&lock);
  return status;
}

int whorl__service_type_get(whorl_service_type_t support, const whorl__type_t **ret_request, const whorl__type_t **ret_response)
{
  if (support == NULL || support->func == NULL) {
    return whorl__fail(WHORL_INVALID_TYPE, "the service type is NULL; use WHORL_SERVICE(package, srv, Name)");
  }
  pthread_mutex_lock(&lock);
  int status = get_service_types(support, ret_request, ret_response);
  pthread_mutex_unlock(&lock);
  return status;
}

static void tell(const whorl__type_t *type, whorl_message_type_info_t *ret_info)
{
  if (ret_info != NULL) *ret_info = (whorl_message_type_info_t){type->ros_name, type->hash, type->size};
}

int whorl_message_type_read_info(whorl_message_type_t support, whorl_message_type_info_t *ret_info)
{
  const whorl__type_t *type;
  WHORL_TRY(whorl__type_get(support, &type));
  tell(type, ret_info);
  return WHORL_OK;
}

int whorl_service_type_read_info(whorl_service_type_t support, whorl_message_type_info_t *ret_request,
                                 whorl_message_type_info_t *ret_response)
{
  const whorl__type_t *request, *response;
  WHORL_TRY(whorl__service_type_get(support, &request, &response));
  tell(request, ret_request);
  tell(response, ret_response);
  return WHORL_OK;
}

int whorl__type_copy(const whorl__type_t *type, const void *from, void *to) { return whorl__contents_copy(type->program, from, to); }

void whorl__pools_trim(void)
{
  pthread_mutex_lock(&lock);
  entry_t *entry = entries;
  pthread_mutex_unlock(&lock);
  for (; entry != NULL; entry = entry->next) whorl__message_pool_trim(&entry->pool); // entries stay, and only the head changes
  whorl__cdr_trim();
}
