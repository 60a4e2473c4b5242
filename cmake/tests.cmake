# One program per thing_test.c, linked with the library's internals, cmocka and all generated messages. Each runs with the
# loopback profile and in a ROS domain of its own, so that tests that run side by side do not meet.
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

file(GLOB_RECURSE WHORL_TESTS CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/*_test.c ${CMAKE_SOURCE_DIR}/src/*_soak.c)

# Domains 1 to 100 (ROS's safe range). The offset keeps several build folders on one machine apart.
string(MD5 whorl_domain_hash "${CMAKE_BINARY_DIR}")
string(SUBSTRING "${whorl_domain_hash}" 0 4 whorl_domain_hash)
math(EXPR WHORL_DOMAIN_OFFSET "0x${whorl_domain_hash} % 100")
set(WHORL_TEST_INDEX 0)

# whorl_describe_test(<name> <label>): environment, limit and label of a test that add_test made. A test over real Cyclone DDS has
# "cyclone" in its name.
function(whorl_describe_test name label)
  math(EXPR domain "1 + (${WHORL_DOMAIN_OFFSET} + ${WHORL_TEST_INDEX}) % 100")
  math(EXPR next "${WHORL_TEST_INDEX} + 1")
  set(WHORL_TEST_INDEX ${next} PARENT_SCOPE)
  set(limit 240) # against hanging, not against slow machines
  if(NOT WHORL_SANITIZE STREQUAL "")
    set(limit 900)
  endif()
  if(label STREQUAL soak)
    set(limit 3600)
  endif()
  set(sanitizer_environment ${WHORL_SANITIZER_ENVIRONMENT} ${WHORL_THREAD_SANITIZER_OPTIONS})
  if(name MATCHES "cyclone" OR label STREQUAL project)
    set(sanitizer_environment ${WHORL_SANITIZER_ENVIRONMENT} ${WHORL_THREAD_SANITIZER_OPTIONS_CYCLONE})
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${limit} LABELS ${label}
    ENVIRONMENT "CYCLONEDDS_URI=file://${CMAKE_SOURCE_DIR}/cmake/loopback.xml;ROS_DOMAIN_ID=${domain};${sanitizer_environment}"
    ENVIRONMENT_MODIFICATION "ROS_LOCALHOST_ONLY=unset:;ROS_AUTOMATIC_DISCOVERY_RANGE=unset:;ROS_STATIC_PEERS=unset:")
endfunction()

# Another vendor's middleware, to talk to. Debian has it; where it is not, its test is not either.
find_package(fastrtps QUIET)
if(fastrtps_FOUND AND WHORL_SANITIZE STREQUAL "") # a process of its own, which gains nothing from a sanitizer here
  add_executable(fast_peer ${CMAKE_SOURCE_DIR}/src/node/fast_peer.cpp)
  target_compile_options(fast_peer PRIVATE -Wall -Wextra)
  target_link_libraries(fast_peer PRIVATE fastrtps)
else()
  list(FILTER WHORL_TESTS EXCLUDE REGEX "/vendor_cyclone_test.c$")
endif()

foreach(source ${WHORL_TESTS})
  get_filename_component(name ${source} NAME_WE)
  file(RELATIVE_PATH folder ${CMAKE_SOURCE_DIR}/src ${source})
  string(REGEX REPLACE "/.*" "" label ${folder})
  if(name MATCHES "_soak$")
    set(label soak)
  endif()
  string(REGEX REPLACE "_test\\.c$" "_testing.cpp" part_in_cpp ${source}) # what only C++ can do
  if(NOT EXISTS ${part_in_cpp})
    set(part_in_cpp)
  endif()
  add_executable(${name} ${source} ${part_in_cpp})
  target_include_directories(${name} PRIVATE src)
  target_compile_options(${name} PRIVATE -Wall -Wextra)
  target_compile_definitions(${name} PRIVATE WHORL_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE whorl_static PkgConfig::CMOCKA CycloneDDS::ddsc PkgConfig::UV
    rosidl_typesupport_introspection_c::rosidl_typesupport_introspection_c)
  if(TARGET whorl_messages)
    target_link_libraries(${name} PRIVATE whorl_messages)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  whorl_describe_test(${name} ${label})
endforeach()

if(TARGET fast_peer)
  target_compile_definitions(vendor_cyclone_test PRIVATE WHORL_FAST_PEER="$<TARGET_FILE:fast_peer>")
  add_dependencies(vendor_cyclone_test fast_peer)
endif()

include(cmake/base_fuzz.cmake)
include(cmake/message_tests.cmake)
include(cmake/discovery_fuzz.cmake)
if(WHORL_BUILD_INTERFACES)
  include(cmake/tool_tests.cmake)
endif()

add_test(NAME headers COMMAND ${CMAKE_SOURCE_DIR}/scripts/checks/headers ${CMAKE_BINARY_DIR} --public)
whorl_describe_test(headers project)
if(WHORL_SANITIZE STREQUAL "") # consumers of a sanitized library would have to be sanitized too
  add_test(NAME install COMMAND ${CMAKE_SOURCE_DIR}/scripts/install_test ${CMAKE_BINARY_DIR})
  whorl_describe_test(install project)
  if(WHORL_BUILD_INTERFACES)
    add_test(NAME colcon COMMAND ${CMAKE_SOURCE_DIR}/scripts/colcon_test ${CMAKE_BINARY_DIR})
    whorl_describe_test(colcon project)
  endif()
endif()

if(EXISTS ${CMAKE_SOURCE_DIR}/examples/talker.c)
  add_test(NAME demo COMMAND ${CMAKE_SOURCE_DIR}/scripts/demo ${CMAKE_BINARY_DIR})
  whorl_describe_test(demo project)
endif()
if(WHORL_SANITIZE STREQUAL "" AND CMAKE_SYSTEM_PROCESSOR STREQUAL x86_64)
  add_executable(gdb_program ${CMAKE_SOURCE_DIR}/scripts/gdb_program.c)
  target_compile_options(gdb_program PRIVATE -Wall -Wextra)
  target_link_libraries(gdb_program PRIVATE whorl_static)
  add_test(NAME gdb COMMAND ${CMAKE_SOURCE_DIR}/scripts/gdb_test $<TARGET_FILE:gdb_program>)
  whorl_describe_test(gdb project)
  set_tests_properties(gdb PROPERTIES SKIP_RETURN_CODE 77)
endif()
find_program(WHORL_SPIN spin)
if(WHORL_SPIN AND WHORL_SANITIZE STREQUAL "") # src/task/model; the longer runs: scripts/model
  add_test(NAME models COMMAND ${CMAKE_SOURCE_DIR}/scripts/model --quick)
  whorl_describe_test(models project)
endif()
if(WHORL_SANITIZE STREQUAL "")
  add_custom_target(tested_benches ALL DEPENDS bare_fibers whorl_tasks) # the others: `make bench`
  add_test(NAME bench_test COMMAND ${CMAKE_SOURCE_DIR}/scripts/bench_test ${CMAKE_BINARY_DIR})
  whorl_describe_test(bench_test project)
endif()
add_test(NAME serial_bridge COMMAND ${CMAKE_SOURCE_DIR}/scripts/serial_bridge_test ${CMAKE_BINARY_DIR})
whorl_describe_test(serial_bridge project)
