// All of Whorl.
#ifndef WHORL_WHORL_H
#define WHORL_WHORL_H

#include "whorl/callback_group.h"
#include "whorl/channel.h"
#include "whorl/client.h"
#include "whorl/clock.h"
#include "whorl/combine.h"
#include "whorl/context.h"
#include "whorl/descriptor.h"
#include "whorl/dump.h"
#include "whorl/executor.h"
#include "whorl/graph.h"
#include "whorl/guard_condition.h"
#include "whorl/loop.h"
#include "whorl/message.h"
#include "whorl/node.h"
#include "whorl/publisher.h"
#include "whorl/qos.h"
#include "whorl/qos_event.h"
#include "whorl/service.h"
#include "whorl/simulation.h"
#include "whorl/status.h"
#include "whorl/subscription.h"
#include "whorl/task.h"
#include "whorl/time.h"
#include "whorl/timer.h"
#include "whorl/trace.h"
#include "whorl/wait_set.h"
#include "whorl/waitable.h"
#include "whorl/work.h"

#endif
