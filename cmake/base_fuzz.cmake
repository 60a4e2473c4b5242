# The fuzzers of names, command lines and parameter files: they need nothing but the lowest floor.
if(WHORL_SANITIZE STREQUAL "")
  find_program(WHORL_CLANG clang REQUIRED)
  set(base_sources ${WHORL_SOURCES})
  list(FILTER base_sources INCLUDE REGEX "/src/base/")
  file(GLOB base_headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/base/*.h)
  file(WRITE ${CMAKE_BINARY_DIR}/fuzz/arguments.words
    "\"-r\\x01\"\n\"-p\\x01\"\n\"-e\\x01\"\n\"--params-file\\x01\"\n\"--log-level\\x01\"\n\"__node:=\"\n\"__ns:=/\"\n\"rostopic://\"\n\"rosservice://\"\n\"n:\"\n\":=\"\n\"~/\"\n\"info\"\n\"--\\x01\"\n\"--ros-args\\x01\"\n\"--disable-rosout-logs\\x01\"\n")
  file(WRITE ${CMAKE_BINARY_DIR}/fuzz/overrides.words
    "\"ros__parameters: \"\n\"n: {ros__parameters: {a: \"\n\"/**: \"\n\"{\"\n\"}\"\n\"[1, \"\n\"]\"\n\": \"\n\"\\x0a  \"\n\"'x'\"\n\"!!str \"\n\".inf\"\n\"&a \"\n\"*a\"\n\"- \"\n")
  file(WRITE ${CMAKE_BINARY_DIR}/fuzz/name.words
    "\"\\x01\"\n\"~/\"\n\"/a\"\n\"//\"\n\"/_a\"\n\"{node}\"\n\"{ns}\"\n\"{namespace}\"\n\"rt/\"\n\"rq/\"\n\"rr/\"\n\"Request\"\n\"Reply\"\n\"::\"\n\"::dds_::\"\n\"A_\"\n\":=\"\n\"n:\"\n\"rostopic://\"\n\"__node:=\"\n\"__ns:=/\"\n\"abcdefghijklmnopqrstuvwxyz012345\"\n")
  foreach(fuzz name_fuzz arguments_fuzz overrides_fuzz)
    string(REPLACE _fuzz .words words ${fuzz})
    add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/fuzz/${fuzz}
      COMMAND ${WHORL_CLANG} -std=gnu17 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -Wall -Wextra -Werror
        -I${CMAKE_SOURCE_DIR}/include -I${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/src/base/${fuzz}.c ${base_sources} -pthread
        ${YAML_LINK_LIBRARIES} -o ${CMAKE_BINARY_DIR}/fuzz/${fuzz}
      DEPENDS ${CMAKE_SOURCE_DIR}/src/base/${fuzz}.c ${base_sources} ${base_headers}
      COMMENT "Building ${fuzz}" VERBATIM)
    add_custom_target(${fuzz} ALL DEPENDS ${CMAKE_BINARY_DIR}/fuzz/${fuzz})
    # A fixed number of inputs from a fixed seed: the same every time.
    add_test(NAME ${fuzz} COMMAND ${CMAKE_BINARY_DIR}/fuzz/${fuzz} -runs=100000 -seed=1 -max_len=512 -timeout=10 -verbosity=0
      -dict=${CMAKE_BINARY_DIR}/fuzz/${words} -artifact_prefix=${CMAKE_BINARY_DIR}/fuzz/)
    whorl_describe_test(${fuzz} base)
  endforeach()
endif()
