// Test support: runs every promise of transport.h over one side. A test program includes this one header and calls contract_run from its main.
#ifndef WHORL_TRANSPORT_CONTRACT_SUITE_TESTING_H
#define WHORL_TRANSPORT_CONTRACT_SUITE_TESTING_H

#include "transport/contract_data_testing.h"
#include "transport/contract_limits_testing.h"
#include "transport/contract_matching_testing.h"
#include "transport/contract_request_testing.h"

// Returns the number of broken promises.
static int contract_run(contract_side_t side)
{
  const struct CMUnitTest contract[] = {
      cmocka_unit_test(everything_has_an_id_of_its_own),
      cmocka_unit_test(messages_arrive_in_the_order_of_writing),
      cmocka_unit_test(all_readers_share_the_message_that_was_written),
      cmocka_unit_test(a_message_outlives_its_endpoints),
      cmocka_unit_test(a_large_message_arrives_whole),
      cmocka_unit_test(keep_last_drops_the_oldest_and_counts_it),
      cmocka_unit_test(keep_all_keeps_up_to_its_limit),
      cmocka_unit_test(a_late_joiner_gets_what_is_retained),
      cmocka_unit_test(a_volatile_reader_gets_nothing_of_before),
      cmocka_unit_test(a_keep_all_writer_retains_everything),
      cmocka_unit_test(bytes_and_messages_are_two_forms_of_one_thing),
      cmocka_unit_test(a_type_may_be_described_twice),
      cmocka_unit_test(malformed_bytes_are_counted_and_skipped),
      cmocka_unit_test(a_sample_names_its_writer),
      cmocka_unit_test(a_sample_tells_when_it_was_written),
      cmocka_unit_test(the_ready_hook_is_called_once_per_filling),
      cmocka_unit_test(matched_counts_go_up_and_down),
      cmocka_unit_test(other_topics_and_types_do_not_match),
      cmocka_unit_test(too_much_asked_is_refused_and_told),
      cmocka_unit_test(a_reader_may_ignore_its_own_participant),
      cmocka_unit_test(endpoints_are_discovered_with_their_properties),
      cmocka_unit_test(a_change_of_the_graph_calls_the_hook),
      cmocka_unit_test(a_raw_name_is_the_dds_name),
      cmocka_unit_test(closing_with_messages_inside_releases_them),
      cmocka_unit_test(a_reader_can_be_closed_while_messages_are_stored),
      cmocka_unit_test(a_writer_can_wait_until_all_have_it),
      cmocka_unit_test(a_message_is_not_taken_after_its_lifespan),
      cmocka_unit_test(a_missed_deadline_is_told_on_both_sides),
      cmocka_unit_test(an_automatic_writer_is_alive_until_it_goes),
      cmocka_unit_test(a_manual_writer_is_alive_while_it_writes),
      cmocka_unit_test(every_refused_reader_is_counted),
      cmocka_unit_test(bytes_without_their_header_are_refused),
      cmocka_unit_test(strange_encodings_are_counted_as_malformed),
      cmocka_unit_test(a_request_brings_its_header),
      cmocka_unit_test(those_that_are_matched_are_visited),
      cmocka_unit_test(who_takes_what_comes_leaves_nothing_in_the_ring),
      cmocka_unit_test(a_request_cut_off_in_its_header_is_malformed),
  };
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&contract_news.changed, &monotonic);
  pthread_condattr_destroy(&monotonic);
  contract_side = side;
  return cmocka_run_group_tests(contract, NULL, NULL);
}

#endif
