// What programs that measure a crowd of processes share: a line of figures.
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include "node/crowd_testing.h"

static int crowd_print(int argc, char **argv, const crowd_member_t *member)
{
  int size = argc >= 2 ? atoi(argv[1]) : 0;
  bool advised = argc == 3 && strcmp(argv[2], "advised") == 0;
  if (size < 1 || size > CROWD_MOST || argc != 2 + advised) return 2;
  if (advised) crowd_follow_advice(WHORL_SOURCE_DIR);
  crowd_t crowd = crowd_meet(size, member);
  printf("{\"seconds\": %.3f, \"cpu_seconds\": %.3f, \"bytes\": %.0f}\n", crowd.seconds, crowd.cpu_seconds, crowd.resident_bytes);
  return crowd.found != crowd.size || !crowd.left;
}

#endif
