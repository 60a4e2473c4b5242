# The library, static and shared, from the same objects. Every .c below src/ belongs to it, except tests, soaks and fuzz targets.
file(GLOB_RECURSE WHORL_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/*.c)
list(FILTER WHORL_SOURCES EXCLUDE REGEX "_(test|soak|fuzz)\\.c$")

add_library(whorl_objects OBJECT ${WHORL_SOURCES})
set_target_properties(whorl_objects PROPERTIES LINKER_LANGUAGE C)
target_include_directories(whorl_objects PRIVATE include src)
target_compile_options(whorl_objects PRIVATE -Wall -Wextra -fno-semantic-interposition)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(whorl_objects PRIVATE -mno-red-zone) # src/task/fiber.c pushes by hand
endif()
# The message packages that the library itself speaks.
set(WHORL_OWN_MESSAGES "")
foreach(package ${WHORL_OWN_PACKAGES})
  list(APPEND WHORL_OWN_MESSAGES ${package}::${package}__rosidl_generator_c ${package}::${package}__rosidl_typesupport_c)
endforeach()
target_link_libraries(whorl_objects PRIVATE ${WHORL_OWN_MESSAGES} rosidl_runtime_c::rosidl_runtime_c
  rosidl_typesupport_introspection_c::rosidl_typesupport_introspection_c CycloneDDS::ddsc PkgConfig::UV PkgConfig::YAML Threads::Threads m)

# Tests link the static one: it has the internals too. The shared one shows whorl_* alone (cmake/exports.map).
add_library(whorl_static STATIC $<TARGET_OBJECTS:whorl_objects>)
add_library(whorl SHARED $<TARGET_OBJECTS:whorl_objects>)
set_target_properties(whorl_static whorl PROPERTIES OUTPUT_NAME whorl LINKER_LANGUAGE C)
set_target_properties(whorl PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
  LINK_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/exports.map)
set_target_properties(whorl_static PROPERTIES EXPORT_NAME static)
target_link_options(whorl PRIVATE -Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/exports.map -Wl,-Bsymbolic-functions)

foreach(library whorl whorl_static)
  target_include_directories(${library} PUBLIC
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${library} PUBLIC rosidl_runtime_c::rosidl_runtime_c)
endforeach()
set(private_parts ${WHORL_OWN_MESSAGES} rosidl_typesupport_introspection_c::rosidl_typesupport_introspection_c CycloneDDS::ddsc Threads::Threads m)
target_link_libraries(whorl PRIVATE ${private_parts} PkgConfig::UV PkgConfig::YAML ${WHORL_BOOST_CONTEXT})
target_link_libraries(whorl_static PRIVATE ${private_parts}
  $<BUILD_INTERFACE:PkgConfig::UV> $<BUILD_INTERFACE:PkgConfig::YAML> $<BUILD_INTERFACE:${WHORL_BOOST_CONTEXT}>
  $<INSTALL_INTERFACE:uv> $<INSTALL_INTERFACE:yaml> $<INSTALL_INTERFACE:whorl::boost_context>)

# The hot path crosses files and floors: optimised as a whole, the shared library delivers a message about a tenth faster. The static
# one keeps the plain code of the same objects, so that linking it stays quick. Inlining more, as -O3 does, gains another twentieth; with it
# gcc sees ways that the statuses between two functions exclude (sanitizer and Debug builds keep that warning).
if(CMAKE_C_COMPILER_ID STREQUAL GNU AND WHORL_SANITIZE STREQUAL "")
  target_compile_options(whorl_objects PRIVATE -flto -ffat-lto-objects $<$<CONFIG:Release,RelWithDebInfo>:-O3 -Wno-maybe-uninitialized>)
  target_link_options(whorl PRIVATE -flto=auto $<$<CONFIG:Release,RelWithDebInfo>:-O3>)
  add_custom_command(TARGET whorl_static POST_BUILD VERBATIM
    COMMAND ${CMAKE_OBJCOPY} --wildcard --remove-section=.gnu.lto_* --remove-section=.gnu.debuglto_* --strip-symbol=__gnu_lto_*
      $<TARGET_FILE:whorl_static>)
endif()

# Installed, the shared library finds its message packages in the private prefix, as long as they came with it.
if(WHORL_BUILD_INTERFACES)
  file(RELATIVE_PATH interfaces_from_lib ${CMAKE_INSTALL_FULL_LIBDIR} ${CMAKE_INSTALL_FULL_DATADIR}/whorl/interfaces/lib)
  set_target_properties(whorl PROPERTIES INSTALL_RPATH "$ORIGIN/${interfaces_from_lib}")
endif()
