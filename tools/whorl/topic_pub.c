// whorl topic pub
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "commands.h"
#include "live.h"
#include "qos_options.h"
#include "topic.h"
#include "types.h"
#include "values.h"
#include "yaml_out.h"

static const option_t OPTIONS[] = {
    {"rate", 'r', "RATE", "messages in a second (default: 1)"},
    {"print", 'p', "COUNT", "says every so many messages that it publishes; 0: never (default: 1)"},
    {"once", '1', NULL, "publishes each message once, then it ends"},
    {"times", 't', "COUNT", "publishes so many times, then it ends"},
    {"wait-matching-subscriptions", 'w', "COUNT",
     "begins when so many subscriptions are there (default: 1 with --once, --times and --stdin, else 0)"},
    {"max-wait-time-secs", 0, "SECONDS", "has failed when they are not there by then"},
    {"node-name", 'n', "NAME", "its node's name (default: _whorl_<process>, which is hidden)"},
    {"keep-alive", 0, "SECONDS", "stays for so long after the last message has arrived (default: 0.1)"},
    {NULL, 0, NULL, NULL},
};

typedef struct pub {
  session_t *session;
  const members_t *members;
  values_t values; // none with --stdin
  whorl_publisher_t publisher;
  uint64_t times, every, subscriptions; // times 0: forever
  double rate;
  int64_t keep_alive_ns, wait_ns;
} pub_t;

static bool read_options(pub_t *pub, const arguments_t *arguments, fault_t *fault)
{
  const bool once = arguments_has(arguments, "once");
  pub->rate = 1;
  pub->every = 1;
  pub->keep_alive_ns = WHORL_MILLISECONDS(100);
  pub->wait_ns = WHORL_FOREVER;
  if (!arguments_count(arguments, "times", 1, &pub->times, fault) || !arguments_count(arguments, "print", 0, &pub->every, fault))
    return false;
  if (!arguments_number(arguments, "rate", 0, &pub->rate, fault)) return false;
  if (pub->rate < 1e-6) return fault_set(fault, "--rate: that is too slow");
  if (!arguments_seconds(arguments, "keep-alive", &pub->keep_alive_ns, fault)) return false;
  if (!arguments_seconds(arguments, "max-wait-time-secs", &pub->wait_ns, fault)) return false;
  if (once && pub->times != 0) return fault_set(fault, "--once and --times exclude each other");
  pub->subscriptions = once || pub->times != 0 || arguments_has(arguments, "stdin");
  return arguments_count(arguments, "wait-matching-subscriptions", 0, &pub->subscriptions, fault);
}

static int wait_for_subscriptions(const pub_t *pub)
{
  if (whorl_publisher_matched_count(pub->publisher) >= (int)pub->subscriptions) return WHORL_OK;
  char *text = format_text("Waiting for at least %ju matching subscription(s)...", (uintmax_t)pub->subscriptions);
  live_show(text);
  free(text);
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, pub->wait_ns);
  int status = whorl_timeout_close(&timeout, whorl_publisher_wait_for_subscribers(pub->publisher, pub->subscriptions));
  live_clear();
  return status;
}

static void say(const pub_t *pub, uint64_t number, const members_t *members, const void *message)
{
  if (pub->every == 0 || number % pub->every != 0) return;
  char *line = yaml_line(members, message);
  printf("publishing #%ju: %s\n", (uintmax_t)number, line);
  free(line);
}

// What reliable subscriptions have not got yet must not go with the publisher.
static int wait_for_arrival(const pub_t *pub)
{
  whorl_timeout_t timeout;
  whorl_timeout_open(&timeout, WHORL_SECONDS(5));
  int status = whorl_timeout_close(&timeout, whorl_publisher_wait_for_acknowledged(pub->publisher));
  if (status == WHORL_TIMED_OUT) warn("a subscription has not acknowledged everything within 5 seconds");
  return status == WHORL_TIMED_OUT ? WHORL_OK : status;
}

static int stay(const pub_t *pub)
{
  WHORL_TRY(wait_for_arrival(pub));
  return whorl_sleep(pub->keep_alive_ns);
}

static int publish(const pub_t *pub)
{
  const whorl_clock_t clock = whorl_node_clock(pub->session->node);
  const int64_t began_ns = whorl_now_ns();
  uint64_t times = pub->times;
  assert(pub->values.count > 0);
  if (arguments_has(pub->session->arguments, "once")) times = pub->values.count;
  WHORL_TRY(wait_for_subscriptions(pub));
  puts("publisher: beginning loop");
  for (uint64_t number = 1; times == 0 || number <= times; number++) {
    size_t index = (number - 1) % pub->values.count;
    stamps_set(&pub->values.at[index].stamps, whorl_clock_now_ns(clock));
    say(pub, number, pub->values.members, pub->values.at[index].message);
    WHORL_TRY(whorl_publish(pub->publisher, pub->values.at[index].message));
    if (number != times) WHORL_TRY(whorl_sleep_until(began_ns + (int64_t)((double)number * 1e9 / pub->rate)));
  }
  return stay(pub);
}

// --- standard input

// Waits without holding up the loop; a file, which cannot be waited for, is there already.
static int read_stdin(void *arg, unsigned char *buffer, size_t size)
{
  int *status = arg;
  for (;;) {
    *status = whorl_wait_readable(STDIN_FILENO);
    if (*status == WHORL_INVALID_ARGUMENT) *status = WHORL_OK;
    if (*status < 0) return -1;
    ssize_t count = read(STDIN_FILENO, buffer, size);
    if (count >= 0) return (int)count;
    if (errno != EAGAIN && errno != EINTR) *status = whorl_status_from_errno(errno);
    if (*status < 0) return -1;
  }
}

// One document, published as soon as it has been read.
static int publish_next(const pub_t *pub, yaml_in_t *input, uint64_t number, yaml_found_t *ret_found, fault_t *fault)
{
  int status = WHORL_OK;
  stamps_t stamps = {0};
  void *message = message_create(pub->members);
  *ret_found = yaml_in_next(input, pub->members, message, &stamps, fault);
  if (*ret_found == YAML_MESSAGE) {
    stamps_set(&stamps, whorl_clock_now_ns(whorl_node_clock(pub->session->node)));
    say(pub, number, pub->members, message);
    status = whorl_publish(pub->publisher, message);
  }
  stamps_fini(&stamps);
  message_destroy(pub->members, message);
  return status;
}

// To the end of the stream, or its first fault.
static int publish_all(const pub_t *pub, yaml_in_t *input, const int *read_status, fault_t *fault, uint64_t *ret_count)
{
  const int64_t began_ns = whorl_now_ns();
  const bool paced = arguments_has(pub->session->arguments, "rate");
  for (uint64_t number = 1; pub->times == 0 || number <= pub->times; number++) {
    yaml_found_t found;
    WHORL_TRY(publish_next(pub, input, number, &found, fault));
    if (*read_status < 0) return *read_status;
    if (found == YAML_END) return WHORL_OK;
    if (found == YAML_FAULT) return WHORL_MALFORMED;
    *ret_count = number;
    fflush(stdout);
    if (paced) WHORL_TRY(whorl_sleep_until(began_ns + (int64_t)((double)number * 1e9 / pub->rate)));
  }
  return WHORL_OK;
}

static int publish_stream(const pub_t *pub)
{
  yaml_in_t input;
  fault_t fault = {""};
  uint64_t count = 0;
  int read_status = WHORL_OK;
  const int flags = fcntl(STDIN_FILENO, F_GETFL);
  WHORL_TRY(wait_for_subscriptions(pub));
  puts("publisher: beginning loop");
  yaml_in_open_stream(&input, read_stdin, &read_status);
  int status = publish_all(pub, &input, &read_status, &fault, &count);
  yaml_in_close(&input);
  if (flags >= 0) (void)fcntl(STDIN_FILENO, F_SETFL, flags); // waiting has made it non-blocking, for whoever shares it too
  if (status == WHORL_MALFORMED) report_failure("%s; published before: %ju", fault.text, (uintmax_t)count);
  if (status >= 0 || status == WHORL_MALFORMED) WHORL_TRY(stay(pub));
  return status;
}

static int create_and_publish(pub_t *pub, whorl_message_type_t type)
{
  const char *topic = arguments_word(pub->session->arguments, 0);
  whorl_qos_t qos;
  fault_t fault;
  if (!qos_read(pub->session->arguments, &WHORL_QOS_DEFAULT, &qos, &fault)) return complain_usage("%s", fault.text);
  const whorl_publisher_options_t options = {.qos = &qos};
  char *name = full_name(topic);
  int status = whorl_publisher_create(pub->session->node, type, name, &options, &pub->publisher);
  free(name);
  const bool streams = arguments_has(pub->session->arguments, "stdin");
  if (status >= 0) status = streams ? publish_stream(pub) : publish(pub);
  if (status >= 0) return DONE;
  if (status == WHORL_MALFORMED && streams) return FAILED; // it has been complained of
  if (status == WHORL_TIMED_OUT)
    return complain("%s: %d of %ju subscriptions have come within %g seconds", topic, whorl_publisher_matched_count(pub->publisher),
                    (uintmax_t)pub->subscriptions, (double)pub->wait_ns / 1e9);
  if (!session_interrupted(pub->session)) return complain_status(status, topic);
  bool endless = pub->times == 0 && !arguments_has(pub->session->arguments, "once");
  return endless ? DONE : FAILED;
}

static int pub(session_t *session)
{
  pub_t *pub = session->arg;
  pub->session = session;
  whorl_message_type_t type;
  fault_t fault;
  if (!read_options(pub, session->arguments, &fault)) return complain_usage("%s", fault.text);
  if (!types_load_message(arguments_word(session->arguments, 1), &type, &fault)) return complain("%s", fault.text);
  pub->members = types_members(type);
  int code = values_check(session->arguments, 2);
  if (code == DONE && !arguments_has(session->arguments, "stdin")) code = values_read(&pub->values, session->arguments, 2, pub->members);
  if (code != DONE) return code;
  code = create_and_publish(pub, type);
  values_fini(&pub->values);
  return code;
}

static int run(const arguments_t *arguments)
{
  pub_t state = {0};
  return session_run(arguments, pub, &state);
}

const command_t TOPIC_PUB = {
    .group = "topic",
    .name = "pub",
    .words = "TOPIC TYPE [VALUES]",
    .summary = "publishes messages",
    .more = "VALUES is YAML, such as \"{data: hello}\"; what it leaves out has its default. Several documents are published in turn; of "
            "--stdin each\nonce, as soon as it has come, to the end of the stream. A header that is\n"
            "`auto` and a time that is `now` get the time of each publication.",
    .lists = {OPTIONS, QOS_OPTIONS, VALUES_OPTIONS},
    .run = run,
};
