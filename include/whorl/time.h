// Durations and times: signed 64-bit nanoseconds everywhere.
#ifndef WHORL_TIME_H
#define WHORL_TIME_H

#include <stdint.h>

#define WHORL_NANOSECONDS(count) ((int64_t)(count))
#define WHORL_MICROSECONDS(count) ((int64_t)((count)*INT64_C(1000)))
#define WHORL_MILLISECONDS(count) ((int64_t)((count)*INT64_C(1000000)))
#define WHORL_SECONDS(count) ((int64_t)((count)*INT64_C(1000000000)))
// As a duration: without limit. As a deadline: never.
#define WHORL_FOREVER INT64_MAX

#endif
