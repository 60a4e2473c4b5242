// A compiled filter: what filter_parse.c makes and filter.c asks.
#ifndef WHORL_MESSAGE_FILTER_TREE_H
#define WHORL_MESSAGE_FILTER_TREE_H

#include <stdatomic.h>
#include <stdint.h>

#include "message/filter.h"
#include "message/members.h"

enum { WHORL__FILTER_STEPS = 16 };

typedef struct whorl__filter_step { // from a struct to one of its members, or an element of it
  size_t offset;
  bool is_sequence; // else in place
  size_t index, width;
} whorl__filter_step_t;

typedef enum whorl__filter_kind { // of a value
  WHORL__FILTER_NOTHING,          // that is not there
  WHORL__FILTER_SIGNED,
  WHORL__FILTER_UNSIGNED, // bools too
  WHORL__FILTER_FLOAT,
  WHORL__FILTER_TEXT
} whorl__filter_kind_t;

typedef struct whorl__filter_value {
  whorl__filter_kind_t kind;
  union {
    int64_t number;
    uint64_t natural;
    double real;
    const char *text;
  };
} whorl__filter_value_t;

typedef struct whorl__filter_operand {
  bool is_field;
  whorl__filter_value_t literal; // of a field: the kind alone
  uint8_t type_id;               // a field's, rosidl's number
  size_t step_count;
  whorl__filter_step_t steps[WHORL__FILTER_STEPS];
} whorl__filter_operand_t;

typedef enum whorl__filter_operator {
  WHORL__FILTER_EQUAL,
  WHORL__FILTER_UNEQUAL,
  WHORL__FILTER_LESS,
  WHORL__FILTER_LESS_EQUAL,
  WHORL__FILTER_MORE,
  WHORL__FILTER_MORE_EQUAL,
  WHORL__FILTER_LIKE,
  WHORL__FILTER_AND, // from here on of conditions
  WHORL__FILTER_OR,
  WHORL__FILTER_NOT
} whorl__filter_operator_t;

typedef struct whorl__filter_node {
  whorl__filter_operator_t operator;
  size_t left, right; // of conditions: nodes
  unsigned depth;     // of the tree below
  whorl__filter_operand_t operands[2];
} whorl__filter_node_t;

struct whorl__filter {
  atomic_uint references;
  char *expression, **parameters;
  size_t parameter_count;
  char *texts; // of literals, without their quotes
  size_t texts_used;
  whorl__filter_node_t *nodes;
  size_t count, room, root;
};

// Fills the nodes; expression and parameters are there. INVALID_ARGUMENT, NO_MEMORY.
int whorl__filter_parse(whorl__filter_t *filter, const whorl__members_t *members);

#endif
