// whorl service call
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "listing.h"
#include "live.h"
#include "qos_options.h"
#include "session.h"
#include "types.h"
#include "values.h"
#include "yaml_out.h"

static const option_t OPTIONS[] = {
    {"rate", 'r', "RATE", "calls again and again, so many times in a second"},
    {"timeout", 0, "SECONDS", "has failed when the service is not there or has not answered by then"},
    {NULL, 0, NULL, NULL},
};

typedef struct call {
  session_t *session;
  whorl_service_type_t type;
  whorl_client_t client;
  whorl_qos_t qos;
  values_t values;
  double rate; // 0: once
  int64_t limit_ns;
} call_t;

static int wait_for_service(const call_t *call)
{
  if (whorl_client_service_is_ready(call->client)) return WHORL_OK;
  live_show("waiting for service to become available...");
  int status = whorl_client_wait_for_service(call->client);
  live_clear();
  return status;
}

// One call and its answer, within the limit.
static int call_once(const call_t *call, size_t index)
{
  const members_t *members = types_response(call->type);
  void *request = call->values.at[index].message, *response = message_create(members);
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, call->limit_ns);
  int status = wait_for_service(call);
  if (status >= 0) {
    stamps_set(&call->values.at[index].stamps, whorl_clock_now_ns(whorl_node_clock(call->session->node)));
    char *line = yaml_line(call->values.members, request);
    printf("requester: making request: %s\n\n", line);
    free(line);
    status = whorl_client_call(call->client, request, response);
  }
  status = whorl_timeout_close(&timeout, status);
  if (status >= 0) {
    puts("response:");
    yaml_print(members, response, &(yaml_style_t){0}, stdout);
    putchar('\n');
  }
  message_destroy(members, response);
  return status;
}

static int call_in_turn(const call_t *call)
{
  const int64_t began_ns = whorl_now_ns();
  for (uint64_t number = 1;; number++) {
    WHORL_TRY(call_once(call, (number - 1) % call->values.count));
    if ((call->rate == 0 && number == call->values.count) || ferror(stdout) != 0) return WHORL_OK;
    if (call->rate != 0) WHORL_TRY(whorl_sleep_until(began_ns + (int64_t)((double)number * 1e9 / call->rate)));
  }
}

// A server of another type never answers; nor does one that the wrong word was typed for.
static void warn_of_types(const call_t *call, const char *service)
{
  names_t types = {0}, others = {0};
  type_name_t own;
  fault_t fault;
  listing_types(call->session, whorl_node_visit_services, service, &types);
  (void)type_name_parse(arguments_word(call->session->arguments, 1), KIND_SERVICE, &own, &fault);
  char *name = format_text("%s/srv/%s", own.package, own.name);
  for (size_t i = 0; i < types.count; i++)
    if (strcmp(types.at[i], name) != 0) names_add(&others, types.at[i]);
  char *line = types_line((const char *const *)others.at, others.count);
  if (others.count > 0) warn("service '%s' is called with type %s, but has: %s", service, name, line);
  free(line);
  free(name);
  names_fini(&types);
  names_fini(&others);
}

static int create_and_call(call_t *call)
{
  const char *service = arguments_word(call->session->arguments, 0);
  char *name = full_name(service);
  const whorl_client_options_t options = {.qos = &call->qos};
  int status = whorl_client_create(call->session->node, call->type, name, &options, &call->client);
  free(name);
  if (status >= 0) status = call_in_turn(call);
  if (status >= 0) return DONE;
  if (status == WHORL_TIMED_OUT || session_interrupted(call->session)) warn_of_types(call, service);
  if (status == WHORL_TIMED_OUT) return complain("%s: no answer within %g seconds", service, (double)call->limit_ns / 1e9);
  if (!session_interrupted(call->session)) return complain_status(status, service);
  return call->rate != 0 ? DONE : FAILED;
}

static int call(session_t *session)
{
  call_t *call = session->arg;
  const arguments_t *arguments = session->arguments;
  call->session = session;
  call->limit_ns = WHORL_FOREVER;
  fault_t fault;
  if (!arguments_number(arguments, "rate", 1e-6, &call->rate, &fault) || !arguments_seconds(arguments, "timeout", &call->limit_ns, &fault))
    return complain_usage("%s", fault.text);
  if (!qos_read(arguments, &WHORL_QOS_SERVICES, &call->qos, &fault)) return complain_usage("%s", fault.text);
  if (!types_load_service(arguments_word(arguments, 1), &call->type, &fault)) return complain("%s", fault.text);
  int code = values_read(&call->values, arguments, 2, types_request(call->type));
  if (code != DONE) return code;
  code = create_and_call(call);
  values_fini(&call->values);
  return code;
}

static int run(const arguments_t *arguments)
{
  call_t state = {0};
  return session_run(arguments, call, &state);
}

const command_t SERVICE_CALL = {
    .group = "service",
    .name = "call",
    .words = "SERVICE TYPE [VALUES]",
    .summary = "calls a service and prints its answer",
    .more = "VALUES is YAML, such as \"{a: 1, b: 2}\"; what it leaves out has its default.",
    .lists = {OPTIONS, QOS_OPTIONS, VALUES_OPTIONS},
    .run = run,
};
