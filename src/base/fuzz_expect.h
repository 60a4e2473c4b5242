// For fuzz targets: what has to be so, whatever the input. Ends the process with the condition and the last failure's sentence.
#ifndef WHORL_BASE_FUZZ_EXPECT_H
#define WHORL_BASE_FUZZ_EXPECT_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "whorl/status.h"

#define EXPECT(condition)                                               \
  do {                                                                  \
    if (!(condition)) {                                                 \
      fprintf(stderr, "not so: %s (%s)\n", #condition, whorl_detail()); \
      abort();                                                          \
    }                                                                   \
  } while (0)

#endif
