#include "task/exception_testing.h"

#include <exception>
#include <stdexcept>

#include "whorl/status.h"
#include "whorl/task.h"

static bool holds(const thrower_t *self, int offset)
{
  try {
    if (std::current_exception() == nullptr) return false;
    throw;
  } catch (int number) {
    return number == self->number + offset;
  }
}

static int wait_in_catch(thrower_t *self, int offset)
{
  for (int i = 0; i < self->rounds; i++) {
    WHORL_TRY(whorl_yield());
    self->found = self->found && holds(self, offset);
  }
  return WHORL_OK;
}

int thrower_catches(void *arg)
{
  thrower_t *self = static_cast<thrower_t *>(arg);
  try {
    throw self->number;
  } catch (int) {
    return wait_in_catch(self, 0);
  }
}

int thrower_nests(void *arg)
{
  thrower_t *self = static_cast<thrower_t *>(arg);
  try {
    throw self->number;
  } catch (int) {
    try {
      throw self->number + 1;
    } catch (int) {
      WHORL_TRY(wait_in_catch(self, 1));
    }
    return wait_in_catch(self, 0);
  }
}

namespace {
struct patient {
  explicit patient(thrower_t *thrower) : self(thrower) {}
  ~patient()
  {
    whorl_yield();
    self->flying = static_cast<unsigned>(std::uncaught_exceptions());
  }
  thrower_t *self;
};
} // namespace

int thrower_unwinds(void *arg)
{
  thrower_t *self = static_cast<thrower_t *>(arg);
  try {
    patient waits(self);
    throw self->number;
  } catch (int) {
    return holds(self, 0) && std::uncaught_exceptions() == 0 ? WHORL_OK : WHORL_IO_ERROR;
  }
}

int thrower_calls(thrower_t *self, void (*run)(void))
{
  try {
    throw self->number;
  } catch (int) {
    run();
    return holds(self, 0) ? WHORL_OK : WHORL_IO_ERROR;
  }
}

int thrower_lets_go(void *) { throw std::runtime_error("the gripper is lost"); }
int thrower_terminates(void *) { std::terminate(); }
