// Test support, part of the suite of contract_testing.h: who finds whom, who is told, and what closing means.
#ifndef WHORL_TRANSPORT_CONTRACT_MATCHING_TESTING_H
#define WHORL_TRANSPORT_CONTRACT_MATCHING_TESTING_H

#include <sched.h>

#include "transport/contract_testing.h"

static void everything_has_an_id_of_its_own(void **state)
{
  (void)state;
  whorl__participant_t *participants[2] = {contract_participant(), contract_participant()};
  contract_probe_t probes[3] = {0};
  whorl__writer_t *writer = contract_writer(participants[0], "/contract/ids", contract_keep(1), &probes[0]);
  whorl__writer_t *other = contract_writer(participants[1], "/contract/ids", contract_keep(1), &probes[1]);
  whorl__reader_t *reader = contract_reader(participants[0], "/contract/ids", contract_keep(1), &probes[2]);
  assert_memory_not_equal(participants[0]->gid, participants[1]->gid, 12);
  assert_memory_equal(writer->gid, participants[0]->gid, 12); // a GUID: the participant's prefix, then the entity
  assert_memory_equal(reader->gid, participants[0]->gid, 12);
  assert_memory_equal(other->gid, participants[1]->gid, 12);
  assert_memory_not_equal(writer->gid, reader->gid, 16);
  assert_memory_not_equal(writer->gid, participants[0]->gid, 16);
  contract_close_reader(reader);
  contract_close_writer(other);
  contract_close_writer(writer);
  for (int i = 0; i < 2; i++) contract_close(participants[i]);
}

typedef struct contract_count {
  atomic_uint *value;
  unsigned expected;
} contract_count_t;

static bool contract_count_reached(void *arg)
{
  const contract_count_t *count = arg;
  return atomic_load(count->value) == count->expected;
}

static void contract_wait_count(atomic_uint *value, unsigned expected)
{
  assert_true(contract_wait(contract_count_reached, &(contract_count_t){value, expected}));
}

static void matched_counts_go_up_and_down(void **state)
{
  (void)state;
  whorl__participant_t *participants[2] = {contract_participant(), contract_participant()};
  contract_probe_t probes[3] = {0};
  whorl__writer_t *writer = contract_writer(participants[0], "/contract/matched", contract_keep(1), &probes[0]);
  assert_int_equal(participants[0]->ops->writer_matched(writer), 0);
  whorl__reader_t *near = contract_reader(participants[0], "/contract/matched", contract_keep(1), &probes[1]);
  contract_wait_readers(writer, 1);
  whorl__reader_t *far = contract_reader(participants[1], "/contract/matched", contract_keep(1), &probes[2]);
  contract_wait_readers(writer, 2);
  contract_wait_writers(near, 1);
  contract_wait_writers(far, 1);
  contract_wait_count(&probes[0].current, 2); // the events say the same
  contract_wait_count(&probes[1].current, 1);
  contract_wait_count(&probes[2].current, 1);
  contract_close_reader(near);
  contract_wait_readers(writer, 1);
  contract_wait_count(&probes[0].current, 1);
  assert_int_equal(atomic_load(&probes[0].matched_total), 2);
  contract_close_writer(writer);
  contract_wait_writers(far, 0);
  contract_wait_count(&probes[2].current, 0);
  contract_close_reader(far);
  for (int i = 0; i < 2; i++) contract_close(participants[i]);
}

static void other_topics_and_types_do_not_match(void **state)
{
  (void)state;
  whorl__participant_t *participants[2] = {contract_participant(), contract_participant()};
  contract_probe_t probes[4] = {0};
  whorl__endpoint_options_t texts = contract_options("/contract/subject", contract_keep(1), &probes[1]);
  texts.type = contract_text_type();
  whorl__reader_t *other_topic = contract_reader(participants[1], "/contract/subject_", contract_keep(1), &probes[0]);
  whorl__reader_t *other_type = contract_reader_with(participants[1], texts);
  whorl__writer_t *writer = contract_writer(participants[0], "/contract/subject", contract_keep(1), &probes[2]);
  whorl__reader_t *reader = contract_reader(participants[1], "/contract/subject", contract_keep(1),
                                            &probes[3]); // announced last: then the others are known
  contract_wait_readers(writer, 1);
  contract_wait_writers(reader, 1);
  contract_publish_range(writer, 7, 7);
  contract_expect_range(reader, 7, 7);
  contract_expect_nothing(other_topic);
  contract_expect_nothing(other_type);
  assert_int_equal(participants[1]->ops->reader_matched(other_topic), 0);
  assert_int_equal(participants[1]->ops->reader_matched(other_type), 0);
  contract_close_reader(reader);
  contract_close_reader(other_type);
  contract_close_reader(other_topic);
  contract_close_writer(writer);
  for (int i = 0; i < 2; i++) contract_close(participants[i]);
}

// A writer, a reader that asks for too much, and one that does not and shows when the data is there.
static void contract_refuses(const char *topic, whorl_qos_t offered, whorl_qos_t requested, unsigned policy)
{
  whorl__participant_t *participant = contract_participant();
  contract_probe_t probes[3] = {0};
  whorl__writer_t *writer = contract_writer(participant, topic, contract_qos(offered), &probes[0]);
  whorl__reader_t *picky = contract_reader(participant, topic, contract_qos(requested), &probes[1]);
  whorl__reader_t *modest = contract_reader(participant, topic, contract_qos(WHORL_QOS_SENSOR_DATA), &probes[2]);
  contract_wait_count(&probes[0].incompatible, 1);
  contract_wait_count(&probes[1].incompatible, 1);
  assert_int_equal(atomic_load(&probes[0].policy), policy);
  assert_int_equal(atomic_load(&probes[1].policy), policy);
  contract_wait_readers(writer, 1);
  contract_publish_range(writer, 1, 1);
  if (!contract_side.lossy) contract_expect_range(modest, 1, 1);
  contract_expect_nothing(picky);
  assert_int_equal(participant->ops->reader_matched(picky), 0);
  assert_int_equal(atomic_load(&probes[2].incompatible), 0);
  contract_close_reader(picky);
  contract_close_reader(modest);
  contract_close_writer(writer);
  contract_close(participant);
}

static void too_much_asked_is_refused_and_told(void **state)
{
  (void)state;
  enum { DURABILITY = 2, DEADLINE = 4, LIVELINESS = 8, RELIABILITY = 11 }; // DDS policy ids
  contract_refuses("/contract/reliability", (whorl_qos_t){.reliability = WHORL_RELIABILITY_BEST_EFFORT}, (whorl_qos_t){0}, RELIABILITY);
  contract_refuses("/contract/durability", (whorl_qos_t){0}, (whorl_qos_t){.durability = WHORL_DURABILITY_TRANSIENT_LOCAL}, DURABILITY);
  contract_refuses("/contract/deadline", (whorl_qos_t){.deadline_ns = WHORL_SECONDS(2)}, (whorl_qos_t){.deadline_ns = WHORL_SECONDS(1)},
                   DEADLINE);
  contract_refuses("/contract/liveliness", (whorl_qos_t){0}, (whorl_qos_t){.liveliness = WHORL_LIVELINESS_MANUAL_BY_TOPIC}, LIVELINESS);
  contract_refuses("/contract/lease", (whorl_qos_t){.liveliness_lease_ns = WHORL_SECONDS(2)},
                   (whorl_qos_t){.liveliness_lease_ns = WHORL_SECONDS(1)}, LIVELINESS);
}

static void a_reader_may_ignore_its_own_participant(void **state)
{
  (void)state;
  whorl__participant_t *participants[2] = {contract_participant(), contract_participant()};
  contract_probe_t probes[4] = {0};
  whorl__endpoint_options_t deaf = contract_options("/contract/ignore", contract_keep(5), &probes[0]);
  deaf.ignore_local = true;
  whorl__reader_t *reader = contract_reader_with(participants[0], deaf);
  whorl__reader_t *witness = contract_reader(participants[0], "/contract/ignore", contract_keep(5), &probes[1]);
  whorl__writer_t *own = contract_writer(participants[0], "/contract/ignore", contract_keep(5), &probes[2]);
  whorl__writer_t *other = contract_writer(participants[1], "/contract/ignore", contract_keep(5), &probes[3]);
  contract_wait_writers(witness, 2);
  contract_wait_writers(reader, 1);
  contract_wait_readers(own, 1);
  contract_wait_readers(other, 2);
  contract_publish_range(own, 1, 1);
  contract_publish_range(other, 2, 2);
  contract_expect_range(witness, 1, 2);
  contract_expect_range(reader, 2, 2);
  contract_expect_nothing(reader);
  contract_close_reader(reader);
  contract_close_reader(witness);
  contract_close_writer(own);
  contract_close_writer(other);
  for (int i = 0; i < 2; i++) contract_close(participants[i]);
}

// --- discovery

typedef struct contract_sought {
  whorl__participant_t *participant;
  const uint8_t *gid;
  bool wanted; // present or gone
  bool found;
  whorl__remote_endpoint_t seen;
  char dds_topic[64], dds_type[64], user_data[256];
} contract_sought_t;

static void contract_look(void *arg, const whorl__remote_endpoint_t *endpoint)
{
  contract_sought_t *sought = arg;
  if (memcmp(endpoint->gid, sought->gid, 16) != 0) return;
  sought->found = true;
  sought->seen = *endpoint;
  snprintf(sought->dds_topic, sizeof sought->dds_topic, "%s", endpoint->dds_topic);
  snprintf(sought->dds_type, sizeof sought->dds_type, "%s", endpoint->dds_type);
  snprintf(sought->user_data, sizeof sought->user_data, "%s", endpoint->user_data);
}

static bool contract_is_discovered(void *arg)
{
  contract_sought_t *sought = arg;
  sought->found = false;
  assert_int_equal(sought->participant->ops->discovery_visit(sought->participant, contract_look, sought), WHORL_OK);
  return sought->found == sought->wanted;
}

static void endpoints_are_discovered_with_their_properties(void **state)
{
  (void)state;
  whorl__participant_t *participants[2] = {contract_participant(), contract_participant()};
  contract_probe_t probe = {0};
  whorl__endpoint_options_t options = contract_options("/contract/discovery", contract_retain(7), &probe);
  options.user_data = "clientid= 1.2.3;";
  whorl__writer_t *writer = contract_writer_with(participants[0], options);
  uint8_t gid[16];
  memcpy(gid, writer->gid, sizeof gid);
  for (int i = 0; i < 2; i++) { // one's own are found as well
    contract_sought_t sought = {.participant = participants[i], .gid = gid, .wanted = true};
    assert_true(contract_wait(contract_is_discovered, &sought));
    assert_true(sought.seen.is_writer);
    assert_memory_equal(sought.seen.participant_gid, participants[0]->gid, 16);
    assert_string_equal(sought.dds_topic, "rt/contract/discovery");
    assert_string_equal(sought.dds_type, "std_msgs::msg::dds_::Int64_");
    char user_data[256];
    snprintf(user_data, sizeof user_data, "clientid= 1.2.3;typehash=%s;", contract_number_type()->hash);
    assert_string_equal(sought.user_data, user_data);
    assert_int_equal(sought.seen.qos.history, WHORL_HISTORY_KEEP_LAST);
    assert_int_equal(sought.seen.qos.depth, 7);
    assert_int_equal(sought.seen.qos.reliability, WHORL_RELIABILITY_RELIABLE);
    assert_int_equal(sought.seen.qos.durability, WHORL_DURABILITY_TRANSIENT_LOCAL);
  }
  contract_close_writer(writer);
  for (int i = 0; i < 2; i++) {
    contract_sought_t sought = {.participant = participants[i], .gid = gid, .wanted = false};
    assert_true(contract_wait(contract_is_discovered, &sought));
  }
  for (int i = 0; i < 2; i++) contract_close(participants[i]);
}

static void contract_count_change(void *arg)
{
  atomic_fetch_add((atomic_uint *)arg, 1);
  contract_tell();
}

static bool contract_count_exceeded(void *arg)
{
  const contract_count_t *count = arg;
  return atomic_load(count->value) > count->expected;
}

static void a_change_of_the_graph_calls_the_hook(void **state)
{
  (void)state;
  whorl__participant_t *participants[2] = {contract_participant(), contract_participant()};
  atomic_uint changes = 0;
  participants[1]->ops->discovery_hook(participants[1], contract_count_change, &changes);
  contract_probe_t probe = {0};
  unsigned before = atomic_load(&changes);
  whorl__writer_t *writer = contract_writer(participants[0], "/contract/graph", contract_keep(1), &probe);
  assert_true(contract_wait(contract_count_exceeded, &(contract_count_t){&changes, before}));
  contract_sought_t sought = {.participant = participants[1], .gid = writer->gid, .wanted = true};
  assert_true(contract_wait(contract_is_discovered, &sought));
  before = atomic_load(&changes);
  contract_close_writer(writer);
  assert_true(contract_wait(contract_count_exceeded, &(contract_count_t){&changes, before}));
  participants[1]->ops->discovery_hook(participants[1], NULL, NULL);
  before = atomic_load(&changes); // after the hook is gone nothing calls it any more
  contract_close_reader(contract_reader(participants[0], "/contract/graph", contract_keep(1), &probe));
  assert_int_equal(atomic_load(&changes), before);
  for (int i = 0; i < 2; i++) contract_close(participants[i]);
}

static void a_raw_name_is_the_dds_name(void **state)
{
  (void)state;
  whorl__participant_t *participant = contract_participant();
  contract_probe_t probe = {0};
  whorl_qos_t raw = contract_qos((whorl_qos_t){.avoid_ros_namespace_conventions = true});
  whorl__reader_t *reader = contract_reader(participant, "contract_raw", raw, &probe);
  contract_sought_t sought = {.participant = participant, .gid = reader->gid, .wanted = true};
  assert_true(contract_wait(contract_is_discovered, &sought));
  assert_string_equal(sought.dds_topic, "contract_raw");
  assert_false(sought.seen.is_writer);
  contract_close_reader(reader);
  contract_close(participant);
}

// --- closing

static void closing_with_messages_inside_releases_them(void **state)
{
  (void)state;
  whorl__participant_t *participant = contract_participant();
  contract_probe_t probes[2] = {0};
  whorl__writer_t *writer = contract_writer(participant, "/contract/left", contract_retain(5), &probes[0]);
  whorl__reader_t *reader = contract_reader(participant, "/contract/left", contract_keep(5), &probes[1]);
  contract_wait_readers(writer, 1);
  whorl__message_t *message = whorl__message_new(contract_number_type());
  whorl__message_ref(message);
  assert_int_equal(participant->ops->write(writer, message), WHORL_OK);
  contract_settle();
  assert_true(atomic_load(&message->references) > 1);
  contract_close_reader(reader);
  contract_close_writer(writer);
  contract_close(participant);
  assert_int_equal(atomic_load(&message->references), 1);
  whorl__message_unref(message);
}

static atomic_bool contract_stop;

static void *contract_publish_until_stopped(void *arg)
{
  whorl__writer_t *writer = arg;
  for (int64_t number = 0; !atomic_load(&contract_stop); number++) {
    std_msgs__msg__Int64 message = {.data = number};
    int status = writer->participant->ops->write_copy(writer, &message);
    if (status != WHORL_OK && status != WHORL_WOULD_BLOCK) return "write";
    if (contract_side.step != NULL) contract_side.step();
  }
  return NULL;
}

static void a_reader_can_be_closed_while_messages_are_stored(void **state)
{
  (void)state;
  enum { WRITERS = 2, ROUNDS = 60 };
  whorl__participant_t *participant = contract_participant();
  contract_probe_t writer_probes[WRITERS] = {0};
  static contract_probe_t probes[ROUNDS];
  memset(probes, 0, sizeof probes);
  whorl__writer_t *writers[WRITERS];
  pthread_t threads[WRITERS];
  atomic_store(&contract_stop, false);
  for (int i = 0; i < WRITERS; i++) {
    writers[i] = contract_writer(participant, "/contract/storm", contract_keep(5), &writer_probes[i]);
    assert_int_equal(pthread_create(&threads[i], NULL, contract_publish_until_stopped, writers[i]), 0);
  }
  for (int round = 0; round < ROUNDS; round++) {
    whorl__reader_t *reader = contract_reader(participant, "/contract/storm", contract_keep(2), &probes[round]);
    contract_taken_t taken = {.reader = reader};
    while (!contract_try_take(&taken)) sched_yield(); // the writers never pause
    whorl__sample_unref(taken.sample);
    contract_close_reader(reader);
    atomic_store(&probes[round].closed, true);
  }
  atomic_store(&contract_stop, true);
  for (int i = 0; i < WRITERS; i++) {
    void *fault = NULL;
    assert_int_equal(pthread_join(threads[i], &fault), 0);
    assert_null(fault);
    contract_close_writer(writers[i]);
  }
  for (int round = 0; round < ROUNDS; round++) assert_int_equal(atomic_load(&probes[round].late), 0);
  contract_close(participant);
}

static void a_writer_can_wait_until_all_have_it(void **state)
{
  (void)state;
  whorl__participant_t *participants[2] = {contract_participant(), contract_participant()};
  contract_probe_t probes[2] = {0};
  whorl__writer_t *writer = contract_writer(participants[0], "/contract/acknowledged", contract_keep(5), &probes[0]);
  assert_int_equal(participants[0]->ops->writer_wait_acknowledged(writer, WHORL_SECONDS(1)), WHORL_OK); // nobody to wait for
  whorl__reader_t *reader = contract_reader(participants[1], "/contract/acknowledged", contract_keep(5), &probes[1]);
  contract_wait_readers(writer, 1);
  contract_publish_range(writer, 1, 5);
  assert_int_equal(participants[0]->ops->writer_wait_acknowledged(writer, WHORL_SECONDS(10)), WHORL_OK);
  contract_expect_range(reader, 1, 5);
  contract_close_reader(reader);
  contract_close_writer(writer);
  for (int i = 0; i < 2; i++) contract_close(participants[i]);
}

#endif
