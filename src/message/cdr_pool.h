// Buffers for serialised messages, by size: classes four to a doubling, so that at most a fifth of a buffer is unused.
#ifndef WHORL_MESSAGE_CDR_POOL_H
#define WHORL_MESSAGE_CDR_POOL_H

#include <stddef.h>

enum { WHORL__CDR_POOL_LARGEST = 64 * 1024 * 1024 }; // bytes kept in all classes together

// Frees what is kept.
void whorl__cdr_trim(void);

#endif
