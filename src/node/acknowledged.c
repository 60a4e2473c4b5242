// Waiting until readers have acknowledged. DDS tells nobody of acknowledgements: it is asked again and again, with growing pauses.
#include "node/publisher.h"
#include "task/wait.h"
#include "whorl/publisher.h"
#include "whorl/time.h"

enum { FIRST_PAUSE_MS = 1, LONGEST_PAUSE_MS = 16 };

static int look(whorl_publisher_t handle)
{
  whorl__publisher_t *self;
  WHORL_TRY(whorl__publisher_pin(handle, &self));
  int status = self->writer->participant->ops->writer_wait_acknowledged(self->writer, 0);
  whorl__publisher_unpin(handle);
  return status;
}

WHORL__SUSPENDING int whorl_publisher_wait_for_acknowledged(whorl_publisher_t handle)
{
  WHORL_TRY(whorl__wait_entry_checked());
  for (int64_t pause_ms = FIRST_PAUSE_MS;; pause_ms = pause_ms < LONGEST_PAUSE_MS ? 2 * pause_ms : pause_ms) {
    int status = look(handle);
    if (status == WHORL_OK) whorl__wait_completed_at_once();
    if (status != WHORL_TIMED_OUT) return status;
    WHORL_TRY(whorl_sleep(WHORL_MILLISECONDS(pause_ms)));
  }
}
