#include "message/service_members.h"

#include <stdio.h>
#include <string.h>

#include <builtin_interfaces/msg/time.h>
#include <rosidl_typesupport_introspection_c/field_types.h>
#include <rosidl_typesupport_introspection_c/identifier.h>

#include "base/detail.h"
#include "base/memory.h"
#include "message/members.h"
#include "whorl/status.h"

enum { INFO, EVENT, REQUEST, RESPONSE, TIME, NESTED, NAME_SIZE = 256 };

struct whorl__service_members {
  char name[NAME_SIZE], event_name[NAME_SIZE + 8];
  rosidl_message_type_support_t supports[NESTED];
  whorl__members_t service, event, info;
  whorl__member_t of_service[3], of_event[3], of_info[4];
};

static rosidl_message_type_support_t support_of(const void *members)
{
  return (rosidl_message_type_support_t){.typesupport_identifier = rosidl_typesupport_introspection_c__identifier, .data = members};
}

static whorl__member_t nested(const char *name, const rosidl_message_type_support_t *support)
{
  return (whorl__member_t){.name_ = name, .type_id_ = rosidl_typesupport_introspection_c__ROS_TYPE_MESSAGE, .members_ = support};
}

static whorl__member_t at_most_one(const char *name, const rosidl_message_type_support_t *support)
{
  whorl__member_t member = nested(name, support);
  member.is_array_ = member.is_upper_bound_ = true;
  member.array_size_ = 1;
  return member;
}

// service_msgs/msg/ServiceEventInfo, which a ROS 2 before Iron does not have.
static void fill_info(whorl__service_members_t *self)
{
  self->of_info[0] = (whorl__member_t){.name_ = "event_type", .type_id_ = rosidl_typesupport_introspection_c__ROS_TYPE_UINT8};
  self->of_info[1] = nested("stamp", &self->supports[TIME]);
  self->of_info[2] = (whorl__member_t){
      .name_ = "client_gid", .type_id_ = rosidl_typesupport_introspection_c__ROS_TYPE_UINT8, .is_array_ = true, .array_size_ = 16};
  self->of_info[3] = (whorl__member_t){.name_ = "sequence_number", .type_id_ = rosidl_typesupport_introspection_c__ROS_TYPE_INT64};
  self->info = (whorl__members_t){
      .message_namespace_ = "service_msgs__msg", .message_name_ = "ServiceEventInfo", .member_count_ = 4, .members_ = self->of_info};
}

static void fill(whorl__service_members_t *self, const char *folder)
{
  fill_info(self);
  self->of_event[0] = nested("info", &self->supports[INFO]);
  self->of_event[1] = at_most_one("request", &self->supports[REQUEST]);
  self->of_event[2] = at_most_one("response", &self->supports[RESPONSE]);
  self->event = (whorl__members_t){
      .message_namespace_ = folder, .message_name_ = self->event_name, .member_count_ = 3, .members_ = self->of_event};
  self->of_service[0] = nested("request_message", &self->supports[REQUEST]);
  self->of_service[1] = nested("response_message", &self->supports[RESPONSE]);
  self->of_service[2] = nested("event_message", &self->supports[EVENT]);
  self->service = (whorl__members_t){
      .message_namespace_ = folder, .message_name_ = self->name, .member_count_ = 3, .members_ = self->of_service};
}

// "SetBool" of "SetBool_Request".
static int name_service(whorl__service_members_t *self, const whorl__members_t *request)
{
  const char *name = request->message_name_, *end = strstr(name, "_Request");
  if (end == NULL || strcmp(end, "_Request") != 0) return whorl__fail(WHORL_INVALID_TYPE, "%s is no request of a service", name);
  if (end - name >= NAME_SIZE) return whorl__fail(WHORL_LIMIT_EXCEEDED, "the name of type %s is too long", name);
  snprintf(self->name, sizeof self->name, "%.*s", (int)(end - name), name);
  snprintf(self->event_name, sizeof self->event_name, "%s_Event", self->name);
  return WHORL_OK;
}

int whorl__service_members_create(const whorl__type_t *request, const whorl__type_t *response, whorl__service_members_t **ret_members)
{
  const whorl__type_t *time;
  WHORL_TRY(whorl__type_get(WHORL_MESSAGE(builtin_interfaces, msg, Time), &time));
  whorl__service_members_t *self = whorl__alloc(sizeof *self);
  if (self == NULL) return whorl__fail(WHORL_NO_MEMORY, "no memory for the tables of a service type");
  int status = name_service(self, request->members);
  if (status < 0) {
    whorl__free(self);
    return status;
  }
  self->supports[INFO] = support_of(&self->info);
  self->supports[EVENT] = support_of(&self->event);
  self->supports[REQUEST] = support_of(request->members);
  self->supports[RESPONSE] = support_of(response->members);
  self->supports[TIME] = support_of(time->members);
  fill(self, ((const whorl__members_t *)request->members)->message_namespace_);
  *ret_members = self;
  return WHORL_OK;
}

void whorl__service_members_destroy(whorl__service_members_t *self) { whorl__free(self); }

const void *whorl__service_members_of(const whorl__service_members_t *self) { return &self->service; }
