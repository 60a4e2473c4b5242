// Every return code of Cyclone has its status; none is lost in "error".
#include "transport/cyclone/cyclone.h"
#include "transport/cyclone/cyclone_testing.h"

static const struct {
  dds_return_t code;
  int status;
} rows[] = {
    {DDS_RETCODE_OK, WHORL_OK},
    {7, WHORL_OK}, // a handle or a count
    {DDS_RETCODE_ERROR, WHORL_TRANSPORT_ERROR},
    {DDS_RETCODE_UNSUPPORTED, WHORL_UNSUPPORTED},
    {DDS_RETCODE_BAD_PARAMETER, WHORL_INVALID_ARGUMENT},
    {DDS_RETCODE_PRECONDITION_NOT_MET, WHORL_WRONG_STATE},
    {DDS_RETCODE_OUT_OF_RESOURCES, WHORL_LIMIT_EXCEEDED},
    {DDS_RETCODE_NOT_ENABLED, WHORL_UNSUPPORTED},
    {DDS_RETCODE_IMMUTABLE_POLICY, WHORL_INVALID_QOS},
    {DDS_RETCODE_INCONSISTENT_POLICY, WHORL_INVALID_QOS},
    {DDS_RETCODE_ALREADY_DELETED, WHORL_DESTROYED},
    {DDS_RETCODE_TIMEOUT, WHORL_TIMED_OUT},
    {DDS_RETCODE_NO_DATA, WHORL_WOULD_BLOCK},
    {DDS_RETCODE_ILLEGAL_OPERATION, WHORL_INVALID_ARGUMENT},
    {DDS_RETCODE_NOT_ALLOWED_BY_SECURITY, WHORL_TRANSPORT_ERROR},
    {DDS_RETCODE_IN_PROGRESS, WHORL_BUSY},
    {DDS_RETCODE_TRY_AGAIN, WHORL_WOULD_BLOCK},
    {DDS_RETCODE_INTERRUPTED, WHORL_INTERRUPTED},
    {DDS_RETCODE_NOT_ALLOWED, WHORL_IO_ERROR},
    {DDS_RETCODE_HOST_NOT_FOUND, WHORL_NOT_FOUND},
    {DDS_RETCODE_NO_NETWORK, WHORL_IO_ERROR},
    {DDS_RETCODE_NO_CONNECTION, WHORL_CLOSED},
    {DDS_RETCODE_NOT_ENOUGH_SPACE, WHORL_LIMIT_EXCEEDED},
    {DDS_RETCODE_OUT_OF_RANGE, WHORL_INVALID_ARGUMENT},
    {DDS_RETCODE_NOT_FOUND, WHORL_NOT_FOUND},
    {-99999, WHORL_TRANSPORT_ERROR}, // of a later Cyclone
};

static void every_code_has_its_status(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) assert_int_equal(whorl__cyclone_status(rows[i].code), rows[i].status);
}

static void a_failure_carries_what_was_done_and_cyclones_own_words(void **state)
{
  (void)state;
  assert_int_equal(whorl__cyclone_fail(DDS_RETCODE_BAD_PARAMETER, "reader of '%s' cannot be opened", "/x"), WHORL_INVALID_ARGUMENT);
  assert_string_equal(whorl_detail(), "reader of '/x' cannot be opened: Cyclone DDS says 'Bad Parameter'");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_code_has_its_status),
      cmocka_unit_test(a_failure_carries_what_was_done_and_cyclones_own_words),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
