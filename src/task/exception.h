// C++ exceptions in tasks (docs/tasks.md R39). The C++ runtime keeps for each thread which exceptions are caught at the moment, and how many are on their way; a fiber that suspends in a catch block must find its own
// when it goes on. So they are part of what a switch saves. Where there is no C++ in the process there is nothing to save.
#ifndef WHORL_TASK_EXCEPTION_H
#define WHORL_TASK_EXCEPTION_H

// __cxa_eh_globals of the Itanium C++ ABI, which gcc and clang follow.
typedef struct whorl__exceptions {
  void *caught; // innermost first
  unsigned thrown;
#if defined(__arm__)
  void *propagating;
#endif
} whorl__exceptions_t;

// Those of the calling thread; the same for as long as it lives. NULL: no C++ in this process.
whorl__exceptions_t *whorl__exceptions_of_thread(void);

#endif
