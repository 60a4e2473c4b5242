// What the sanitizers and Valgrind must be told about stacks and switches; empty without them.
#ifndef WHORL_TASK_SANITIZER_H
#define WHORL_TASK_SANITIZER_H

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WHORL__ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define WHORL__TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(WHORL__ASAN)
#define WHORL__ASAN 1
#endif
#if defined(__SANITIZE_THREAD__) && !defined(WHORL__TSAN)
#define WHORL__TSAN 1
#endif

#ifdef WHORL__ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#endif

#ifdef WHORL__TSAN
#include <sanitizer/tsan_interface.h>
#endif

#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif
#ifndef VALGRIND_STACK_REGISTER
#define VALGRIND_STACK_REGISTER(start, end) 0u
#define VALGRIND_STACK_DEREGISTER(id) ((void)(id))
#define RUNNING_ON_VALGRIND 0
#define VALGRIND_DISABLE_ERROR_REPORTING ((void)0)
#define VALGRIND_ENABLE_ERROR_REPORTING ((void)0)
#endif

#endif
