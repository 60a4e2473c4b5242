// The tests of the lock run twice: once as this kernel has it, once with the giver's fence.
#ifndef WHORL_BASE_LOCK_TESTING_H
#define WHORL_BASE_LOCK_TESTING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/lock.h"

static int let_givers_fence(void **state) // no other thread is there
{
  (void)state;
#ifndef WHORL__LOCK_IS_MUTEX
  whorl__lock_waiters_fence = false;
#endif
  return 0;
}

#define RUN_BOTH_WAYS(tests)                                                                                \
  (cmocka_run_group_tests_name("waiters fence, where the kernel can do that for them", tests, NULL, NULL) + \
   cmocka_run_group_tests_name("givers fence", tests, let_givers_fence, NULL))

#endif
