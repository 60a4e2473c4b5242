// QoS of publishers and subscriptions as read-only parameters of their node.
//
// First what the parameters will say, which may be wrong, then the user's word, then they are declared: a creation that fails leaves none.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/detail.h"
#include "base/memory.h"
#include "parameter/parameters.h"
#include "transport/transport.h"
#include "whorl/qos_override.h"

enum { POLICIES = 9, USUAL = WHORL_QOS_OVERRIDE_HISTORY | WHORL_QOS_OVERRIDE_DEPTH | WHORL_QOS_OVERRIDE_RELIABILITY, NAME_SIZE = 512 };

static const char *const policy_names[POLICIES] = {"history",
                                                   "depth",
                                                   "reliability",
                                                   "durability",
                                                   "deadline",
                                                   "lifespan",
                                                   "liveliness",
                                                   "liveliness_lease_duration",
                                                   "avoid_ros_namespace_conventions"};

// The words of an enumeration, by its values.
typedef const char *words_t[4];
static const words_t histories = {"system_default", "keep_last", "keep_all", NULL};
static const words_t reliabilities = {"system_default", "reliable", "best_effort", "best_available"};
static const words_t durabilities = {"system_default", "transient_local", "volatile", "best_available"};
static const words_t livelinesses = {"system_default", "automatic", "manual_by_topic", "best_available"};

typedef struct overriding {
  whorl__parameters_t *parameters;
  const whorl__overridden_t *what;
  unsigned policies;
  whorl_qos_t asked, qos; // what the program asks for, and what it gets
} overriding_t;

static unsigned bit_of(int policy) { return 1u << policy; }

static void make_name(const overriding_t *self, int policy, char name[static NAME_SIZE])
{
  const char *id = self->what->options->id != NULL ? self->what->options->id : "";
  snprintf(name, NAME_SIZE, "qos_overrides.%s.%s%s%s.%s", self->what->topic, self->what->is_writer ? "publisher" : "subscription",
           id[0] != '\0' ? "_" : "", id, policy_names[policy]);
}

// --- a policy as a value, and back

static whorl_parameter_value_t value_of(const whorl_qos_t *qos, int policy)
{
  switch (bit_of(policy)) {
  case WHORL_QOS_OVERRIDE_HISTORY: return whorl_parameter_string(histories[qos->history]);
  case WHORL_QOS_OVERRIDE_DEPTH: return whorl_parameter_integer((int64_t)qos->depth);
  case WHORL_QOS_OVERRIDE_RELIABILITY: return whorl_parameter_string(reliabilities[qos->reliability]);
  case WHORL_QOS_OVERRIDE_DURABILITY: return whorl_parameter_string(durabilities[qos->durability]);
  case WHORL_QOS_OVERRIDE_DEADLINE: return whorl_parameter_integer(qos->deadline_ns);
  case WHORL_QOS_OVERRIDE_LIFESPAN: return whorl_parameter_integer(qos->lifespan_ns);
  case WHORL_QOS_OVERRIDE_LIVELINESS: return whorl_parameter_string(livelinesses[qos->liveliness]);
  case WHORL_QOS_OVERRIDE_LEASE: return whorl_parameter_integer(qos->liveliness_lease_ns);
  default: return whorl_parameter_bool(qos->avoid_ros_namespace_conventions);
  }
}

static int read_word(const char *name, const words_t *words, const char *text, int *ret_value)
{
  const char *given = text != NULL ? text : "";
  for (int i = 0; i < 4 && (*words)[i] != NULL; i++)
    if (strcmp((*words)[i], given) == 0) {
      *ret_value = i;
      return WHORL_OK;
    }
  const char *last = (*words)[3];
  return whorl__fail(WHORL_INVALID_QOS, "parameter '%s' is '%s', which is none of %s, %s, %s%s%s", name, given, (*words)[0], (*words)[1],
                     (*words)[2], last != NULL ? ", " : "", last != NULL ? last : "");
}

static int read_number(const char *name, int64_t number, int64_t most, int64_t *ret_value)
{
  if (number < 0 || number > most) return whorl__fail(WHORL_INVALID_QOS, "parameter '%s' cannot be %" PRId64, name, number);
  *ret_value = number;
  return WHORL_OK;
}

static int apply(const char *name, const whorl_parameter_value_t *value, int policy, whorl_qos_t *qos)
{
  int word = 0;
  int64_t depth = 0;
  switch (bit_of(policy)) {
  case WHORL_QOS_OVERRIDE_HISTORY:
    WHORL_TRY(read_word(name, &histories, value->text, &word));
    qos->history = (whorl_history_t)word;
    return WHORL_OK;
  case WHORL_QOS_OVERRIDE_DEPTH:
    WHORL_TRY(read_number(name, value->integer, INT32_MAX, &depth));
    qos->depth = (size_t)depth;
    return WHORL_OK;
  case WHORL_QOS_OVERRIDE_RELIABILITY:
    WHORL_TRY(read_word(name, &reliabilities, value->text, &word));
    qos->reliability = (whorl_reliability_t)word;
    return WHORL_OK;
  case WHORL_QOS_OVERRIDE_DURABILITY:
    WHORL_TRY(read_word(name, &durabilities, value->text, &word));
    qos->durability = (whorl_durability_t)word;
    return WHORL_OK;
  case WHORL_QOS_OVERRIDE_DEADLINE: return read_number(name, value->integer, INT64_MAX, &qos->deadline_ns);
  case WHORL_QOS_OVERRIDE_LIFESPAN: return read_number(name, value->integer, INT64_MAX, &qos->lifespan_ns);
  case WHORL_QOS_OVERRIDE_LIVELINESS:
    WHORL_TRY(read_word(name, &livelinesses, value->text, &word));
    qos->liveliness = (whorl_liveliness_t)word;
    return WHORL_OK;
  case WHORL_QOS_OVERRIDE_LEASE: return read_number(name, value->integer, INT64_MAX, &qos->liveliness_lease_ns);
  default: qos->avoid_ros_namespace_conventions = value->boolean; return WHORL_OK;
  }
}

// What the program leaves open is told as what it comes to.
static int resolve_asked(const whorl_qos_t *given, whorl_qos_t *ret_asked)
{
  whorl_qos_t resolved, asked = *given;
  WHORL_TRY(whorl__qos_resolve(given, &resolved));
  if (given->history == WHORL_HISTORY_DEFAULT) asked.history = resolved.history;
  if (given->reliability == WHORL_RELIABILITY_DEFAULT) asked.reliability = resolved.reliability;
  if (given->durability == WHORL_DURABILITY_DEFAULT) asked.durability = resolved.durability;
  if (given->liveliness == WHORL_LIVELINESS_DEFAULT) asked.liveliness = resolved.liveliness;
  asked.depth = resolved.depth;
  *ret_asked = asked;
  return WHORL_OK;
}

// --- one policy

// What the parameter has, or will have once it is declared. The receiver's to fini.
static int look_up(const overriding_t *self, const char *name, const whorl_parameter_value_t *asked, whorl_parameter_value_t *ret_value)
{
  int status = whorl__parameters_get(self->parameters, name, ret_value);
  if (status != WHORL_NOT_FOUND && (status < 0 || ret_value->type != WHORL_PARAMETER_NOT_SET)) return status;
  const whorl_parameter_value_t *override = whorl__parameters_override(self->parameters->node, name);
  return whorl_parameter_value_copy(override != NULL ? override : asked, ret_value);
}

static int read_policy(overriding_t *self, int policy)
{
  char name[NAME_SIZE];
  whorl_parameter_value_t asked = value_of(&self->asked, policy), value;
  make_name(self, policy, name);
  WHORL_TRY(look_up(self, name, &asked, &value));
  int status = value.type == asked.type ? apply(name, &value, policy, &self->qos)
                                        : whorl__fail(WHORL_WRONG_TYPE, "parameter '%s' is of type %s, but its value of type %s", name,
                                                      whorl_parameter_type_name(asked.type), whorl_parameter_type_name(value.type));
  whorl_parameter_value_fini(&value);
  return status;
}

static int declare_policy(const overriding_t *self, int policy, bool *ret_declared)
{
  char name[NAME_SIZE], description[NAME_SIZE];
  const whorl_parameter_value_t asked = value_of(&self->asked, policy);
  make_name(self, policy, name);
  snprintf(description, sizeof description, "QoS of the %s on %s: %s", self->what->is_writer ? "publisher" : "subscription",
           self->what->topic, policy_names[policy]);
  const whorl_parameter_options_t options = {.read_only = true, .description = description};
  int status = whorl__parameters_declare(self->parameters, name, &asked, &options, NULL);
  *ret_declared = status == WHORL_OK;
  return status == WHORL_ALREADY_ADDED ? WHORL_OK : status; // another one of the node has the same
}

static void undeclare_policy(const overriding_t *self, int policy)
{
  char name[NAME_SIZE];
  make_name(self, policy, name);
  if (whorl__parameters_begin(self->parameters) < 0) return;
  whorl__parameter_t *row = whorl__parameters_find(self->parameters, name);
  if (row != NULL) whorl__parameters_remove(self->parameters, row);
  whorl__parameters_end(self->parameters);
}

// --- all of them

static int read_all(overriding_t *self)
{
  for (int policy = 0; policy < POLICIES; policy++)
    if ((self->policies & bit_of(policy)) != 0) WHORL_TRY(read_policy(self, policy));
  return WHORL_OK;
}

static int validate(const overriding_t *self)
{
  char reason[WHORL_QOS_REASON_SIZE] = "";
  const whorl_qos_overriding_t *options = self->what->options;
  int status = options->validate != NULL ? options->validate(&self->qos, reason, options->arg) : WHORL_OK;
  if (status == WHORL_OK) return WHORL_OK;
  reason[sizeof reason - 1] = '\0';
  return whorl__fail(WHORL_INVALID_QOS, "the QoS of the %s on '%s' was refused: %s", self->what->is_writer ? "publisher" : "subscription",
                     self->what->topic, reason[0] != '\0' ? reason : whorl_status_sentence(status));
}

static int declare_all(const overriding_t *self)
{
  unsigned declared = 0;
  int status = WHORL_OK;
  for (int policy = 0; policy < POLICIES && status == WHORL_OK; policy++) {
    bool is_new = false;
    if ((self->policies & bit_of(policy)) != 0) status = declare_policy(self, policy, &is_new);
    if (is_new) declared |= bit_of(policy);
  }
  for (int policy = 0; policy < POLICIES && status < 0; policy++)
    if ((declared & bit_of(policy)) != 0) undeclare_policy(self, policy);
  return status;
}

int whorl__parameters_override_qos(whorl__node_t *node, const whorl__overridden_t *what, whorl_qos_t *qos)
{
  overriding_t self = {.parameters = whorl__parameters_of(node), .what = what, .qos = *qos};
  self.policies = what->options->policies != 0 ? what->options->policies : USUAL;
  if (!what->is_writer) self.policies &= ~(unsigned)WHORL_QOS_OVERRIDE_LIFESPAN;
  WHORL_TRY(resolve_asked(qos, &self.asked));
  WHORL_TRY(read_all(&self));
  WHORL_TRY(validate(&self));
  WHORL_TRY(declare_all(&self));
  *qos = self.qos;
  return WHORL_OK;
}
