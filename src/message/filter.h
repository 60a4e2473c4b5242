// Content filters: the conditions of DDS's content filtered topics ("speed > %0 AND name LIKE 'arm%'"), compiled for a message type and asked of native messages.
//
//   condition:  condition AND condition | condition OR condition | NOT condition | ( condition ) | predicate        NOT binds most, then AND
//   predicate:  operand = | <> | != | < | <= | > | >= | LIKE operand,  field [NOT] BETWEEN literal AND literal
//   operand:    a field ("header.stamp.sec", "points[2].x") or a literal; one of the two is a field
//   literal:    12, -0x1f, 1.5e3, 'text' with '' for a quote, TRUE, FALSE, or %n: the parameter of that number, which is one of the others
// Words are read in either case. LIKE: % stands for any characters, _ for one. An element that a sequence does not have makes its predicate false.
#ifndef WHORL_MESSAGE_FILTER_H
#define WHORL_MESSAGE_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "message/type.h"

typedef struct whorl__filter
    whorl__filter_t; // never changes; reference counted, as a message may be looked at while its subscription gets another one

// INVALID_ARGUMENT with the column (from 1) and what is wrong there. NO_MEMORY.
int whorl__filter_create(const whorl__type_t *type, const char *expression, const char *const *parameters, size_t parameter_count,
                         whorl__filter_t **ret_filter);
whorl__filter_t *whorl__filter_ref(whorl__filter_t *filter);
void whorl__filter_unref(whorl__filter_t *filter); // NULL: nothing to do
bool whorl__filter_passes(const whorl__filter_t *filter, const void *native);
// As they were given; the filter's.
const char *whorl__filter_expression(const whorl__filter_t *filter);
const char *const *whorl__filter_parameters(const whorl__filter_t *filter, size_t *ret_count);

#endif
