#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <string.h>

#include "base/detail.h"
#include "base/local.h"
#include "whorl/status.h"

static void a_failure_leaves_its_sentence(void **state)
{
  (void)state;
  assert_int_equal(whorl__fail(WHORL_INVALID_NAME, "topic name '%s' is invalid at %d", "a b", 1), WHORL_INVALID_NAME);
  assert_string_equal(whorl_detail(), "topic name 'a b' is invalid at 1");
}

static void a_plain_failure_empties_an_older_sentence(void **state)
{
  (void)state;
  whorl__fail(WHORL_BUSY, "old");
  assert_int_equal(whorl__fail_plain(WHORL_CANCELED), WHORL_CANCELED);
  assert_string_equal(whorl_detail(), "");
}

static void a_sentence_may_quote_the_one_before(void **state)
{
  (void)state;
  whorl__fail(WHORL_BUSY, "the cause");
  whorl__fail(WHORL_BUSY, "cannot go on: %s", whorl_detail());
  assert_string_equal(whorl_detail(), "cannot go on: the cause");
}

static void a_long_sentence_ends_in_dots(void **state)
{
  (void)state;
  char text[1000];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  whorl__fail(WHORL_BUSY, "%s", text);
  assert_int_equal(strlen(whorl_detail()), sizeof(whorl__detail_t) - 1);
  assert_string_equal(whorl_detail() + strlen(whorl_detail()) - 4, "x...");
}

static void a_character_is_never_cut_in_two(void **state)
{
  (void)state;
  for (int shift = 0; shift < 3; shift++) {
    char text[500] = "xx";
    for (size_t at = (size_t)shift; at + 3 < sizeof text; at += 3) memcpy(text + at, "€", 4);
    whorl__fail(WHORL_BUSY, "%s", text);
    size_t kept = strlen(whorl_detail()) - 3;
    assert_int_equal((kept - (size_t)shift) % 3, 0);
    assert_string_equal(whorl_detail() + kept, "...");
  }
}

static void *fail_elsewhere(void *arg)
{
  (void)arg;
  whorl__fail(WHORL_BUSY, "from another thread");
  return NULL;
}

static void threads_do_not_see_each_others_sentence(void **state)
{
  (void)state;
  whorl__fail(WHORL_BUSY, "mine");
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, NULL), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_string_equal(whorl_detail(), "mine");
}

static void a_task_brings_its_own_buffer(void **state)
{
  (void)state;
  whorl__detail_t task = {""};
  whorl__fail(WHORL_BUSY, "of the thread");
  whorl__local()->detail = &task;
  whorl__fail(WHORL_BUSY, "of the task");
  assert_string_equal(whorl_detail(), "of the task");
  whorl__local()->detail = &whorl__local()->own_detail;
  assert_string_equal(whorl_detail(), "of the thread");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_failure_leaves_its_sentence),       cmocka_unit_test(a_plain_failure_empties_an_older_sentence),
      cmocka_unit_test(a_sentence_may_quote_the_one_before), cmocka_unit_test(a_long_sentence_ends_in_dots),
      cmocka_unit_test(a_character_is_never_cut_in_two),     cmocka_unit_test(threads_do_not_see_each_others_sentence),
      cmocka_unit_test(a_task_brings_its_own_buffer),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
