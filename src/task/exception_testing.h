// Tasks in C++, for exception_test: their bodies are in exception_testing.cpp.
#ifndef WHORL_TASK_EXCEPTION_TESTING_H
#define WHORL_TASK_EXCEPTION_TESTING_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct thrower {
  int number;      // what it throws, and must find again
  int rounds;      // times that it suspends while that is caught
  bool found;      // was it there after each of them?
  unsigned flying; // exceptions on their way, as seen after a wait in a destructor
} thrower_t;

int thrower_catches(void *thrower);                       // suspends in a catch block, then throws on what it caught
int thrower_nests(void *thrower);                         // the same with a second exception caught inside the first one's block
int thrower_unwinds(void *thrower);                       // suspends in a destructor that an exception runs
int thrower_calls(thrower_t *thrower, void (*run)(void)); // calls it from a catch block
int thrower_lets_go(void *unused);                        // an exception leaves it
int thrower_terminates(void *unused);                     // calls std::terminate

#ifdef __cplusplus
}
#endif
#endif
