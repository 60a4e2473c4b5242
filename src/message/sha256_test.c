// The examples of FIPS 180-4, and the sizes around a block's end.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "message/sha256.h"

static const char *digest_of(const void *bytes, size_t size)
{
  static char text[65];
  uint8_t digest[32];
  whorl__sha256(bytes, size, digest);
  for (size_t i = 0; i < sizeof digest; i++) snprintf(text + 2 * i, 3, "%02x", digest[i]);
  return text;
}

static void known_texts_have_known_digests(void **state)
{
  (void)state;
  assert_string_equal(digest_of("", 0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  assert_string_equal(digest_of("abc", 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const char *two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  assert_string_equal(digest_of(two_blocks, strlen(two_blocks)), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void sizes_around_a_block_are_padded_right(void **state)
{
  (void)state;
  char text[65];
  memset(text, 'a', sizeof text);
  assert_string_equal(digest_of(text, 55), "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
  assert_string_equal(digest_of(text, 56), "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
  assert_string_equal(digest_of(text, 63), "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34");
  assert_string_equal(digest_of(text, 64), "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_texts_have_known_digests),
      cmocka_unit_test(sizes_around_a_block_are_padded_right),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
