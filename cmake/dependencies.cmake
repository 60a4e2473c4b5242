# What Whorl stands on, and the message packages it is built and tested with.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(CycloneDDS REQUIRED)
include(cmake/interfaces.cmake) # the target whorl_messages
find_package(rosidl_runtime_c REQUIRED)
find_package(rosidl_typesupport_introspection_c REQUIRED)
pkg_check_modules(UV REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)

# Linked statically: only its context switch is used, and the C library must not drag in a C++ one.
find_library(WHORL_BOOST_CONTEXT NAMES libboost_context.a REQUIRED)

# The message runtime's include flags, for users without CMake (whorl.pc) and for the header checks.
set(WHORL_MESSAGE_CFLAGS "")
foreach(target rosidl_runtime_c::rosidl_runtime_c rosidl_typesupport_interface::rosidl_typesupport_interface)
  get_target_property(folders ${target} INTERFACE_INCLUDE_DIRECTORIES)
  foreach(folder ${folders})
    string(REGEX REPLACE "^\\$<BUILD_INTERFACE:(.*)>$" "\\1" folder "${folder}")
    string(APPEND WHORL_MESSAGE_CFLAGS " -I${folder}")
  endforeach()
endforeach()
string(STRIP "${WHORL_MESSAGE_CFLAGS}" WHORL_MESSAGE_CFLAGS)
file(WRITE ${CMAKE_BINARY_DIR}/message_cflags "${WHORL_MESSAGE_CFLAGS}\n")
