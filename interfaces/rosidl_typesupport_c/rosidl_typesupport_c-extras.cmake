# Extensions run in the order of their registration, and ours refers to what these two make: hence they come first.
find_package(ament_cmake_core QUIET REQUIRED)
find_package(rosidl_generator_c QUIET REQUIRED)
find_package(rosidl_typesupport_introspection_c QUIET REQUIRED)

set(rosidl_typesupport_c_FROM_WHORL TRUE)
ament_register_extension("rosidl_generate_idl_interfaces" "rosidl_typesupport_c" "rosidl_typesupport_c_generate_interfaces.cmake")
