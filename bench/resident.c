#include "resident.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int64_t resident_bytes(void)
{
  long long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r"); // size, resident, ...: in pages
  if (file == NULL || fscanf(file, "%*d %lld", &pages) != 1) abort();
  fclose(file);
  return pages * sysconf(_SC_PAGESIZE);
}

void resident_print(int64_t before_bytes, uint32_t count)
{
  printf("{\"bytes\": %.1f, \"count\": %u}\n", (double)(resident_bytes() - before_bytes) / count, count);
}
