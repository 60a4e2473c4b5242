# WHORL_SANITIZE: one option for everything in the build, so that no object is left out.
if(NOT WHORL_SANITIZE STREQUAL "")
  add_compile_options(-fsanitize=${WHORL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${WHORL_SANITIZE})
endif()

# What the tests' environment needs to say to the sanitizers' run times. Cyclone DDS is not instrumented: what ThreadSanitizer
# cannot know about it stands in one reviewed file.
set(WHORL_SANITIZER_ENVIRONMENT
  "ASAN_OPTIONS=detect_stack_use_after_return=0:strict_string_checks=1"
  "UBSAN_OPTIONS=print_stacktrace=1"
  "TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/cmake/thread-sanitizer.txt:history_size=4:second_deadlock_stack=1")
