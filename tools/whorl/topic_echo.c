// whorl topic echo
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "csv.h"
#include "field_path.h"
#include "qos_options.h"
#include "topic.h"
#include "types.h"
#include "yaml_out.h"

static const option_t OPTIONS[] = {
    {"once", 0, NULL, "one message, then it ends"},
    {"timeout", 0, "SECONDS", "ends after so long; it has failed when nothing has come"},
    {"field", 0, "PATH", "only that field: header.stamp, poses[2].position, poses[-1] for the last one"},
    {"filter", 0, "EXPRESSION", "only messages for which it holds, in DDS's words: speed > 2.5 AND name LIKE 'arm%'"},
    {"full-length", 'f', NULL, "arrays and strings are printed in full"},
    {"truncate-length", 'l', "COUNT", "so many elements of arrays, and bytes of strings (default: 128)"},
    {"no-arr", 0, NULL, "arrays only by type and length"},
    {"no-str", 0, NULL, "strings only by length"},
    {"flow-style", 0, NULL, "each message in one line of YAML"},
    {"csv", 0, NULL, "each message in one line, values separated by commas"},
    {"raw", 0, NULL, "the serialised bytes, in hexadecimal"},
    {"include-message-info", 'i', NULL, "with the times of publication and reception, as a comment"},
    {NULL, 0, NULL, NULL},
};

typedef struct echo {
  session_t *session;
  const members_t *members;
  const char *path; // NULL: the whole message
  yaml_style_t style;
  bool csv, once, with_info;
  uint64_t count;
  int code;
  whorl_event_t done;
} echo_t;

// Is there something to print? Counts it, and ends the echo when it was the last one.
static bool begin_message(echo_t *echo, const whorl_message_info_t *info)
{
  if (echo->once && echo->count > 0) return false;
  echo->count++;
  if (echo->once || ferror(stdout)) (void)whorl_event_set(echo->done);
  if (echo->with_info)
    printf("# published: %jd ns, received: %jd ns\n", (intmax_t)info->source_timestamp_ns, (intmax_t)info->reception_timestamp_ns);
  return true;
}

static int on_message(const void *message, const whorl_message_info_t *info, void *arg)
{
  echo_t *echo = arg;
  if (!begin_message(echo, info)) return WHORL_OK;
  place_t place;
  fault_t fault;
  if (echo->path != NULL && !field_path_follow(echo->path, echo->members, message, &place, &fault)) { // an index that this message has not
    if (echo->once)
      echo->code = complain("%s", fault.text);
    else
      warn("%s", fault.text);
    return WHORL_OK;
  }
  if (echo->csv && echo->path != NULL) csv_print_field(&place.member, place.message, stdout);
  if (echo->csv && echo->path == NULL) csv_print(echo->members, message, stdout);
  if (!echo->csv && echo->path != NULL) yaml_print_field(&place.member, place.message, &echo->style, stdout);
  if (!echo->csv && echo->path == NULL) yaml_print(echo->members, message, &echo->style, stdout);
  if (!echo->csv) puts("---");
  return WHORL_OK;
}

static int on_bytes(const void *bytes, size_t size, const whorl_message_info_t *info, void *arg)
{
  if (!begin_message(arg, info)) return WHORL_OK;
  const unsigned char *byte = bytes;
  for (size_t i = 0; i < size; i++) printf("%02x%c", byte[i], i + 1 == size || i % 16 == 15 ? '\n' : ' ');
  puts("---");
  return WHORL_OK;
}

static bool read_style(echo_t *echo, const arguments_t *arguments, fault_t *fault)
{
  uint64_t longest = 128;
  if (!arguments_count(arguments, "truncate-length", 1, &longest, fault)) return false;
  echo->style.longest = arguments_has(arguments, "full-length") ? 0 : longest;
  echo->style.flow = arguments_has(arguments, "flow-style");
  echo->style.no_arrays = arguments_has(arguments, "no-arr");
  echo->style.no_strings = arguments_has(arguments, "no-str");
  echo->csv = arguments_has(arguments, "csv");
  echo->once = arguments_has(arguments, "once");
  echo->with_info = arguments_has(arguments, "include-message-info");
  echo->path = arguments_value(arguments, "field");
  const bool raw = arguments_has(arguments, "raw");
  if (raw && (echo->csv || echo->path != NULL)) return fault_set(fault, "--raw and --%s exclude each other", echo->csv ? "csv" : "field");
  return true;
}

static int wait(echo_t *echo, int64_t limit_ns)
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, limit_ns);
  int status = whorl_timeout_close(&timeout, whorl_event_wait(echo->done));
  if (status == WHORL_TIMED_OUT && echo->count == 0) return complain("no message has come");
  if (status < 0 && echo->count == 0 && (echo->once || limit_ns != WHORL_FOREVER)) return FAILED;
  return echo->code; // DONE also when it was interrupted: without a limit that is how it is meant to end
}

static int subscribe(echo_t *echo, const char *topic, whorl_message_type_t type)
{
  whorl_qos_t qos;
  fault_t fault;
  if (!topic_choose_qos(echo->session, topic, &qos, &fault)) return complain_usage("%s", fault.text);
  const whorl_subscription_options_t options = {.qos = &qos, .filter = arguments_value(echo->session->arguments, "filter")};
  const bool raw = arguments_has(echo->session->arguments, "raw");
  int status = raw ? whorl_subscription_create_serialized(echo->session->node, type, topic, on_bytes, echo, &options, NULL)
                   : whorl_subscription_create(echo->session->node, type, topic, on_message, echo, &options, NULL);
  return status < 0 ? complain_status(status, topic) : DONE;
}

static int echo(session_t *session)
{
  echo_t *echo = session->arg;
  echo->session = session;
  int64_t limit_ns = WHORL_FOREVER;
  fault_t fault;
  if (!read_style(echo, session->arguments, &fault)) return complain_usage("%s", fault.text);
  if (!arguments_seconds(session->arguments, "timeout", &limit_ns, &fault)) return complain_usage("%s", fault.text);
  const char *topic = arguments_word(session->arguments, 0);
  whorl_message_type_t type;
  int code = topic_load_type(session, topic, arguments_word(session->arguments, 1), "name one", &type);
  if (code != DONE) return code;
  echo->members = types_members(type);
  place_t place;
  if (echo->path != NULL && !field_path_follow(echo->path, echo->members, NULL, &place, &fault))
    return complain_usage("--field: %s", fault.text);
  if (whorl_event_create(NULL, &echo->done) < 0) must(NULL);
  code = subscribe(echo, topic, type);
  return code == DONE ? wait(echo, limit_ns) : code;
}

static int run(const arguments_t *arguments)
{
  echo_t state = {0};
  int code = session_run(arguments, echo, &state);
  (void)whorl_event_destroy(state.done);
  return code;
}

const command_t TOPIC_ECHO = {
    .group = "topic",
    .name = "echo",
    .words = "TOPIC [TYPE]",
    .summary = "prints the messages of a topic",
    .more = "As YAML, which `whorl topic pub` reads; a line --- stands behind each message. Without a type the topic's is taken, without\n"
            "QoS what its publishers offer.",
    .lists = {OPTIONS, QOS_OPTIONS, GRAPH_OPTIONS},
    .run = run,
};
