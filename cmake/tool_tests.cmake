# The tests of the command line tool: units, and sessions of it beside a peer, each in a domain of its own.
set(tool_folder ${CMAKE_SOURCE_DIR}/tools/whorl)
file(GLOB tool_tests CONFIGURE_DEPENDS ${tool_folder}/*_test.c)
set(odd_folder ${CMAKE_BINARY_DIR}/tools/whorl/odd)
set(tool_environment WHORL_TYPESUPPORT_PATH=${odd_folder}:${WHORL_INTERFACES_DIR}/install)

# What types_test must refuse.
add_library(odd_messages SHARED ${tool_folder}/odd_messages.c)
set_target_properties(odd_messages PROPERTIES OUTPUT_NAME odd_msgs__rosidl_typesupport_introspection_c LIBRARY_OUTPUT_DIRECTORY ${odd_folder})
target_compile_options(odd_messages PRIVATE -Wall -Wextra)
target_link_libraries(odd_messages PRIVATE rosidl_runtime_c::rosidl_runtime_c rosidl_typesupport_introspection_c::rosidl_typesupport_introspection_c)

foreach(source ${tool_tests})
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_compile_options(${name} PRIVATE -Wall -Wextra)
  target_link_libraries(${name} PRIVATE whorl_tool_parts whorl_messages PkgConfig::CMOCKA)
  add_dependencies(${name} odd_messages)
  add_test(NAME ${name} COMMAND ${name})
  whorl_describe_test(${name} tool)
  set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT ${tool_environment})
endforeach()

add_executable(command_peer ${tool_folder}/command_peer.c)
set_target_properties(command_peer PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tools/whorl)
target_compile_options(command_peer PRIVATE -Wall -Wextra)
target_link_libraries(command_peer PRIVATE whorl whorl_messages)
foreach(session usage interface topic_list graph rates param doctor completion echo types interrupts pub service_call action_goal lifecycle)
  set(name command_line_cyclone_${session})
  add_test(NAME ${name} COMMAND ${tool_folder}/command_line_test ${CMAKE_BINARY_DIR}/tools/whorl ${session})
  whorl_describe_test(${name} tool)
  set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT ${tool_environment})
endforeach()
foreach(session colours waiting rates talk doctor) # in a pseudo-terminal
  set(name terminal_cyclone_${session})
  add_test(NAME ${name} COMMAND ${tool_folder}/terminal_test ${CMAKE_BINARY_DIR}/tools/whorl ${session})
  whorl_describe_test(${name} tool)
  set_property(TEST ${name} APPEND PROPERTY ENVIRONMENT ${tool_environment})
endforeach()

# YAML from anywhere: a fixed number of inputs from a fixed seed, as the other fuzz targets.
if(WHORL_SANITIZE STREQUAL "")
  set(tool_fuzz ${CMAKE_BINARY_DIR}/fuzz/yaml_in_fuzz)
  set(tool_fuzz_sources yaml_in_fuzz yaml_in yaml_value yaml_out yaml_writer yaml_scalar base64 field report)
  list(TRANSFORM tool_fuzz_sources REPLACE "(.+)" "${tool_folder}/\\1.c")
  file(GLOB tool_headers CONFIGURE_DEPENDS ${tool_folder}/*.h)
  set(tool_fuzz_libraries $<TARGET_FILE:rosidl_runtime_c::rosidl_runtime_c>)
  foreach(package test_msgs geometry_msgs std_msgs builtin_interfaces)
    list(APPEND tool_fuzz_libraries $<TARGET_FILE:${package}::${package}__rosidl_typesupport_c>
      $<TARGET_FILE:${package}::${package}__rosidl_generator_c>)
  endforeach()
  set(tool_fuzz_includes $<TARGET_PROPERTY:whorl_messages,INTERFACE_INCLUDE_DIRECTORIES>
    $<TARGET_PROPERTY:rosidl_typesupport_introspection_c::rosidl_typesupport_introspection_c,INTERFACE_INCLUDE_DIRECTORIES>)
  file(WRITE ${CMAKE_BINARY_DIR}/fuzz/yaml_in.words
    "\"int8_value: \"\n\"header: auto\"\n\"stamp: now\"\n\"string_value: \"\n\"wstring_value: \"\n\"bounded_string_value: \"\n\"uint8_values: \"\n\"basic_types_values: \"\n\"unbounded_sequence_of_wstrings: \"\n\"unbounded_sequence_of_arrays: \"\n\"float32_values: \"\n\"{\"\n\"}\"\n\"[1, \"\n\"]\"\n\": \"\n\"- \"\n\"---\\x0a\"\n\"\\x0a  \"\n\"'x'\"\n\"!!binary \"\n\"AAEC\"\n\".inf\"\n\".nan\"\n\"&a \"\n\"*a\"\n\"0x\"\n\"\\\\U0001F41F\"\n")
  add_custom_command(OUTPUT ${tool_fuzz}
    COMMAND ${WHORL_CLANG} -std=gnu17 -O1 -g -D_GNU_SOURCE -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -Wall -Wextra -Werror -Wno-macro-redefined
      "-isystem$<JOIN:${tool_fuzz_includes},;-isystem>" -I${CMAKE_SOURCE_DIR}/include -I${CMAKE_SOURCE_DIR}/src -I${tool_folder}
      ${tool_fuzz_sources} ${base_sources} ${tool_fuzz_libraries} -pthread ${YAML_LINK_LIBRARIES} -lm
      -Wl,-rpath,${WHORL_INTERFACES_DIR}/install/lib -o ${tool_fuzz}
    DEPENDS ${tool_fuzz_sources} ${tool_headers} ${base_sources} ${base_headers} ${tool_fuzz_libraries}
    COMMENT "Building yaml_in_fuzz" VERBATIM COMMAND_EXPAND_LISTS)
  add_custom_target(yaml_in_fuzz ALL DEPENDS ${tool_fuzz})
  add_test(NAME yaml_in_fuzz COMMAND ${tool_fuzz} -runs=50000 -seed=1 -max_len=512 -timeout=10 -rss_limit_mb=2048 -verbosity=0
    -dict=${CMAKE_BINARY_DIR}/fuzz/yaml_in.words -artifact_prefix=${CMAKE_BINARY_DIR}/fuzz/)
  whorl_describe_test(yaml_in_fuzz tool)
endif()
