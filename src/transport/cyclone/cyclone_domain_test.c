// Domains of the process: shared, counted, explained when they cannot be opened; many on a host; and a host with nothing but loopback.
#define _GNU_SOURCE // unshare
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <std_msgs/msg/u_int64.h>

#include "base/memory.h"
#include "transport/cyclone/cyclone_testing.h"

static char saved_uri[4096];

static int save(void **state)
{
  (void)state;
  testing_domain(); // says so when there is none
  snprintf(saved_uri, sizeof saved_uri, "%s", getenv("CYCLONEDDS_URI"));
  return 0;
}

static int restore(void **state)
{
  (void)state;
  setenv("CYCLONEDDS_URI", saved_uri, 1);
  unsetenv("ROS_STATIC_PEERS");
  unsetenv("ROS_LOCALHOST_ONLY");
  unsetenv("ROS_AUTOMATIC_DISCOVERY_RANGE");
  return 0;
}

static whorl__endpoint_options_t number_options(const char *topic)
{
  return (whorl__endpoint_options_t){.type = TESTING_TYPE(std_msgs, msg, UInt64),
                                     .topic = topic,
                                     .qos = {.history = WHORL_HISTORY_KEEP_LAST,
                                             .depth = 10,
                                             .reliability = WHORL_RELIABILITY_RELIABLE,
                                             .durability = WHORL_DURABILITY_TRANSIENT_LOCAL,
                                             .liveliness = WHORL_LIVELINESS_AUTOMATIC}};
}

// --- one process

static void participants_of_a_domain_have_gids_of_their_own_and_close_in_any_order(void **state)
{
  (void)state;
  whorl__participant_t *first = testing_open(testing_domain()), *second = testing_open(testing_domain());
  assert_memory_not_equal(first->gid, second->gid, 16);
  first->ops->participant_close(first);
  whorl__participant_t *third = testing_open(testing_domain());
  assert_memory_not_equal(second->gid, third->gid, 16);
  second->ops->participant_close(second);
  third->ops->participant_close(third);
}

static void a_domain_opens_again_with_the_environment_of_that_time(void **state)
{
  (void)state;
  int64_t blocks = whorl__memory_blocks();
  for (int i = 0; i < 3; i++) {
    whorl__participant_t *participant = testing_open(testing_domain());
    participant->ops->participant_close(participant);
  }
  assert_int_equal(whorl__memory_blocks(), blocks);
  testing_configure(testing_domain(), "<NoSuchThing/>");
  const whorl__participant_options_t options = {.domain_id = testing_domain()};
  whorl__participant_t *participant = NULL;
  assert_int_equal(whorl__cyclone_participant_open(&options, &participant), WHORL_TRANSPORT_ERROR);
  print_message("%s\n", whorl_detail());
  assert_non_null(strstr(whorl_detail(), "cannot be opened: Cyclone DDS says 'config: //CycloneDDS/Domain"));
  assert_null(participant);
  assert_int_equal(whorl__memory_blocks(), blocks);
}

static void a_domain_beyond_the_ports_is_refused(void **state)
{
  (void)state;
  const whorl__participant_options_t options = {.domain_id = 233};
  whorl__participant_t *participant = NULL;
  assert_int_equal(whorl__cyclone_participant_open(&options, &participant), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "domain id 233 is above 232");
  assert_null(participant);
}

static void keep_warning(void *arg, const char *sentence) { snprintf(arg, 512, "%s", sentence); }

static void odd_variables_are_told_to_the_caller_and_impossible_ones_refused(void **state)
{
  (void)state;
  char warning[512] = "";
  const whorl__participant_options_t options = {.domain_id = testing_domain(), .warn = keep_warning, .warn_arg = warning};
  whorl__participant_t *participant = NULL;
  setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", "everywhere", 1);
  assert_int_equal(whorl__cyclone_participant_open(&options, &participant), WHORL_OK);
  assert_non_null(strstr(warning, "ROS_AUTOMATIC_DISCOVERY_RANGE is 'everywhere'"));
  participant->ops->participant_close(participant);
  participant = NULL;
  setenv("ROS_STATIC_PEERS", "two words", 1);
  assert_int_equal(whorl__cyclone_participant_open(&options, &participant), WHORL_INVALID_ARGUMENT);
  assert_non_null(strstr(whorl_detail(), "'two words' is invalid at 3"));
  assert_null(participant);
}

static void every_failing_allocation_leaves_nothing_behind(void **state)
{
  (void)state;
  const whorl__participant_options_t options = {.domain_id = testing_domain(), .enclave = "/a/b"};
  int64_t blocks = whorl__memory_blocks();
  for (uint64_t nth = 1;; nth++) {
    whorl__participant_t *participant = NULL;
    whorl__memory_fail_at(nth);
    int status = whorl__cyclone_participant_open(&options, &participant);
    whorl__memory_fail_at(0);
    if (status == WHORL_OK) {
      participant->ops->participant_close(participant);
      assert_true(nth > 3);
      break;
    }
    assert_int_equal(status, WHORL_NO_MEMORY);
    assert_null(participant);
    assert_int_equal(whorl__memory_blocks(), blocks);
  }
  assert_int_equal(whorl__memory_blocks(), blocks);
}

// --- one host

// Domains of the process that are one on the wire stand for contexts in as many processes: each takes a participant index.
static void more_contexts_than_stock_ros_allows_fit_on_a_host_and_the_limit_is_explained(void **state)
{
  (void)state;
  enum { CONTEXTS = 36 };
  whorl__participant_t *participants[CONTEXTS];
  // The loopback profile without its own highest index: it is ours that must suffice.
  static const char loopback[] = "<CycloneDDS><Domain><General><Interfaces><NetworkInterface name=\"lo\"/></Interfaces>"
                                 "<AllowMulticast>false</AllowMulticast></General></Domain></CycloneDDS>";
  char inside[128];
  snprintf(inside, sizeof inside, "<Discovery><ExternalDomainId>%u</ExternalDomainId></Discovery>", testing_domain());
  for (uint32_t i = 0; i < CONTEXTS; i++) {
    uint32_t domain = 1 + (testing_domain() + i) % 232; // any but the test's own
    setenv("CYCLONEDDS_URI", loopback, 1);
    testing_configure(domain, inside);
    participants[i] = testing_open(domain);
  }
  testing_configure(testing_domain(), "<Discovery><MaxAutoParticipantIndex>9</MaxAutoParticipantIndex></Discovery>");
  const whorl__participant_options_t options = {.domain_id = testing_domain()};
  whorl__participant_t *one_more = NULL;
  assert_int_equal(whorl__cyclone_participant_open(&options, &one_more), WHORL_LIMIT_EXCEEDED);
  assert_non_null(strstr(whorl_detail(), "free participant index"));
  for (int i = 0; i < CONTEXTS; i++) participants[i]->ops->participant_close(participants[i]);
}

// --- a host with nothing but loopback

static bool enter_lonely_network(void)
{
  if (unshare(CLONE_NEWNET) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
  int probe = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq request = {.ifr_name = "lo"};
  bool up = probe >= 0 && ioctl(probe, SIOCGIFFLAGS, &request) == 0;
  request.ifr_flags |= IFF_UP;
  up = up && ioctl(probe, SIOCSIFFLAGS, &request) == 0;
  if (probe >= 0) close(probe);
  return up;
}

enum { CHILD_OK = 0, CHILD_FAILED = 1, CHILD_CANNOT = 77 };

// In a process of its own: opens one end without any configuration and waits for the other.
static int run_end(bool is_writer)
{
  testing_bell_t bell = TESTING_BELL;
  whorl__participant_t *participant = testing_open(testing_domain());
  whorl__endpoint_options_t options = number_options("/lonely");
  options.ready = testing_ring;
  options.arg = &bell;
  if (is_writer) {
    whorl__writer_t *writer = testing_writer(participant, &options);
    std_msgs__msg__UInt64 number = {.data = 42};
    if (participant->ops->write_copy(writer, &number) != WHORL_OK) return CHILD_FAILED;
    char end;
    if (read(STDIN_FILENO, &end, 1) < 0) return CHILD_FAILED; // until the reader has it
    participant->ops->writer_close(writer);
  } else {
    whorl__reader_t *reader = testing_reader(participant, &options);
    TESTING_WAIT(&bell, testing_has_message, reader);
    const void *native;
    whorl__sample_t *sample = testing_take(reader, &native);
    if (((const std_msgs__msg__UInt64 *)native)->data != 42) return CHILD_FAILED;
    whorl__sample_unref(sample);
    participant->ops->reader_close(reader);
  }
  participant->ops->participant_close(participant);
  return CHILD_OK;
}

static int run_lonely_host(const char *range)
{
  if (!enter_lonely_network()) return CHILD_CANNOT;
  if (range != NULL) setenv("ROS_AUTOMATIC_DISCOVERY_RANGE", range, 1);
  unsetenv("CYCLONEDDS_URI");
  setenv("CYCLONEDDS_URI", "", 1); // testing_domain wants to see it
  int gate[2];
  if (pipe(gate) != 0) return CHILD_FAILED;
  pid_t writer = fork();
  if (writer == 0) {
    dup2(gate[0], STDIN_FILENO);
    close(gate[0]);
    close(gate[1]);
    _exit(run_end(true));
  }
  close(gate[0]);
  int received = run_end(false), status = 0;
  close(gate[1]);
  waitpid(writer, &status, 0);
  return received == CHILD_OK && WIFEXITED(status) && WEXITSTATUS(status) == CHILD_OK ? CHILD_OK : CHILD_FAILED;
}

static void try_lonely_host(const char *range)
{
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) _exit(run_lonely_host(range));
  int status = 0;
  waitpid(child, &status, 0);
  assert_true(WIFEXITED(status));
  if (WEXITSTATUS(status) == CHILD_CANNOT) skip();
  assert_int_equal(WEXITSTATUS(status), CHILD_OK);
}

static void two_processes_match_without_configuration_where_only_loopback_is_up(void **state)
{
  (void)state;
  try_lonely_host(NULL);
}

static void two_processes_match_there_with_the_range_localhost(void **state)
{
  (void)state;
  try_lonely_host("LOCALHOST");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      // These two first: there is no thread yet to fork from.
      cmocka_unit_test_teardown(two_processes_match_without_configuration_where_only_loopback_is_up, restore),
      cmocka_unit_test_teardown(two_processes_match_there_with_the_range_localhost, restore),
      cmocka_unit_test_teardown(participants_of_a_domain_have_gids_of_their_own_and_close_in_any_order, restore),
      cmocka_unit_test_teardown(a_domain_opens_again_with_the_environment_of_that_time, restore),
      cmocka_unit_test_teardown(a_domain_beyond_the_ports_is_refused, restore),
      cmocka_unit_test_teardown(odd_variables_are_told_to_the_caller_and_impossible_ones_refused, restore),
      cmocka_unit_test_teardown(every_failing_allocation_leaves_nothing_behind, restore),
      cmocka_unit_test_teardown(more_contexts_than_stock_ros_allows_fit_on_a_host_and_the_limit_is_explained, restore),
  };
  return cmocka_run_group_tests(tests, save, NULL);
}
