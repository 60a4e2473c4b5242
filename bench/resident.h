// Resident memory of this process.
#ifndef BENCH_RESIDENT_H
#define BENCH_RESIDENT_H

#include <stdint.h>

int64_t resident_bytes(void);
// {"bytes": what each of `count` has added since `before_bytes`}
void resident_print(int64_t before_bytes, uint32_t count);

#endif
