// SHA-256 (FIPS 180-4), for the type hashes.
#ifndef WHORL_MESSAGE_SHA256_H
#define WHORL_MESSAGE_SHA256_H

#include <stddef.h>
#include <stdint.h>

void whorl__sha256(const void *bytes, size_t size, uint8_t ret_digest[32]);

#endif
