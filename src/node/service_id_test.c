#include "node/service_id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void an_id_looks_as_recorded(void **state)
{
  (void)state;
  const uint8_t bytes[16] = {0x01, 0x10, 0x7f, 0xa1, 0x72, 0x32, 0xea, 0x20, 0x05, 0xac, 0x70, 0x8c, 0, 0, 0, 1};
  char id[WHORL__SERVICE_ID_SIZE];
  whorl__service_id_write(bytes, id);
  assert_string_equal(id, " 1.10.7f.a1.72.32.ea.20.5.ac.70.8c.0.0.0.1");
  memset(id, 0, sizeof id);
  whorl__service_id_write((const uint8_t[16]){255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}, id);
  assert_string_equal(id, "ff.ff.ff.ff.ff.ff.ff.ff.ff.ff.ff.ff.ff.ff.ff.ff");
}

static void an_id_is_found_among_other_pairs(void **state)
{
  (void)state;
  char id[WHORL__SERVICE_ID_SIZE];
  assert_true(whorl__service_id_read("serviceid= 1.10;typehash=RIHS01_00;", "serviceid", id));
  assert_string_equal(id, " 1.10");
  assert_true(whorl__service_id_read("typehash=x;clientid=7", "clientid", id));
  assert_string_equal(id, "7");
  const char *const without[] = {"", ";", ";;;", "clientid", "clientid=;", "clientidx=1;", "xclientid=1;", "serviceid=1;"};
  for (size_t i = 0; i < sizeof without / sizeof *without; i++) assert_false(whorl__service_id_read(without[i], "clientid", id));
}

static void an_id_that_is_too_long_is_none(void **state)
{
  (void)state;
  char user_data[200] = "clientid=", id[WHORL__SERVICE_ID_SIZE];
  memset(user_data + strlen(user_data), '1', WHORL__SERVICE_ID_SIZE - 1);
  assert_true(whorl__service_id_read(user_data, "clientid", id));
  strcat(user_data, "1");
  assert_false(whorl__service_id_read(user_data, "clientid", id));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_id_looks_as_recorded),
      cmocka_unit_test(an_id_is_found_among_other_pairs),
      cmocka_unit_test(an_id_that_is_too_long_is_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
