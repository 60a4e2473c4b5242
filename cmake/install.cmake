# Installation: find_package(whorl) gives whorl::whorl (shared) and whorl::static; pkg-config whorl does the same for others.
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/whorl)

install(TARGETS whorl whorl_static EXPORT whorl)
install(DIRECTORY include/whorl DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(EXPORT whorl NAMESPACE whorl:: DESTINATION ${package_folder} FILE whorl-targets.cmake)
configure_package_config_file(cmake/whorl-config.cmake.in whorl-config.cmake INSTALL_DESTINATION ${package_folder}
  PATH_VARS CMAKE_INSTALL_DATADIR)
write_basic_package_version_file(whorl-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/whorl-config.cmake ${CMAKE_BINARY_DIR}/whorl-config-version.cmake DESTINATION ${package_folder})

file(RELATIVE_PATH WHORL_PREFIX_FROM_PC ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX}) # so that `cmake --install --prefix` may move it
configure_file(cmake/whorl.pc.in whorl.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/whorl.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# Profiles for Cyclone DDS, which docs/configuration.md describes.
install(FILES cmake/loopback.xml cmake/many_processes.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/whorl/cyclonedds)

# What ament and colcon look for.
install(FILES package.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/whorl)
file(WRITE ${CMAKE_BINARY_DIR}/ament_marker "")
install(FILES ${CMAKE_BINARY_DIR}/ament_marker DESTINATION ${CMAKE_INSTALL_DATADIR}/ament_index/resource_index/packages RENAME whorl)

# The interface packages go below a prefix of their own: they must never shadow those of a ROS installation.
if(WHORL_BUILD_INTERFACES)
  install(DIRECTORY ${WHORL_INTERFACES_DIR}/install/ DESTINATION ${CMAKE_INSTALL_DATADIR}/whorl/interfaces
    USE_SOURCE_PERMISSIONS)
endif()
