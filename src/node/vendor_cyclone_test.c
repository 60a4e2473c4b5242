// Topics between Whorl and another vendor's middleware, Fast DDS (fast_peer.cpp), both ways, over the loopback interface: small and fragmented messages, also such as were published before the reader came.
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/fixture.h"

#define STRING WHORL_MESSAGE(std_msgs, msg, String)
#define LIMIT WHORL_SECONDS(100) // against hanging; the peer gives up before

typedef struct scene {
  whorl_context_t context;
  whorl_node_t node;
  whorl_executor_t executor;
  whorl_future_t done;
  size_t characters;
  int wanted, heard;
  bool good;
} scene_t;

extern char **environ;

static int setup(void **state)
{
  static scene_t scene;
  memset(&scene, 0, sizeof scene);
  assert_non_null(getenv("CYCLONEDDS_URI")); // else it would not stay on the loopback interface
  assert_non_null(getenv("ROS_DOMAIN_ID"));
  assert_int_equal(whorl_context_create(0, NULL, NULL, &scene.context), WHORL_OK);
  assert_int_equal(whorl_node_create(scene.context, "tested", NULL, &scene.node), WHORL_OK);
  assert_int_equal(whorl_executor_create(scene.context, WHORL_EXECUTOR_EVENTS, NULL, &scene.executor), WHORL_OK);
  assert_int_equal(whorl_executor_add_node(scene.executor, scene.node), WHORL_OK);
  assert_int_equal(whorl_future_create(NULL, &scene.done), WHORL_OK);
  *state = &scene;
  return 0;
}

static int teardown(void **state)
{
  scene_t *scene = *state;
  whorl_future_destroy(scene->done);
  return whorl_context_destroy(scene->context, WHORL_OK);
}

// --- The peer

typedef struct peer {
  pid_t process;
  FILE *says;
  int input; // goes on until it is closed
} peer_t;

static peer_t start(const char *role, const char *type, size_t characters, int count)
{
  char size[24], number[24];
  int output[2], input[2];
  peer_t peer = {0};
  posix_spawn_file_actions_t actions;
  snprintf(size, sizeof size, "%zu", characters);
  snprintf(number, sizeof number, "%d", count);
  char *const words[] = {WHORL_FAST_PEER, (char *)role, "rt/vendor", (char *)type, size, number, NULL};
  assert_int_equal(pipe(output), 0);
  assert_int_equal(pipe(input), 0);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
  posix_spawn_file_actions_addclose(&actions, output[0]);
  posix_spawn_file_actions_addclose(&actions, input[1]);
  assert_int_equal(posix_spawn(&peer.process, WHORL_FAST_PEER, &actions, NULL, words, environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  close(output[1]);
  close(input[0]);
  peer.says = fdopen(output[0], "r");
  peer.input = input[1];
  return peer;
}

static const char *const string_type = "std_msgs::msg::dds_::String_";

static void await_written(const peer_t *peer)
{
  char line[16] = "";
  assert_non_null(fgets(line, sizeof line, peer->says));
  assert_string_equal(line, "written\n");
}

static int exit_code(peer_t *peer)
{
  int status;
  close(peer->input);
  assert_int_equal(waitpid(peer->process, &status, 0), peer->process);
  fclose(peer->says);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// --- Messages: as fast_peer makes them

static void fill(char *text, int number, size_t characters)
{
  size_t length = (size_t)sprintf(text, "%d:", number);
  for (; length < characters; length++) text[length] = (char)('a' + (length + (size_t)number) % 26);
  text[length] = '\0';
}

static int hear(const void *message, const whorl_message_info_t *info, void *arg)
{
  scene_t *scene = arg;
  const std_msgs__msg__String *string = message;
  char *text = malloc(scene->characters + 24);
  (void)info;
  fill(text, scene->heard++, scene->characters);
  scene->good = (scene->heard == 1 || scene->good) && strcmp(text, string->data.data) == 0;
  free(text);
  return scene->heard == scene->wanted ? whorl_future_complete(scene->done, WHORL_OK, NULL) : WHORL_OK;
}

static const whorl_qos_t retained = {.history = WHORL_HISTORY_KEEP_ALL, .durability = WHORL_DURABILITY_TRANSIENT_LOCAL};

static void subscribe(scene_t *scene, size_t characters, int wanted)
{
  const whorl_subscription_options_t options = {.qos = &retained};
  scene->characters = characters;
  scene->wanted = wanted;
  assert_int_equal(whorl_subscription_create(scene->node, STRING, "vendor", hear, scene, &options, NULL), WHORL_OK);
}

static void hear_all(scene_t *scene)
{
  assert_int_equal(whorl_executor_spin_until_future_complete(scene->executor, scene->done, LIMIT), WHORL_FUTURE_SUCCESS);
  assert_int_equal(scene->heard, scene->wanted);
  assert_true(scene->good);
}

static void publish_all(whorl_publisher_t publisher, size_t characters, int count)
{
  char *text = malloc(characters + 24);
  for (int i = 0; i < count; i++) {
    fill(text, i, characters);
    std_msgs__msg__String message = {.data = {.data = text, .size = strlen(text), .capacity = strlen(text) + 1}};
    assert_int_equal(whorl_publish(publisher, &message), WHORL_OK);
  }
  free(text);
}

static whorl_publisher_t advertise(const scene_t *scene)
{
  whorl_publisher_t publisher;
  assert_int_equal(whorl_publisher_create(scene->node, STRING, "vendor", &(whorl_publisher_options_t){.qos = &retained}, &publisher),
                   WHORL_OK);
  return publisher;
}

// --- Tests

static const struct load {
  size_t characters;
  int count;
} loads[] = {{20, 200}, {300000, 5}, {5000000, 1}}; // the larger ones go in fragments

static void hears_fast_dds(scene_t *scene, const struct load *load)
{
  peer_t peer = start("talk", string_type, load->characters, load->count);
  subscribe(scene, load->characters, load->count);
  hear_all(scene);
  assert_int_equal(exit_code(&peer), 0);
}

static void small_messages_of_fast_dds_are_heard(void **state) { hears_fast_dds(*state, &loads[0]); }
static void fragmented_messages_of_fast_dds_are_heard(void **state) { hears_fast_dds(*state, &loads[1]); }

static void PAIN_50_five_megabytes_of_fast_dds_are_heard(void **state) { hears_fast_dds(*state, &loads[2]); }

static int until_matched(const whorl_qos_event_t *event, void *arg)
{
  const scene_t *scene = arg;
  return event->kind == WHORL_QOS_EVENT_MATCHED && event->current > 0 ? whorl_future_complete(scene->done, WHORL_OK, NULL) : WHORL_OK;
}

static void is_heard_by_fast_dds(scene_t *scene, const struct load *load)
{
  whorl_publisher_t publisher;
  const whorl_publisher_options_t options = {.qos = &retained, .on_event = until_matched, .event_arg = scene};
  peer_t peer = start("listen", string_type, load->characters, load->count);
  assert_int_equal(whorl_publisher_create(scene->node, STRING, "vendor", &options, &publisher), WHORL_OK);
  assert_int_equal(whorl_executor_spin_until_future_complete(scene->executor, scene->done, LIMIT), WHORL_FUTURE_SUCCESS);
  publish_all(publisher, load->characters, load->count);
  assert_int_equal(exit_code(&peer), 0);
}

static void fast_dds_hears_small_messages(void **state) { is_heard_by_fast_dds(*state, &loads[0]); }
static void fast_dds_hears_fragmented_messages(void **state) { is_heard_by_fast_dds(*state, &loads[1]); }

static void PAIN_50_fast_dds_hears_five_megabytes(void **state) { is_heard_by_fast_dds(*state, &loads[2]); }

static void what_fast_dds_has_published_before_is_heard(void **state)
{
  scene_t *scene = *state;
  peer_t peer = start("talk", string_type, loads[0].characters, loads[0].count);
  await_written(&peer);
  subscribe(scene, loads[0].characters, loads[0].count);
  hear_all(scene);
  assert_int_equal(exit_code(&peer), 0);
}

static void fast_dds_hears_what_was_published_before(void **state)
{
  const scene_t *scene = *state;
  publish_all(advertise(scene), loads[0].characters, loads[0].count);
  peer_t peer = start("listen", string_type, loads[0].characters, loads[0].count);
  assert_int_equal(exit_code(&peer), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(small_messages_of_fast_dds_are_heard, setup, teardown),
      cmocka_unit_test_setup_teardown(fragmented_messages_of_fast_dds_are_heard, setup, teardown),
      cmocka_unit_test_setup_teardown(fast_dds_hears_small_messages, setup, teardown),
      cmocka_unit_test_setup_teardown(fast_dds_hears_fragmented_messages, setup, teardown),
      cmocka_unit_test_setup_teardown(PAIN_50_five_megabytes_of_fast_dds_are_heard, setup, teardown),
      cmocka_unit_test_setup_teardown(PAIN_50_fast_dds_hears_five_megabytes, setup, teardown),
      cmocka_unit_test_setup_teardown(what_fast_dds_has_published_before_is_heard, setup, teardown),
      cmocka_unit_test_setup_teardown(fast_dds_hears_what_was_published_before, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
