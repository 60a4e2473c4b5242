// For functions that are seldom called from code that often runs: kept out of it, they cost it neither saved registers nor cache.
#ifndef WHORL_BASE_RARE_H
#define WHORL_BASE_RARE_H

#define WHORL__RARE __attribute__((noinline, cold))

#endif
