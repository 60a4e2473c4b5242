#include "answer.h"

#include <whorl/whorl.h>

const option_t ANSWER_OPTIONS[] = {
    {"timeout", 0, "SECONDS", "the node has to answer by then (default: 5)"},
    {"spin-time", 0, "SECONDS", "looks around for so long at most (default: 2)"},
    {"no-daemon", 0, NULL, NULL},      // ros2's; there is none
    {"use-sim-time", 's', NULL, NULL}, // ros2's; nothing here looks at the time
    {"help", 'h', NULL, "says this"},
    {NULL, 0, NULL, NULL},
};

int answer_limit(const arguments_t *arguments, int64_t *ret_limit_ns)
{
  fault_t fault;
  *ret_limit_ns = WHORL_SECONDS(5);
  return arguments_seconds(arguments, "timeout", ret_limit_ns, &fault) ? DONE : complain_usage("%s", fault.text);
}

int answer_complain(const char *node, int status, int64_t limit_ns)
{
  if (status == WHORL_TIMED_OUT) return complain("node '%s' does not answer within %g seconds", node, (double)limit_ns / 1e9);
  return complain_status(status, node);
}
