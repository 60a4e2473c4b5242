#include "lifecycle/state_machine.h"

#include <assert.h>
#include <string.h>

#include "whorl/status.h"

#define UNKNOWN  \
  {              \
    0, "unknown" \
  }
#define UNCONFIGURED  \
  {                   \
    1, "unconfigured" \
  }
#define INACTIVE  \
  {               \
    2, "inactive" \
  }
#define ACTIVE  \
  {             \
    3, "active" \
  }
#define FINALIZED  \
  {                \
    4, "finalized" \
  }
#define CONFIGURING   \
  {                   \
    10, "configuring" \
  }
#define CLEANING_UP  \
  {                  \
    11, "cleaningup" \
  }
#define SHUTTING_DOWN  \
  {                    \
    12, "shuttingdown" \
  }
#define ACTIVATING   \
  {                  \
    13, "activating" \
  }
#define DEACTIVATING   \
  {                    \
    14, "deactivating" \
  }
#define ERROR_PROCESSING  \
  {                       \
    15, "errorprocessing" \
  }

const whorl__state_t whorl__states[WHORL__STATES] = {UNKNOWN,     UNCONFIGURED,  INACTIVE,   ACTIVE,       FINALIZED,       CONFIGURING,
                                                     CLEANING_UP, SHUTTING_DOWN, ACTIVATING, DEACTIVATING, ERROR_PROCESSING};

static const char success[] = "transition_success", failure[] = "transition_failure", error[] = "transition_error";

const whorl__transition_t whorl__transitions[WHORL__TRANSITIONS] = {
    {1, "configure", UNCONFIGURED, CONFIGURING},   {10, success, CONFIGURING, INACTIVE},
    {11, failure, CONFIGURING, UNCONFIGURED},      {12, error, CONFIGURING, ERROR_PROCESSING},
    {2, "cleanup", INACTIVE, CLEANING_UP},         {20, success, CLEANING_UP, UNCONFIGURED},
    {21, failure, CLEANING_UP, INACTIVE},          {22, error, CLEANING_UP, ERROR_PROCESSING},
    {3, "activate", INACTIVE, ACTIVATING},         {30, success, ACTIVATING, ACTIVE},
    {31, failure, ACTIVATING, INACTIVE},           {32, error, ACTIVATING, ERROR_PROCESSING},
    {4, "deactivate", ACTIVE, DEACTIVATING},       {40, success, DEACTIVATING, INACTIVE},
    {41, failure, DEACTIVATING, ACTIVE},           {42, error, DEACTIVATING, ERROR_PROCESSING},
    {5, "shutdown", UNCONFIGURED, SHUTTING_DOWN},  {6, "shutdown", INACTIVE, SHUTTING_DOWN},
    {7, "shutdown", ACTIVE, SHUTTING_DOWN},        {50, success, SHUTTING_DOWN, FINALIZED},
    {51, failure, SHUTTING_DOWN, FINALIZED},       {52, error, SHUTTING_DOWN, ERROR_PROCESSING},
    {60, success, ERROR_PROCESSING, UNCONFIGURED}, {61, failure, ERROR_PROCESSING, FINALIZED},
    {62, error, ERROR_PROCESSING, FINALIZED},
};

enum { LAST_ASKED_FOR = 7, FIRST_SHUTDOWN = 5 };

static bool is_meant(const whorl__transition_t *transition, uint8_t id, const char *label)
{
  if (id == 0) return strcmp(transition->label, label) == 0;
  return transition->id == id || (id >= FIRST_SHUTDOWN && transition->id >= FIRST_SHUTDOWN && id <= LAST_ASKED_FOR);
}

const whorl__transition_t *whorl__transition_find(whorl_lifecycle_state_t start, uint8_t id, const char *label)
{
  for (size_t i = 0; i < WHORL__TRANSITIONS; i++) {
    const whorl__transition_t *transition = &whorl__transitions[i];
    if (transition->start.id == (uint8_t)start && is_meant(transition, id, label)) return transition;
  }
  return NULL;
}

const whorl__transition_t *whorl__transition_outcome(whorl_lifecycle_state_t start, int status)
{
  const char *label = status == WHORL_OK ? success : status == WHORL_UNSUCCESSFUL ? failure : error;
  for (size_t i = 0; i < WHORL__TRANSITIONS; i++)
    if (whorl__transitions[i].start.id == (uint8_t)start && whorl__transitions[i].label == label) return &whorl__transitions[i];
  assert(!"a state without a callback has no outcome");
  return NULL;
}

const char *whorl_lifecycle_state_name(whorl_lifecycle_state_t state)
{
  for (size_t i = 0; i < WHORL__STATES; i++)
    if (whorl__states[i].id == (unsigned)state) return whorl__states[i].label;
  return "?";
}
