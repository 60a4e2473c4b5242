#include "qos_options.h"

#include <string.h>
#include <strings.h>

#include <whorl/time.h>

const option_t QOS_OPTIONS[] = {
    {"qos-profile", 0, "NAME", "default, sensor_data, services_default, parameters, parameter_events, system_default, best_available"},
    {"qos-depth", 0, "COUNT", "how many messages are kept"},
    {"qos-history", 0, "KIND", "keep_last, keep_all, system_default"},
    {"qos-reliability", 0, "KIND", "reliable, best_effort, best_available, system_default"},
    {"qos-durability", 0, "KIND", "volatile, transient_local, best_available, system_default"},
    {"qos-liveliness", 0, "KIND", "automatic, manual_by_topic, best_available, system_default"},
    {"qos-liveliness-lease-duration-seconds", 0, "SECONDS", "after so long without a sign of life a publisher counts as dead"},
    {NULL, 0, NULL, NULL},
};

typedef struct word {
  const char *word;
  int value;
} word_t;

static const word_t HISTORIES[] = {
    {"system_default", WHORL_HISTORY_DEFAULT}, {"keep_last", WHORL_HISTORY_KEEP_LAST}, {"keep_all", WHORL_HISTORY_KEEP_ALL}, {NULL, 0}};
static const word_t RELIABILITIES[] = {{"system_default", WHORL_RELIABILITY_DEFAULT},
                                       {"reliable", WHORL_RELIABILITY_RELIABLE},
                                       {"best_effort", WHORL_RELIABILITY_BEST_EFFORT},
                                       {"best_available", WHORL_RELIABILITY_BEST_AVAILABLE},
                                       {NULL, 0}};
static const word_t DURABILITIES[] = {{"system_default", WHORL_DURABILITY_DEFAULT},
                                      {"transient_local", WHORL_DURABILITY_TRANSIENT_LOCAL},
                                      {"volatile", WHORL_DURABILITY_VOLATILE},
                                      {"best_available", WHORL_DURABILITY_BEST_AVAILABLE},
                                      {NULL, 0}};
static const word_t LIVELINESSES[] = {{"system_default", WHORL_LIVELINESS_DEFAULT},
                                      {"automatic", WHORL_LIVELINESS_AUTOMATIC},
                                      {"manual_by_topic", WHORL_LIVELINESS_MANUAL_BY_TOPIC},
                                      {"best_available", WHORL_LIVELINESS_BEST_AVAILABLE},
                                      {NULL, 0}};

static const char *word_of(const word_t *words, int value)
{
  while (words->word != NULL && words->value != value) words++;
  return words->word != NULL ? words->word : "unknown";
}

static bool read_word(const arguments_t *arguments, const char *option, const word_t *words, int *value, fault_t *fault)
{
  const char *text = arguments_value(arguments, option);
  if (text == NULL) return true;
  for (const word_t *word = words; word->word != NULL; word++)
    if (strcmp(word->word, text) == 0) {
      *value = word->value;
      return true;
    }
  return fault_set(fault, "--%s: there is no '%s'", option, text);
}

static bool read_profile(const arguments_t *arguments, whorl_qos_t *qos, fault_t *fault)
{
  static const struct {
    const char *name;
    const whorl_qos_t *qos;
  } profiles[] = {{"default", &WHORL_QOS_DEFAULT},
                  {"sensor_data", &WHORL_QOS_SENSOR_DATA},
                  {"services_default", &WHORL_QOS_SERVICES},
                  {"parameters", &WHORL_QOS_PARAMETERS},
                  {"parameter_events", &WHORL_QOS_PARAMETER_EVENTS},
                  {"system_default", &WHORL_QOS_SYSTEM_DEFAULT},
                  {"best_available", &WHORL_QOS_BEST_AVAILABLE}};
  const char *name = arguments_value(arguments, "qos-profile");
  if (name == NULL) return true;
  for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++)
    if (strcmp(profiles[i].name, name) == 0) {
      *qos = *profiles[i].qos;
      return true;
    }
  return fault_set(fault, "--qos-profile: there is no '%s'", name);
}

bool qos_is_given(const arguments_t *arguments)
{
  for (const option_t *option = QOS_OPTIONS; option->name != NULL; option++)
    if (arguments_has(arguments, option->name)) return true;
  return false;
}

bool qos_read(const arguments_t *arguments, const whorl_qos_t *base, whorl_qos_t *ret_qos, fault_t *fault)
{
  whorl_qos_t qos = *base;
  if (!read_profile(arguments, &qos, fault)) return false;
  int history = (int)qos.history, reliability = (int)qos.reliability, durability = (int)qos.durability, liveliness = (int)qos.liveliness;
  uint64_t depth = qos.depth;
  if (!read_word(arguments, "qos-history", HISTORIES, &history, fault)) return false;
  if (!read_word(arguments, "qos-reliability", RELIABILITIES, &reliability, fault)) return false;
  if (!read_word(arguments, "qos-durability", DURABILITIES, &durability, fault)) return false;
  if (!read_word(arguments, "qos-liveliness", LIVELINESSES, &liveliness, fault)) return false;
  if (!arguments_count(arguments, "qos-depth", 1, &depth, fault)) return false;
  if (!arguments_seconds(arguments, "qos-liveliness-lease-duration-seconds", &qos.liveliness_lease_ns, fault)) return false;
  qos.history = (whorl_history_t)history;
  qos.reliability = (whorl_reliability_t)reliability;
  qos.durability = (whorl_durability_t)durability;
  qos.liveliness = (whorl_liveliness_t)liveliness;
  qos.depth = depth;
  *ret_qos = qos;
  return true;
}

static void print_duration(const char *what, int64_t duration_ns, FILE *out)
{
  if (duration_ns == 0 || duration_ns == WHORL_FOREVER)
    fprintf(out, "  %s: Infinite\n", what);
  else
    fprintf(out, "  %s: %jd nanoseconds\n", what, (intmax_t)duration_ns);
}

// In capitals, as rmw spells them.
static void print_word(const char *what, const char *word, FILE *out)
{
  fprintf(out, "  %s: ", what);
  for (; *word != '\0'; word++) fputc(*word >= 'a' && *word <= 'z' ? *word - 'a' + 'A' : *word, out);
}

void qos_print(const whorl_qos_t *qos, FILE *out)
{
  print_word("Reliability", word_of(RELIABILITIES, (int)qos->reliability), out);
  fputc('\n', out);
  print_word("History (Depth)", word_of(HISTORIES, (int)qos->history), out);
  if (qos->history == WHORL_HISTORY_KEEP_LAST) fprintf(out, " (%zu)", qos->depth);
  fputc('\n', out);
  print_word("Durability", word_of(DURABILITIES, (int)qos->durability), out);
  fputc('\n', out);
  print_duration("Lifespan", qos->lifespan_ns, out);
  print_duration("Deadline", qos->deadline_ns, out);
  print_word("Liveliness", word_of(LIVELINESSES, (int)qos->liveliness), out);
  fputc('\n', out);
  print_duration("Liveliness lease duration", qos->liveliness_lease_ns, out);
}
