# The fuzzer of discovery lives in a simulated world, of which only what reads from others is compiled for it; the rest is the library as it is.
if(WHORL_SANITIZE STREQUAL "")
  set(discovery_fuzz ${CMAKE_BINARY_DIR}/fuzz/discovery_fuzz)
  set(discovery_read node/peer node/peers node/humble_state node/graph_snapshot node/graph_endpoints node/graph_names node/graph_query
    node/service_id base/dds_name base/name message/cdr_check message/cdr_decode message/cdr_encode message/cdr_pool)
  list(TRANSFORM discovery_read REPLACE "(.+)" "${CMAKE_SOURCE_DIR}/src/\\1.c")
  file(GLOB discovery_headers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/*/*.h ${CMAKE_SOURCE_DIR}/src/transport/sim/*.h ${CMAKE_SOURCE_DIR}/include/whorl/*.h)
  set(discovery_includes $<TARGET_PROPERTY:rosidl_typesupport_introspection_c::rosidl_typesupport_introspection_c,INTERFACE_INCLUDE_DIRECTORIES>)
  set(discovery_libraries "")
  foreach(package ${WHORL_OWN_PACKAGES})
    list(APPEND discovery_includes $<TARGET_PROPERTY:${package}::${package}__rosidl_generator_c,INTERFACE_INCLUDE_DIRECTORIES>)
    list(APPEND discovery_libraries $<TARGET_FILE:${package}::${package}__rosidl_typesupport_c> $<TARGET_FILE:${package}::${package}__rosidl_generator_c>)
  endforeach()
  add_custom_command(OUTPUT ${discovery_fuzz}
    COMMAND ${WHORL_CLANG} -std=gnu17 -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -Wall -Wextra -Werror
      "-isystem$<JOIN:$<REMOVE_DUPLICATES:${discovery_includes}>,;-isystem>" -I${CMAKE_SOURCE_DIR}/include -I${CMAKE_SOURCE_DIR}/src
      ${CMAKE_SOURCE_DIR}/src/simulation/discovery_fuzz.c ${discovery_read} $<TARGET_FILE:whorl_static> ${discovery_libraries}
      $<TARGET_FILE:rosidl_runtime_c::rosidl_runtime_c> $<TARGET_FILE:rosidl_typesupport_introspection_c::rosidl_typesupport_introspection_c>
      $<TARGET_FILE:CycloneDDS::ddsc> ${UV_LINK_LIBRARIES} ${YAML_LINK_LIBRARIES} ${WHORL_BOOST_CONTEXT} -lm -pthread
      -Wl,-rpath,$<TARGET_FILE_DIR:rmw_dds_common::rmw_dds_common__rosidl_typesupport_c> -o ${discovery_fuzz}
    DEPENDS ${CMAKE_SOURCE_DIR}/src/simulation/discovery_fuzz.c ${discovery_read} ${discovery_headers} whorl_static
    COMMENT "Building discovery_fuzz" VERBATIM COMMAND_EXPAND_LISTS)
  add_custom_target(discovery_fuzz ALL DEPENDS ${discovery_fuzz})
  # A fixed number of inputs from a fixed seed, as the others; its first ones are built in.
  add_test(NAME discovery_fuzz COMMAND ${discovery_fuzz} -runs=20000 -seed=1 -max_len=1024 -timeout=60 -rss_limit_mb=2048 -verbosity=0
    -artifact_prefix=${CMAKE_BINARY_DIR}/fuzz/)
  whorl_describe_test(discovery_fuzz simulation)
endif()
