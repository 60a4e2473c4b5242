# What the tests of src/message need beyond the others: a JSON reader for the recorded vectors, and a fuzzer.
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
target_link_libraries(cdr_test PRIVATE PkgConfig::JANSSON ${CMAKE_DL_LIBS} m)

# Include flags of all generated messages, for scripts/checks/headers.
set(internal_includes $<TARGET_PROPERTY:whorl_messages,INTERFACE_INCLUDE_DIRECTORIES>
                      $<TARGET_PROPERTY:rosidl_typesupport_introspection_c::rosidl_typesupport_introspection_c,INTERFACE_INCLUDE_DIRECTORIES>)
file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/internal_cflags CONTENT "-isystem$<JOIN:$<REMOVE_DUPLICATES:${internal_includes}>, -isystem>\n")

# Our message packages are what the real ones are, and can be built upon as those can.
if(WHORL_BUILD_INTERFACES)
  add_test(NAME interfaces_definitions COMMAND ${CMAKE_SOURCE_DIR}/interfaces/definitions_test.py ${CMAKE_SOURCE_DIR}/src/message/testdata/vectors)
  whorl_describe_test(interfaces_definitions message)
endif()
if(WHORL_BUILD_INTERFACES AND WHORL_SANITIZE STREQUAL "")
  add_test(NAME interfaces_overlay
    COMMAND ${CMAKE_SOURCE_DIR}/cmake/overlay/build.sh ${WHORL_INTERFACES_DIR}/install ${CMAKE_BINARY_DIR}/overlay)
  whorl_describe_test(interfaces_overlay message)
endif()

# libFuzzer comes with clang, whatever compiler builds the rest, and brings the sanitizers it wants: one build of it is enough.
if(WHORL_SANITIZE STREQUAL "")
  find_program(WHORL_CLANG clang REQUIRED)
  set(fuzz_folder ${CMAKE_BINARY_DIR}/fuzz)
  set(fuzz_vectors ${CMAKE_SOURCE_DIR}/src/message/testdata/vectors)
  file(GLOB fuzz_vector_files CONFIGURE_DEPENDS ${fuzz_vectors}/*.json)
  add_custom_command(OUTPUT ${fuzz_folder}/cdr_fuzz_types.h
    COMMAND /usr/bin/python3 ${CMAKE_SOURCE_DIR}/src/message/cdr_fuzz_corpus.py ${fuzz_vectors} ${fuzz_folder}/cdr_fuzz_types.h ${fuzz_folder}/corpus
    DEPENDS ${CMAKE_SOURCE_DIR}/src/message/cdr_fuzz_corpus.py ${fuzz_vector_files} COMMENT "Making the fuzzer's corpus" VERBATIM)

  set(fuzz_sources ${WHORL_SOURCES})
  list(FILTER fuzz_sources INCLUDE REGEX "/src/(base|message)/")
  file(GLOB fuzz_headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/base/*.h ${CMAKE_SOURCE_DIR}/src/message/*.h ${CMAKE_SOURCE_DIR}/include/whorl/*.h)
  set(fuzz_libraries $<TARGET_FILE:rosidl_runtime_c::rosidl_runtime_c>)
  foreach(package ${WHORL_MESSAGE_PACKAGES})
    list(APPEND fuzz_libraries $<TARGET_FILE:${package}::${package}__rosidl_typesupport_c>)
  endforeach()
  set(fuzz_includes $<TARGET_PROPERTY:rosidl_typesupport_introspection_c::rosidl_typesupport_introspection_c,INTERFACE_INCLUDE_DIRECTORIES>
                    $<TARGET_PROPERTY:std_msgs::std_msgs__rosidl_generator_c,INTERFACE_INCLUDE_DIRECTORIES>)
  foreach(fuzz cdr_fuzz filter_fuzz)
    add_custom_command(OUTPUT ${fuzz_folder}/${fuzz}
      COMMAND ${WHORL_CLANG} -std=gnu17 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -Wall -Wextra -Werror
        "-isystem$<JOIN:${fuzz_includes},;-isystem>" -I${CMAKE_SOURCE_DIR}/include -I${CMAKE_SOURCE_DIR}/src -I${fuzz_folder}
        ${CMAKE_SOURCE_DIR}/src/message/${fuzz}.c ${fuzz_sources} ${fuzz_libraries}
        $<TARGET_FILE:rosidl_typesupport_introspection_c::rosidl_typesupport_introspection_c> -pthread ${YAML_LINK_LIBRARIES}
        -Wl,-rpath,$<TARGET_FILE_DIR:std_msgs::std_msgs__rosidl_typesupport_c> -o ${fuzz_folder}/${fuzz}
      DEPENDS ${CMAKE_SOURCE_DIR}/src/message/${fuzz}.c ${fuzz_sources} ${fuzz_headers} ${fuzz_folder}/cdr_fuzz_types.h ${fuzz_libraries}
      COMMENT "Building ${fuzz}" VERBATIM COMMAND_EXPAND_LISTS)
    add_custom_target(${fuzz} ALL DEPENDS ${fuzz_folder}/${fuzz})
  endforeach()

  # A fixed number of inputs from a fixed seed: the same every time. For a hunt: build/fuzz/cdr_fuzz build/fuzz/corpus
  add_test(NAME cdr_fuzz COMMAND ${fuzz_folder}/cdr_fuzz -runs=200000 -seed=1 -max_len=4096 -rss_limit_mb=2048 -timeout=10 -verbosity=0
    -artifact_prefix=${fuzz_folder}/ -seed_inputs=@${fuzz_folder}/corpus.list)
  whorl_describe_test(cdr_fuzz message)
  file(WRITE ${fuzz_folder}/filter.words
    "\" AND \"\n\" OR \"\n\"NOT \"\n\" BETWEEN \"\n\" LIKE '%_\"\n\"<>\"\n\">=\"\n\"%0\"\n\"%1\"\n\"int32_value\"\n\"float64_value\"\n\"uint64_value\"\n\"string_value\"\n\"string_values[0]\"\n\"int32_values[1]\"\n\"basic_types_values[0].\"\n\"array_of_arrays[0].\"\n\"TRUE\"\n\"-0x\"\n\"1e9\"\n\"''\"\n")
  add_test(NAME filter_fuzz COMMAND ${fuzz_folder}/filter_fuzz -runs=100000 -seed=1 -max_len=512 -timeout=10 -verbosity=0
    -dict=${fuzz_folder}/filter.words -artifact_prefix=${fuzz_folder}/)
  whorl_describe_test(filter_fuzz message)
endif()
