# The fuzzer of command lines: it needs nothing but the lowest floor.
if(WHORL_SANITIZE STREQUAL "")
  find_program(WHORL_CLANG clang REQUIRED)
  set(arguments_sources ${WHORL_SOURCES})
  list(FILTER arguments_sources INCLUDE REGEX "/src/base/")
  file(GLOB arguments_headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/base/*.h)
  file(WRITE ${CMAKE_BINARY_DIR}/fuzz/arguments.words
    "\"-r\\x01\"\n\"-p\\x01\"\n\"-e\\x01\"\n\"--params-file\\x01\"\n\"--log-level\\x01\"\n\"__node:=\"\n\"__ns:=/\"\n\"rostopic://\"\n\"rosservice://\"\n\"n:\"\n\":=\"\n\"~/\"\n\"info\"\n\"--\\x01\"\n\"--ros-args\\x01\"\n\"--disable-rosout-logs\\x01\"\n")
  add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/fuzz/arguments_fuzz
    COMMAND ${WHORL_CLANG} -std=gnu17 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -Wall -Wextra -Werror
      -I${CMAKE_SOURCE_DIR}/include -I${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/src/base/arguments_fuzz.c ${arguments_sources} -pthread
      -o ${CMAKE_BINARY_DIR}/fuzz/arguments_fuzz
    DEPENDS ${CMAKE_SOURCE_DIR}/src/base/arguments_fuzz.c ${arguments_sources} ${arguments_headers}
    COMMENT "Building the fuzzer of command lines" VERBATIM)
  add_custom_target(arguments_fuzz ALL DEPENDS ${CMAKE_BINARY_DIR}/fuzz/arguments_fuzz)
  # A fixed number of inputs from a fixed seed: the same every time.
  add_test(NAME arguments_fuzz COMMAND ${CMAKE_BINARY_DIR}/fuzz/arguments_fuzz -runs=100000 -seed=1 -max_len=512 -timeout=10 -verbosity=0
    -dict=${CMAKE_BINARY_DIR}/fuzz/arguments.words -artifact_prefix=${CMAKE_BINARY_DIR}/fuzz/)
  whorl_describe_test(arguments_fuzz base)
endif()
