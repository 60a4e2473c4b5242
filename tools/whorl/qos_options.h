// QoS on the command line and in words.
#ifndef TOOL_QOS_OPTIONS_H
#define TOOL_QOS_OPTIONS_H

#include <whorl/qos.h>

#include "arguments.h"

extern const option_t QOS_OPTIONS[];

bool qos_is_given(const arguments_t *arguments); // is any of them there?
// The profile of --qos-profile, or else `base`, with the policies that are given by themselves.
bool qos_read(const arguments_t *arguments, const whorl_qos_t *base, whorl_qos_t *ret_qos, fault_t *fault);
// As `ros2 topic info --verbose` prints it, each line behind two blanks.
void qos_print(const whorl_qos_t *qos, FILE *out);

#endif
