// whorl topic hz, bw, delay: subscriptions whose messages are measured, and a report each second.
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "field_path.h"
#include "live.h"
#include "qos_options.h"
#include "topic.h"
#include "types.h"
#include "window.h"

static const option_t OPTIONS[] = {
    {"window", 'w', "COUNT", "how many of the last messages count (default: 10000; bw: 100)"},
    {"filter", 0, "EXPRESSION", "only messages for which it holds, in DDS's words: speed > 2.5 AND name LIKE 'arm%'"},
    {"use-sim-time", 's', NULL, "time is what comes on /clock, instead of the system's"},
    {"wall-time", 0, NULL, "hz: the system's time all the same"},
    {"type", 0, "TYPE", "takes messages of that type, instead of the one that the topic has"},
    {NULL, 0, NULL, NULL},
};

// Of one topic.
typedef struct meter {
  session_t *session;
  const char *topic;
  const struct meter_kind *kind;
  window_t values; // hz: seconds between two messages; bw: bytes; delay: seconds
  window_t times;  // bw: when each came
  int64_t last_ns; // hz: when the last one came; 0: none yet
  const char *stamp_path;
  const members_t *members;
  uint64_t messages, reported;
} meter_t;

typedef struct meters {
  const struct meter_kind *kind;
  meter_t *at; // one for each word
  size_t count;
} meters_t;

typedef struct meter_kind {
  uint64_t window;
  bool (*prepare)(meter_t *meter, fault_t *fault);            // NULL: nothing to do
  void (*add)(meter_t *meter, const void *data, size_t size); // a message's bytes, or with `typed` the message
  char *(*report)(const meter_t *meter);                      // NULL: nothing to say yet
  bool typed;
} meter_kind_t;

// --- hz

static int64_t arrival_ns(const meter_t *meter)
{
  const arguments_t *arguments = meter->session->arguments;
  const bool simulated = arguments_has(arguments, "use-sim-time") && !arguments_has(arguments, "wall-time");
  return simulated ? whorl_clock_now_ns(whorl_node_clock(meter->session->node)) : whorl_now_ns();
}

static void add_interval(meter_t *meter, const void *data, size_t size)
{
  (void)data;
  (void)size;
  int64_t now_ns = arrival_ns(meter);
  if (meter->last_ns != 0 && now_ns >= meter->last_ns) window_add(&meter->values, (double)(now_ns - meter->last_ns) / 1e9);
  meter->last_ns = now_ns;
}

static char *report_rate(const meter_t *meter)
{
  if (meter->values.count == 0) return NULL;
  statistics_t intervals = window_statistics(&meter->values);
  return format_text("average rate: %.3f\n\tmin: %.3fs max: %.3fs std dev: %.5fs window: %zu", 1 / intervals.mean, intervals.least,
                     intervals.most, intervals.deviation, meter->values.count + 1);
}

// --- bw

static void add_size(meter_t *meter, const void *data, size_t size)
{
  (void)data;
  window_add(&meter->values, (double)size);
  window_add(&meter->times, (double)whorl_now_ns() / 1e9);
}

// All four in the unit that suits the first one.
static char *report_bytes(double each_second, size_t count, const statistics_t *sizes)
{
  const double unit = each_second < 1e3 ? 1 : each_second < 1e6 ? 1e3 : 1e6;
  const char *word = unit == 1 ? "B" : unit == 1e3 ? "KB" : "MB";
  const int digits = unit == 1 ? 0 : 2;
  return format_text("%.*f %s/s from %zu messages\n\tMessage size mean: %.*f %s min: %.*f %s max: %.*f %s", digits, each_second / unit,
                     word, count, digits, sizes->mean / unit, word, digits, sizes->least / unit, word, digits, sizes->most / unit, word);
}

static char *report_bandwidth(const meter_t *meter)
{
  if (meter->values.count < 2) return NULL;
  statistics_t sizes = window_statistics(&meter->values);
  double seconds = (double)whorl_now_ns() / 1e9 - window_oldest(&meter->times);
  return report_bytes(sizes.mean * (double)meter->values.count / seconds, meter->values.count, &sizes);
}

// --- delay

static bool find_stamp(meter_t *meter, fault_t *fault)
{
  static const char *const paths[] = {"header.stamp", "stamp"};
  for (size_t i = 0; i < 2; i++) {
    place_t place;
    if (!field_path_follow(paths[i], meter->members, NULL, &place, fault)) continue;
    bool time = place.member.type_id_ == FIELD_MESSAGE && !place.member.is_array_ &&
                strcmp(field_nested(&place.member)->message_namespace_, "builtin_interfaces__msg") == 0 &&
                strcmp(field_nested(&place.member)->message_name_, "Time") == 0;
    if (time) meter->stamp_path = paths[i];
    if (time) return true;
  }
  char *name = members_name(meter->members);
  fault_write(fault, "%s has no header with a stamp", name);
  free(name);
  return false;
}

static void add_delay(meter_t *meter, const void *data, size_t size)
{
  (void)size;
  place_t stamp;
  fault_t fault;
  if (!field_path_follow(meter->stamp_path, meter->members, data, &stamp, &fault)) return;
  const void *time = (const char *)stamp.message + stamp.member.offset_;
  const members_t *members = field_nested(&stamp.member);
  const elements_t sec = field_elements(field_find(members, "sec", 3), time),
                   nanosec = field_elements(field_find(members, "nanosec", 7), time);
  int64_t sent_ns = *(const int32_t *)sec.first * INT64_C(1000000000) + *(const uint32_t *)nanosec.first;
  int64_t now_ns = whorl_clock_now_ns(whorl_node_clock(meter->session->node));
  window_add(&meter->values, (double)(now_ns - sent_ns) / 1e9);
}

static char *report_delay(const meter_t *meter)
{
  if (meter->values.count == 0) return NULL;
  statistics_t delays = window_statistics(&meter->values);
  return format_text("average delay: %.3f\n\tmin: %.3fs max: %.3fs std dev: %.5fs window: %zu", delays.mean, delays.least, delays.most,
                     delays.deviation, meter->values.count);
}

// --- all three

static int on_bytes(const void *bytes, size_t size, const whorl_message_info_t *info, void *arg)
{
  meter_t *meter = arg;
  (void)info;
  meter->messages++;
  meter->kind->add(meter, bytes, size);
  return WHORL_OK;
}

static int on_message(const void *message, const whorl_message_info_t *info, void *arg) { return on_bytes(message, 0, info, arg); }

static char *report_one(meter_t *meter)
{
  meter->reported = meter->messages;
  return meter->kind->report(meter);
}

// Each one below the name of its topic.
static char *report_all(const meters_t *meters)
{
  char *all = copy_text("");
  for (size_t i = 0; i < meters->count; i++) {
    char *before = all, *one = report_one(&meters->at[i]);
    all = format_text("%s%s%s:\n%s", before, i > 0 ? "\n" : "", meters->at[i].topic, one != NULL ? one : "\tnothing to measure yet");
    free(before);
    free(one);
  }
  return all;
}

// Each second, if something has come: until it is interrupted, or nothing can be printed.
static void report_each_second(const meters_t *meters)
{
  for (int64_t at_ns = whorl_now_ns() + WHORL_SECONDS(1); whorl_sleep_until(at_ns) == WHORL_OK && ferror(stdout) == 0;
       at_ns += WHORL_SECONDS(1)) {
    bool news = false;
    for (size_t i = 0; i < meters->count; i++) news = news || meters->at[i].messages != meters->at[i].reported;
    if (!news) continue;
    char *text = meters->count == 1 ? report_one(meters->at) : report_all(meters);
    if (text != NULL) live_show(text);
    free(text);
  }
  live_keep();
}

static int subscribe(meter_t *meter, whorl_message_type_t type)
{
  whorl_qos_t qos;
  fault_t fault;
  if (!topic_choose_qos(meter->session, meter->topic, &qos, &fault)) return complain_usage("%s", fault.text);
  const whorl_subscription_options_t options = {.qos = &qos, .filter = arguments_value(meter->session->arguments, "filter")};
  whorl_node_t node = meter->session->node;
  int status = meter->kind->typed ? whorl_subscription_create(node, type, meter->topic, on_message, meter, &options, NULL)
                                  : whorl_subscription_create_serialized(node, type, meter->topic, on_bytes, meter, &options, NULL);
  return status < 0 ? complain_status(status, meter->topic) : DONE;
}

static int begin(meter_t *meter, uint64_t window)
{
  whorl_message_type_t type;
  fault_t fault;
  const char *given = arguments_value(meter->session->arguments, "type");
  int code = topic_load_type(meter->session, meter->topic, given, "name one with --type", &type);
  if (code != DONE) return code;
  meter->members = types_members(type);
  if (meter->kind->prepare != NULL && !meter->kind->prepare(meter, &fault)) return complain("%s: %s", meter->topic, fault.text);
  window_init(&meter->values, window);
  window_init(&meter->times, window);
  return subscribe(meter, type);
}

static int measure(session_t *session)
{
  meters_t *meters = session->arg;
  uint64_t window = meters->kind->window;
  fault_t fault;
  int code = DONE;
  if (!arguments_count(session->arguments, "window", 1, &window, &fault)) return complain_usage("%s", fault.text);
  for (size_t i = 0; i < meters->count && code == DONE; i++) {
    meters->at[i] = (meter_t){.session = session, .topic = arguments_word(session->arguments, i), .kind = meters->kind};
    code = begin(&meters->at[i], window);
  }
  if (code == DONE) report_each_second(meters);
  return code;
}

static int run(const arguments_t *arguments, const meter_kind_t *kind)
{
  meters_t meters = {.kind = kind, .count = arguments->word_count};
  meters.at = must(calloc(meters.count, sizeof *meters.at));
  int code = session_run(arguments, measure, &meters);
  for (size_t i = 0; i < meters.count; i++) {
    window_fini(&meters.at[i].values);
    window_fini(&meters.at[i].times);
  }
  free(meters.at);
  return code;
}

static int run_hz(const arguments_t *arguments)
{
  static const meter_kind_t kind = {.window = 10000, .add = add_interval, .report = report_rate};
  return run(arguments, &kind);
}

static int run_bw(const arguments_t *arguments)
{
  static const meter_kind_t kind = {.window = 100, .add = add_size, .report = report_bandwidth};
  return run(arguments, &kind);
}

static int run_delay(const arguments_t *arguments)
{
  static const meter_kind_t kind = {.window = 10000, .prepare = find_stamp, .add = add_delay, .report = report_delay, .typed = true};
  return run(arguments, &kind);
}

const command_t TOPIC_HZ = {
    .group = "topic",
    .name = "hz",
    .words = "TOPIC...",
    .summary = "measures how often messages come",
    .lists = {OPTIONS, QOS_OPTIONS, GRAPH_OPTIONS},
    .run = run_hz,
};
const command_t TOPIC_BW = {
    .group = "topic",
    .name = "bw",
    .words = "TOPIC...",
    .summary = "measures how many bytes come",
    .lists = {OPTIONS, QOS_OPTIONS, GRAPH_OPTIONS},
    .run = run_bw,
};
const command_t TOPIC_DELAY = {
    .group = "topic",
    .name = "delay",
    .words = "TOPIC...",
    .summary = "measures how old messages are when they come, by the stamps of their headers",
    .lists = {OPTIONS, QOS_OPTIONS, GRAPH_OPTIONS},
    .run = run_delay,
};
