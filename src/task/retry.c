// Trying again, with pauses that grow (whorl/combine.h).
#include <stdio.h>

#include "base/detail.h"
#include "base/local.h"
#include "task/wait.h"
#include "whorl/combine.h"

static const int of_the_outside[] = {
    WHORL_TIMED_OUT,      WHORL_CLOSED,   WHORL_ABANDONED,       WHORL_BUSY, WHORL_WOULD_BLOCK, WHORL_NO_MEMORY,
    WHORL_LIMIT_EXCEEDED, WHORL_IO_ERROR, WHORL_TRANSPORT_ERROR, 0};

static int refuse(const char *what) { return whorl__fail(WHORL_INVALID_ARGUMENT, "whorl_retry: %s", what); }

static int check(whorl_task_function_t function, const whorl_retry_options_t *options)
{
  if (function == NULL) return refuse("the function is NULL");
  if (options->first_delay_ns < 0 || options->longest_delay_ns < 0) return refuse("a delay is negative");
  if (options->attempt_limit_ns < 0) return refuse("the limit of an attempt is negative");
  if (options->factor != 0 && !(options->factor >= 1)) return refuse("the factor is less than 1");
  for (const int *status = options->again; status != NULL && *status != 0; status++) {
    if (*status > 0) return refuse("a status in `again` is no failure");
    if (*status == WHORL_CANCELED) return refuse("nothing is tried again after CANCELED");
  }
  return WHORL_OK;
}

static bool is_tried_again(int status, const int *again)
{
  while (*again != 0 && *again != status) again++;
  return *again != 0;
}

static int attempt(whorl_task_function_t function, void *arg, int64_t limit_ns, const char *place)
{
  (void)whorl__fail_plain(WHORL_OK); // an older sentence is none of this attempt's
  return limit_ns == 0 ? function(arg) : whorl_with_timeout_with_options(limit_ns, function, arg, NULL, place);
}

static int used_up(int status, uint32_t attempts)
{
  const whorl__detail_t detail = *whorl__local()->detail;
  return whorl__fail(status, "%u of %u attempts have failed; the last: %.190s", attempts, attempts,
                     detail.text[0] != '\0' ? detail.text : whorl_status_sentence(status));
}

static int64_t longer(int64_t delay_ns, const whorl_retry_options_t *options, int64_t longest_ns)
{
  double next = (double)delay_ns * (options->factor != 0 ? options->factor : 2);
  return next < (double)longest_ns ? (int64_t)next : longest_ns;
}

int whorl_retry_from(const char *place, whorl_task_function_t function, void *arg, const whorl_retry_options_t *options)
{
  static const whorl_retry_options_t defaults = {0};
  if (options == NULL) options = &defaults;
  WHORL_TRY(check(function, options));
  WHORL_TRY(whorl__wait_entry_anywhere_from("whorl_retry", NULL));
  const int64_t longest = options->longest_delay_ns != 0 ? options->longest_delay_ns : WHORL_SECONDS(10);
  int64_t delay = options->first_delay_ns != 0 ? options->first_delay_ns : WHORL_MILLISECONDS(100);
  if (delay > longest) delay = longest;
  for (uint32_t made = 1;; made += made < UINT32_MAX) {
    int status = attempt(function, arg, options->attempt_limit_ns, place);
    if (status >= 0 || !is_tried_again(status, options->again != NULL ? options->again : of_the_outside)) return status;
    if (made == options->attempts) return used_up(status, made);
    WHORL_TRY(whorl_sleep(delay));
    delay = longer(delay, options, longest);
  }
}
