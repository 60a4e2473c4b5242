// The tables of a service type itself, made of those of its request and response: rosidl generates none before Iron. Its description and hash follow from them as those of a message do.
//
// A service has three fields: request, response, and the event that service introspection publishes, which holds them both with a fixed head. Only names and kinds are filled in: no message of it can be made.
#ifndef WHORL_MESSAGE_SERVICE_MEMBERS_H
#define WHORL_MESSAGE_SERVICE_MEMBERS_H

#include "message/type.h"

typedef struct whorl__service_members whorl__service_members_t; // owned by the caller

// LIMIT_EXCEEDED: a name too long; INVALID_TYPE: the types are not those of a service; NO_MEMORY.
int whorl__service_members_create(const whorl__type_t *request, const whorl__type_t *response, whorl__service_members_t **ret_members);
void whorl__service_members_destroy(whorl__service_members_t *members);
const void *whorl__service_members_of(const whorl__service_members_t *members); // whorl__members_t of the service

#endif
