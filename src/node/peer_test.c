// Descriptions of participants, byte by byte: as recorded from ROS 2 Jazzy nodes, as Humble nodes send them, and broken in every way.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "node/captured_peers_testing.h"
#include "node/peer.h"
#include "whorl/status.h"

static whorl__peer_t *read_good(enum captured_peer which)
{
  captured_bytes_t bytes = captured_bytes_from(captured_peers[which]);
  whorl__peer_t *peer = NULL;
  assert_int_equal(whorl__peer_read(bytes.at, bytes.size, &peer), WHORL_OK);
  assert_memory_equal(peer->gid, captured_bytes_from("01104f98f520c5841f0b2ed2000001c1").at, 16);
  return peer;
}

static void check_gid(const uint8_t gid[16], const char *end)
{
  assert_memory_equal(gid, captured_bytes_from("01104f98f520c5841f0b2ed2").at, 12);
  assert_memory_equal(gid + 12, captured_bytes_from(end).at, 4);
}

static void a_recorded_description(void **state)
{
  (void)state;
  whorl__peer_t *peer = read_good(CAPTURED_FOUR);
  assert_int_equal(peer->node_count, 1);
  assert_string_equal(peer->nodes[0].name, "listener");
  assert_string_equal(peer->nodes[0].node_namespace, "/");
  assert_int_equal(peer->nodes[0].reader_count, 2);
  assert_int_equal(peer->nodes[0].writer_count, 2);
  check_gid(peer->nodes[0].readers[1], "00001604");
  check_gid(peer->nodes[0].writers[0], "00000603");
  check_gid(peer->nodes[0].writers[1], "00001403");
  whorl__free(peer);
}

static void the_last_one_of_a_participant_has_no_nodes(void **state)
{
  (void)state;
  whorl__peer_t *peer = read_good(CAPTURED_END);
  assert_int_equal(peer->node_count, 0);
  whorl__free(peer);
}

static void check_one_writer(enum captured_peer which)
{
  whorl__peer_t *peer = read_good(which);
  assert_int_equal(peer->node_count, 1);
  assert_string_equal(peer->nodes[0].name, "listener");
  assert_int_equal(peer->nodes[0].reader_count, 0);
  assert_int_equal(peer->nodes[0].writer_count, 1);
  check_gid(peer->nodes[0].writers[0], "00000603");
  whorl__free(peer);
}

static void humbles_longer_gids_are_told_by_the_size(void **state)
{
  (void)state;
  check_one_writer(CAPTURED_HUMBLE);
}

static void big_endian_ones_too(void **state)
{
  (void)state;
  check_one_writer(CAPTURED_BIG_ENDIAN);
}

static void check_cuts(enum captured_peer which, size_t from)
{
  captured_bytes_t bytes = captured_bytes_from(captured_peers[which]);
  for (size_t size = from; size < bytes.size; size++) {
    whorl__peer_t *peer = NULL;
    uint8_t *exact = whorl__alloc(size + 1); // so that reading past the end is seen
    memcpy(exact, bytes.at, size);
    assert_int_equal(whorl__peer_read(exact, size, &peer), WHORL_MALFORMED);
    assert_null(peer);
    whorl__free(exact);
  }
}

static void what_is_cut_off_anywhere_is_malformed(void **state)
{
  (void)state;
  check_cuts(CAPTURED_FOUR, 0);
  check_cuts(CAPTURED_END, 0);
  check_cuts(CAPTURED_HUMBLE, 28); // before that it is a whole one, of a participant without nodes, with shorter GIDs
}

// Everything set to everything else: read or refused, never more than that.
static void no_byte_is_believed(void **state)
{
  (void)state;
  int64_t blocks = whorl__memory_blocks();
  captured_bytes_t bytes = captured_bytes_from(captured_peers[CAPTURED_FOUR]);
  for (size_t at = 0; at < bytes.size; at++) {
    for (int value = 0; value < 256; value++) {
      captured_bytes_t broken = bytes;
      whorl__peer_t *peer = NULL;
      broken.at[at] = (uint8_t)value;
      int status = whorl__peer_read(broken.at, broken.size, &peer);
      assert_true(status == WHORL_OK || status == WHORL_MALFORMED);
      whorl__free(peer);
    }
  }
  assert_int_equal(whorl__memory_blocks(), blocks);
}

static void a_name_without_even_a_nul_is_empty(void **state)
{
  (void)state;
  captured_bytes_t bytes = captured_bytes_from("0001000001104f98f520c5841f0b2ed2000001c1010000000000000002000000610000000000000000000000");
  whorl__peer_t *peer = NULL;
  assert_int_equal(whorl__peer_read(bytes.at, bytes.size, &peer), WHORL_OK);
  assert_string_equal(peer->nodes[0].node_namespace, "");
  assert_string_equal(peer->nodes[0].name, "a");
  whorl__free(peer);
}

static void names_must_end_and_may_not_be_endless(void **state)
{
  (void)state;
  enum { HEADER = 4 + 16 };
  captured_bytes_t bytes = {.at = {0, 1}, .size = HEADER};
  static const uint8_t start[] = {1, 0, 0, 0, 2, 0, 0, 0, '/', 0, 0, 0};
  memcpy(bytes.at + bytes.size, start, sizeof start);
  bytes.size += sizeof start;
  size_t length_at = bytes.size;
  for (uint32_t length = 256; length <= 258; length++) {
    whorl__peer_t *peer = NULL;
    memcpy(bytes.at + length_at, &length, 4);
    memset(bytes.at + length_at + 4, 'a', length);
    size_t end = length_at + 4 + length;
    bytes.at[end - 1] = 0;
    memset(bytes.at + end, 0, 16);
    bytes.size = (end + 3) / 4 * 4 + 8;
    int status = whorl__peer_read(bytes.at, bytes.size, &peer);
    assert_int_equal(status, length <= 257 ? WHORL_OK : WHORL_MALFORMED);
    whorl__free(peer);
    bytes.at[end - 1] = 'a'; // no NUL
    peer = NULL;
    assert_int_equal(whorl__peer_read(bytes.at, bytes.size, &peer), WHORL_MALFORMED);
  }
}

static void without_memory(void **state)
{
  (void)state;
  captured_bytes_t bytes = captured_bytes_from(captured_peers[CAPTURED_FOUR]);
  whorl__peer_t *peer = NULL;
  whorl__memory_fail_at(1);
  assert_int_equal(whorl__peer_read(bytes.at, bytes.size, &peer), WHORL_NO_MEMORY);
  whorl__memory_fail_at(0);
  assert_null(peer);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_recorded_description),
      cmocka_unit_test(the_last_one_of_a_participant_has_no_nodes),
      cmocka_unit_test(humbles_longer_gids_are_told_by_the_size),
      cmocka_unit_test(big_endian_ones_too),
      cmocka_unit_test(what_is_cut_off_anywhere_is_malformed),
      cmocka_unit_test(no_byte_is_believed),
      cmocka_unit_test(a_name_without_even_a_nul_is_empty),
      cmocka_unit_test(names_must_end_and_may_not_be_endless),
      cmocka_unit_test(without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
