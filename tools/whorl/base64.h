// Base64, in which YAML has bytes that are no text (!!binary).
#ifndef TOOL_BASE64_H
#define TOOL_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

char *base64_encode(const void *bytes, size_t size); // the caller's to free
// Blanks and line ends are passed over. False: it is none. `ret_bytes` is the caller's to free, with a NUL behind its end.
bool base64_decode(const char *text, size_t length, uint8_t **ret_bytes, size_t *ret_size);

#endif
