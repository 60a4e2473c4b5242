# Message packages: the target `whorl_messages` with everything that user code and tests need of all of them.
#
# Where ROS is set up (its setup.bash exports ROS_DISTRO) its own packages are used. Elsewhere those of interfaces/ are built, into a private
# prefix that nothing is installed to and that is searched by this project alone: they must never get in front of a real ROS.
if(DEFINED ENV{ROS_DISTRO})
  set(_build_interfaces OFF)
else()
  set(_build_interfaces ON)
endif()
option(WHORL_BUILD_INTERFACES "build the message packages of interfaces/ instead of using those of a ROS installation" ${_build_interfaces})

set(WHORL_MESSAGE_PACKAGES
  action_msgs builtin_interfaces example_interfaces geometry_msgs lifecycle_msgs rcl_interfaces rmw_dds_common rosgraph_msgs
  sensor_msgs service_msgs std_msgs std_srvs test_msgs type_description_interfaces unique_identifier_msgs)
# Those that the library itself speaks.
set(WHORL_OWN_PACKAGES action_msgs builtin_interfaces lifecycle_msgs rcl_interfaces rmw_dds_common rosgraph_msgs type_description_interfaces unique_identifier_msgs)

if(WHORL_BUILD_INTERFACES)
  # Debian's ament and rosidl packages are installed for Debian's Python only, and run it while they are being found.
  set(Python3_EXECUTABLE /usr/bin/python3 CACHE FILEPATH "the Python that rosidl is installed for")

  # All build folders inside the source tree (sanitizers, compilers) share one build of them.
  string(FIND "${CMAKE_BINARY_DIR}/" "${CMAKE_SOURCE_DIR}/" _inside)
  if(_inside EQUAL 0)
    set(_interfaces_dir "${CMAKE_SOURCE_DIR}/build/interfaces")
  else()
    set(_interfaces_dir "${CMAKE_BINARY_DIR}/interfaces")
  endif()
  set(WHORL_INTERFACES_DIR "${_interfaces_dir}" CACHE PATH "where the message packages are built")
  execute_process(COMMAND "${CMAKE_SOURCE_DIR}/interfaces/build.sh" "${WHORL_INTERFACES_DIR}" COMMAND_ERROR_IS_FATAL ANY)
  file(GLOB_RECURSE _interface_files CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/interfaces/*")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${_interface_files} "${WHORL_INTERFACES_DIR}/fingerprint")
  list(PREPEND CMAKE_PREFIX_PATH "${WHORL_INTERFACES_DIR}/install")
endif()

# Found in a scope of their own: ament's packages set many variables, and only the targets are wanted.
add_library(whorl_messages INTERFACE)
function(whorl_find_messages)
  foreach(package ${WHORL_MESSAGE_PACKAGES})
    if(WHORL_BUILD_INTERFACES OR package IN_LIST WHORL_OWN_PACKAGES)
      find_package(${package} REQUIRED)
    else()
      find_package(${package} QUIET)
    endif()
    if(NOT ${package}_FOUND)
      message(STATUS "Message package ${package} is not installed: what uses it cannot be built")
      continue()
    endif()
    target_link_libraries(whorl_messages INTERFACE
      ${${package}_TARGETS__rosidl_generator_c}
      ${${package}_TARGETS__rosidl_typesupport_introspection_c}
      ${package}::${package}__rosidl_typesupport_c)
  endforeach()
endfunction()
whorl_find_messages()

# Introspection tables changed between rosidl versions. The source follows the headers that it is compiled with; the version that it is built and tested
# with every day is Debian's, and tables of another version than the headers' are refused at run time (src/message/members.c).
find_package(rosidl_typesupport_introspection_c REQUIRED)
if(NOT rosidl_typesupport_introspection_c_VERSION MATCHES "^3\\.3\\.")
  message(STATUS "rosidl ${rosidl_typesupport_introspection_c_VERSION} is untested: Whorl is tested with 3.3")
endif()
