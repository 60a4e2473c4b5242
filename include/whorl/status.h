// Status codes: every Whorl function returns WHORL_OK (0) or one negative status from this table.
#ifndef WHORL_STATUS_H
#define WHORL_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

// Beside those that a declaration names, every call may return INVALID_ARGUMENT (NULL or a number where the contract has no room for it), INVALID_HANDLE (never created, such as a zeroed
// handle) and DESTROYED (a handle whose object is gone). Options may be NULL everywhere; they and strings are copied or read inside the call. Outputs are untouched on failure, and may be NULL where that is said.
//
// code, number, sentence. The numbers are part of the ABI: append, never renumber.
#define WHORL_STATUS_TABLE(X)                                               \
  X(OK, 0, "success")                                                       \
  X(INVALID_ARGUMENT, -1, "an argument is not acceptable")                  \
  X(INVALID_NAME, -2, "a name breaks the ROS naming rules")                 \
  X(INVALID_QOS, -3, "a QoS profile is contradictory or out of range")      \
  X(INVALID_TYPE, -4, "a type support is missing or not usable")            \
  X(INVALID_HANDLE, -5, "a handle was never created")                       \
  X(DESTROYED, -6, "the object was destroyed")                              \
  X(CANCELED, -7, "a scope around this call was cancelled")                 \
  X(TIMED_OUT, -8, "the deadline of this timeout passed")                   \
  X(CLOSED, -9, "the other end was closed")                                 \
  X(ABANDONED, -10, "the producer of this result went away")                \
  X(BUSY, -11, "somebody else is in there")                                 \
  X(NOT_IN_TASK, -12, "this call works only inside a task")                 \
  X(WRONG_THREAD, -13, "this call belongs to another thread")               \
  X(WOULD_DEADLOCK, -14, "this wait could never end")                       \
  X(WOULD_BLOCK, -15, "it cannot be done without waiting")                  \
  X(ALREADY_COMPLETED, -16, "the result was already set")                   \
  X(DEADLOCK, -17, "every task waits for another one")                      \
  X(TIME_SOURCE_CHANGED, -18, "the clock changed its time source")          \
  X(NO_MEMORY, -19, "no memory could be had")                               \
  X(LIMIT_EXCEEDED, -20, "a limit is exhausted")                            \
  X(MALFORMED, -21, "serialised data is malformed")                         \
  X(WRONG_TYPE, -22, "the types do not agree")                              \
  X(WRONG_STATE, -23, "the object is not in a state that allows this call") \
  X(ALREADY_DRIVEN, -24, "the node already belongs to a driver")            \
  X(SHUTDOWN, -25, "the context was shut down")                             \
  X(INTERRUPTED, -26, "the wait was interrupted")                           \
  X(NOT_FOUND, -27, "no such thing")                                        \
  X(UNSUPPORTED, -28, "this build or peer cannot do that")                  \
  X(IO_ERROR, -29, "the operating system reported an error")                \
  X(TRANSPORT_ERROR, -30, "the middleware reported an error")               \
  X(TIME_JUMPED, -31, "the clock went back")                                \
  X(ALREADY_ADDED, -32, "it was added here already")                        \
  X(ADDED_ELSEWHERE, -33, "it was added elsewhere")                         \
  X(NOT_ADDED, -34, "it was not added")                                     \
  X(REJECTED, -35, "it was refused")                                        \
  X(INCOMPATIBLE_QOS, -36, "two ends of a topic do not fit by their QoS")   \
  X(UNSUCCESSFUL, -37, "it ended without success")

enum whorl_status {
#define WHORL_STATUS_CODE(name, number, sentence) WHORL_##name = number,
  WHORL_STATUS_TABLE(WHORL_STATUS_CODE)
#undef WHORL_STATUS_CODE
};

// The code's name, "WHORL_TIMED_OUT"; for a number outside the table "WHORL_UNKNOWN". Never NULL, static storage.
const char *whorl_status_name(int status);
// The code's sentence, e.g. for a log line. Never NULL, static storage.
const char *whorl_status_sentence(int status);
// Translates an errno value: ENOMEM to NO_MEMORY, EAGAIN to WOULD_BLOCK, ... , anything else to IO_ERROR (the detail then names it).
int whorl_status_from_errno(int error);

// What the last failed Whorl call of this task (outside tasks: of this thread) had to say beyond its status, one sentence
// such as "topic name 'a b' is invalid at 1: space". Empty if it had nothing. Valid until the next Whorl call of this task or thread.
const char *whorl_detail(void);

// Returns from the calling function when the expression is a failure.
// Not between the opening and the closing of a scope: an early return would leave the scope open.
#define WHORL_TRY(expression)                            \
  do {                                                   \
    int whorl_try_status_ = (expression);                \
    if (whorl_try_status_ < 0) return whorl_try_status_; \
  } while (0)

#ifdef __cplusplus
}
#endif
#endif
