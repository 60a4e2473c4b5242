// Commands that ask a node for something: how long it may take to answer.
#ifndef TOOL_ANSWER_H
#define TOOL_ANSWER_H

#include "arguments.h"

extern const option_t ANSWER_OPTIONS[]; // --timeout, with those of GRAPH_OPTIONS

int answer_limit(const arguments_t *arguments, int64_t *ret_limit_ns); // DONE, or USAGE after a complaint
int answer_complain(const char *node, int status, int64_t limit_ns);   // FAILED

#endif
