// Messages as YAML, in the form that stock ros2 prints them; what is printed in full can be read back (yaml_in.h).
#ifndef TOOL_YAML_OUT_H
#define TOOL_YAML_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "field.h"

typedef struct yaml_style { // zero: everything, in block style
  bool flow;                // in one line
  bool no_arrays;           // arrays and sequences only by type and length
  bool no_strings;          // strings only by length
  size_t longest;           // of arrays, sequences and strings only so many elements or bytes; 0: all
} yaml_style_t;

// Writes a whole message, with a newline at its end. The program ends without memory.
void yaml_print(const members_t *members, const void *message, const yaml_style_t *style, FILE *out);
// The same of one field.
void yaml_print_field(const member_t *member, const void *message, const yaml_style_t *style, FILE *out);
// In one line, in memory that is the caller's to free.
char *yaml_line(const members_t *members, const void *message);

// A string in UTF-8 of a wide one; lone surrogates become U+FFFD. The caller's to free.
char *yaml_narrow(const uint16_t *units, size_t count);
// How a string has to be written so that it is read as that string: as it is, in quotes, or as !!binary, since it is no UTF-8.
typedef enum yaml_form { YAML_AS_IS, YAML_QUOTED, YAML_BINARY } yaml_form_t;
yaml_form_t yaml_form(const char *text, size_t length);
enum { YAML_NUMBER_SIZE = 64 };
// The number with the fewest digits that is read back as this one, as a float or a double: "0.1", "100.0", ".inf"; from 1e16 on with an exponent, "1.0e+16".
void yaml_real(double value, bool single, char text[YAML_NUMBER_SIZE]);
// A value of any type of field that is neither a string nor a message.
void yaml_number(uint8_t type, const void *value, char text[YAML_NUMBER_SIZE]);

#endif
