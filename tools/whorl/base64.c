#include "base64.h"

#include <stdlib.h>
#include <string.h>

#include "report.h"

static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *bytes, size_t size)
{
  const uint8_t *from = bytes;
  char *text = must(malloc((size + 2) / 3 * 4 + 1)), *to = text;
  for (size_t i = 0; i < size; i += 3) {
    size_t left = size - i;
    uint32_t three = (uint32_t)from[i] << 16 | (left > 1 ? (uint32_t)from[i + 1] << 8 : 0) | (left > 2 ? from[i + 2] : 0u);
    *to++ = DIGITS[three >> 18];
    *to++ = DIGITS[three >> 12 & 63];
    *to++ = left > 1 ? DIGITS[three >> 6 & 63] : '=';
    *to++ = left > 2 ? DIGITS[three & 63] : '=';
  }
  *to = '\0';
  return text;
}

bool base64_decode(const char *text, size_t length, uint8_t **ret_bytes, size_t *ret_size)
{
  uint8_t *bytes = must(malloc(length / 4 * 3 + 4));
  size_t size = 0, digits = 0, padding = 0;
  uint32_t value = 0;
  bool good = true;
  for (size_t i = 0; i < length && good; i++) {
    if (memchr(" \n\r", text[i], 3) != NULL || text[i] == '\t') continue;
    const char *digit = text[i] == '\0' ? NULL : strchr(DIGITS, text[i]);
    if (text[i] == '=') padding++;
    good = (digit != NULL && padding == 0) || (text[i] == '=' && padding <= 2);
    value = value << 6 | (digit != NULL ? (uint32_t)(digit - DIGITS) : 0);
    if (!good || ++digits % 4 != 0) continue;
    for (int shift = 16; shift >= 0; shift -= 8) bytes[size++] = (uint8_t)(value >> shift);
    value = 0;
  }
  if (!good || digits % 4 != 0) {
    free(bytes);
    return false;
  }
  size -= padding;
  bytes[size] = '\0';
  *ret_bytes = bytes;
  *ret_size = size;
  return true;
}
