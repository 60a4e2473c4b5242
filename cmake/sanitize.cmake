# WHORL_SANITIZE: one option for everything in the build, so that no object is left out.
if(NOT WHORL_SANITIZE STREQUAL "")
  add_compile_options(-fsanitize=${WHORL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${WHORL_SANITIZE})
endif()

# What the tests' environment says to the sanitizers' run times.
set(WHORL_SANITIZER_ENVIRONMENT ASAN_OPTIONS=detect_stack_use_after_return=0:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1)
set(WHORL_THREAD_SANITIZER_OPTIONS TSAN_OPTIONS=history_size=4:second_deadlock_stack=1)

# Cyclone DDS is not instrumented: ThreadSanitizer sees its locks, but not its atomics. So in programs over Cyclone, memory that is
# touched by calls out of such a library (memcpy, recvmsg, free) is not judged; every access in Whorl's own code still is, and there
# are no suppressions.
set(WHORL_THREAD_SANITIZER_OPTIONS_CYCLONE ${WHORL_THREAD_SANITIZER_OPTIONS}:ignore_noninstrumented_modules=1)
