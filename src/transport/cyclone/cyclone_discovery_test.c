// What discovery shows of endpoints: from near, from afar over the wire, and after they are gone.
#include "transport/cyclone/cyclone.h"
#include "transport/cyclone/cyclone_testing.h"
#include "whorl/time.h"

static whorl__type_t string_type = {.dds_name = "std_msgs::msg::dds_::String_",
                                    .hash = "RIHS01_df668c740482bbd48fb39d76a70dfd4bd59db1288021743503259e948f6b1a18"};
static whorl__participant_t *near, *far;
static testing_bell_t bell = TESTING_BELL;

static int open_both(void **state)
{
  (void)state;
  testing_join_far_domain();
  near = testing_open(testing_domain());
  far = testing_open(testing_far_domain());
  near->ops->discovery_hook(near, testing_ring, &bell);
  far->ops->discovery_hook(far, testing_ring, &bell);
  return 0;
}

static int close_both(void **state)
{
  (void)state;
  near->ops->participant_close(near);
  far->ops->participant_close(far);
  return 0;
}

// --- looking for one endpoint

typedef struct look {
  whorl__participant_t *from;
  const uint8_t *gid;
  bool found, is_writer;
  uint8_t participant_gid[16];
  char topic[64], type[64], user_data[160];
  whorl_qos_t qos;
} look_t;

static void look_at(void *arg, const whorl__remote_endpoint_t *endpoint)
{
  look_t *look = arg;
  if (memcmp(endpoint->gid, look->gid, 16) != 0) return;
  look->found = true;
  look->is_writer = endpoint->is_writer;
  look->qos = endpoint->qos;
  memcpy(look->participant_gid, endpoint->participant_gid, 16);
  snprintf(look->topic, sizeof look->topic, "%s", endpoint->dds_topic);
  snprintf(look->type, sizeof look->type, "%s", endpoint->dds_type);
  snprintf(look->user_data, sizeof look->user_data, "%s", endpoint->user_data);
}

static bool is_there(void *arg)
{
  look_t *look = arg;
  look->found = false;
  assert_int_equal(look->from->ops->discovery_visit(look->from, look_at, look), WHORL_OK);
  return look->found;
}

static bool is_gone(void *arg) { return !is_there(arg); }

static void assert_qos_equal(const whorl_qos_t *found, const whorl_qos_t *expected)
{
  assert_int_equal(found->history, expected->history);
  assert_int_equal(found->depth, expected->depth);
  assert_int_equal(found->reliability, expected->reliability);
  assert_int_equal(found->durability, expected->durability);
  assert_int_equal(found->deadline_ns, expected->deadline_ns);
  assert_int_equal(found->lifespan_ns, expected->lifespan_ns);
  assert_int_equal(found->liveliness, expected->liveliness);
  assert_int_equal(found->liveliness_lease_ns, expected->liveliness_lease_ns);
}

static void assert_shows(whorl__participant_t *from, const uint8_t *gid, bool is_writer, const char *user_data, const whorl_qos_t *qos)
{
  look_t look = {.from = from, .gid = gid};
  TESTING_WAIT(&bell, is_there, &look);
  assert_int_equal(look.is_writer, is_writer);
  assert_memory_equal(look.participant_gid, near->gid, 16);
  assert_string_equal(look.topic, "rt/ns/chatter");
  assert_string_equal(look.type, "std_msgs::msg::dds_::String_");
  assert_string_equal(look.user_data, user_data);
  assert_qos_equal(&look.qos, qos);
}

// --- tests

static const whorl_qos_t busy_qos = {.history = WHORL_HISTORY_KEEP_LAST,
                                     .depth = 7,
                                     .reliability = WHORL_RELIABILITY_RELIABLE,
                                     .durability = WHORL_DURABILITY_TRANSIENT_LOCAL,
                                     .deadline_ns = WHORL_MILLISECONDS(2500),
                                     .lifespan_ns = WHORL_SECONDS(3),
                                     .liveliness = WHORL_LIVELINESS_MANUAL_BY_TOPIC,
                                     .liveliness_lease_ns = WHORL_SECONDS(4)};
static const char typehash[] = "typehash=RIHS01_df668c740482bbd48fb39d76a70dfd4bd59db1288021743503259e948f6b1a18;";

static void a_writer_shows_near_and_far_with_all_it_has(void **state)
{
  (void)state;
  const whorl__endpoint_options_t options = {.type = &string_type, .topic = "/ns/chatter", .qos = busy_qos};
  whorl__writer_t *writer = testing_writer(near, &options);
  assert_shows(near, writer->gid, true, typehash, &busy_qos);
  assert_shows(far, writer->gid, true, typehash, &busy_qos);
  uint8_t gid[16];
  memcpy(gid, writer->gid, 16);
  near->ops->writer_close(writer);
  TESTING_WAIT(&bell, is_gone, (&(look_t){.from = near, .gid = gid}));
  TESTING_WAIT(&bell, is_gone, (&(look_t){.from = far, .gid = gid}));
}

static void a_reader_shows_near_and_far_without_lifespan(void **state)
{
  (void)state;
  const whorl__endpoint_options_t options = {
      .type = &string_type, .topic = "/ns/chatter", .qos = busy_qos, .user_data = "serviceid= 1.10.1;"};
  char user_data[160];
  snprintf(user_data, sizeof user_data, "serviceid= 1.10.1;%s", typehash);
  whorl_qos_t shown = busy_qos;
  shown.lifespan_ns = WHORL_FOREVER; // writers only
  whorl__reader_t *reader = testing_reader(near, &options);
  assert_shows(near, reader->gid, false, user_data, &shown);
  assert_shows(far, reader->gid, false, user_data, &shown);
  near->ops->reader_close(reader);
}

static void keep_all_shows_depth_zero_and_unlimited_durations_show_as_forever(void **state)
{
  (void)state;
  const whorl__endpoint_options_t options = {.type = &string_type,
                                             .topic = "/ns/chatter",
                                             .qos = {.history = WHORL_HISTORY_KEEP_ALL,
                                                     .reliability = WHORL_RELIABILITY_BEST_EFFORT,
                                                     .durability = WHORL_DURABILITY_VOLATILE,
                                                     .liveliness = WHORL_LIVELINESS_AUTOMATIC}};
  const whorl_qos_t shown = {.history = WHORL_HISTORY_KEEP_ALL,
                             .reliability = WHORL_RELIABILITY_BEST_EFFORT,
                             .durability = WHORL_DURABILITY_VOLATILE,
                             .deadline_ns = WHORL_FOREVER,
                             .lifespan_ns = WHORL_FOREVER,
                             .liveliness = WHORL_LIVELINESS_AUTOMATIC,
                             .liveliness_lease_ns = WHORL_FOREVER};
  whorl__writer_t *writer = testing_writer(near, &options);
  assert_shows(far, writer->gid, true, typehash, &shown);
  near->ops->writer_close(writer);
}

static void count_many(void *arg, const whorl__remote_endpoint_t *endpoint)
{
  *(unsigned *)arg += strcmp(endpoint->dds_topic, "rt/many") == 0;
}

static unsigned visit_many(void)
{
  unsigned found = 0;
  assert_int_equal(near->ops->discovery_visit(near, count_many, &found), WHORL_OK);
  return found;
}

static bool none_of_many(void *arg)
{
  (void)arg;
  return visit_many() == 0;
}

static void a_snapshot_of_more_endpoints_than_the_first_guess_is_whole(void **state)
{
  (void)state;
  enum { MANY = 150 };
  const whorl__endpoint_options_t options = {
      .type = &string_type,
      .topic = "/many",
      .qos = {.history = WHORL_HISTORY_KEEP_LAST, .depth = 1, .reliability = WHORL_RELIABILITY_RELIABLE}};
  whorl__writer_t *writers[MANY];
  for (int i = 0; i < MANY; i++) writers[i] = testing_writer(near, &options);
  assert_int_equal(visit_many(), MANY);
  for (int i = 0; i < MANY; i++) near->ops->writer_close(writers[i]);
  TESTING_WAIT(&bell, none_of_many, NULL);
  // What is gone takes no memory either.
  struct ddsi_serdata *left[1];
  dds_sample_info_t info[1];
  dds_entity_t publications = ((whorl__cyclone_participant_t *)near)->publications;
  assert_int_equal(
      dds_takecdr(publications, left, 1, info, DDS_ANY_SAMPLE_STATE | DDS_ANY_VIEW_STATE | DDS_NOT_ALIVE_DISPOSED_INSTANCE_STATE), 0);
}

static void the_hook_may_be_taken_away(void **state)
{
  (void)state;
  testing_bell_t own = TESTING_BELL;
  near->ops->discovery_hook(near, testing_ring, &own);
  const whorl__endpoint_options_t options = {
      .type = &string_type,
      .topic = "/hook",
      .qos = {.history = WHORL_HISTORY_KEEP_LAST, .depth = 1, .reliability = WHORL_RELIABILITY_RELIABLE}};
  whorl__writer_t *writer = testing_writer(near, &options); // local discovery is done when this returns
  unsigned rings = own.rings;
  assert_true(rings > 0);
  near->ops->discovery_hook(near, NULL, NULL);
  near->ops->writer_close(writer);
  assert_int_equal(own.rings, rings);
  near->ops->discovery_hook(near, testing_ring, &bell);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_writer_shows_near_and_far_with_all_it_has),
      cmocka_unit_test(a_reader_shows_near_and_far_without_lifespan),
      cmocka_unit_test(keep_all_shows_depth_zero_and_unlimited_durations_show_as_forever),
      cmocka_unit_test(a_snapshot_of_more_endpoints_than_the_first_guess_is_whole),
      cmocka_unit_test(the_hook_may_be_taken_away),
  };
  return cmocka_run_group_tests(tests, open_both, close_both);
}
