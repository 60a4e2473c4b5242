#include "node/qos_override.h"

#include "base/detail.h"
#include "base/memory.h"
#include "node/ending.h"
#include "node/remap.h"

int whorl__qos_override(whorl_node_t handle, const char *topic, bool is_writer, const whorl_qos_overriding_t *overriding, whorl_qos_t *qos)
{
  whorl__node_t *node;
  whorl__stay_t stay;
  char *full = NULL;
  if (overriding == NULL) return WHORL_OK;
  if ((overriding->policies & ~WHORL_QOS_OVERRIDE_ALL) != 0)
    return whorl__fail(WHORL_INVALID_ARGUMENT, "qos_overriding: %#x has policies that are none", overriding->policies);
  WHORL_TRY(whorl__node_enter(handle, &node));
  whorl__stay_begin(&stay, node); // its user is asked whether it is valid
  int status = whorl__expand_name(node, "topic", topic, qos, &full);
  if (status == WHORL_OK)
    status = node->override_qos(node, &(whorl__overridden_t){.topic = full, .is_writer = is_writer, .options = overriding}, qos);
  whorl__free(full);
  whorl__stay_end(&stay);
  whorl__node_unuse(node);
  return status;
}
