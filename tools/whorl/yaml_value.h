// Single values from the words of YAML.
#ifndef TOOL_YAML_VALUE_H
#define TOOL_YAML_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Reads a number or a truth value of a field's type; NULL, or what is wrong: "is no whole number".
const char *yaml_value(const char *text, uint8_t type, void *value);
// Wide code units of valid UTF-8; the caller's to free.
void yaml_widen(const char *text, size_t length, uint16_t **ret_units, size_t *ret_count);

bool yaml_truth(const char *text, bool *ret_value); // true, yes, on, ...
bool yaml_integer(const char *text, bool *ret_negative,
                  uint64_t *ret_size); // decimal, 0x, 0o, 0b. False: none; more than 64 bits are UINT64_MAX, errno is ERANGE then
bool yaml_double(const char *text, double *ret_value); // also .inf, .nan

#endif
