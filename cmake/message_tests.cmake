# What the tests of src/message need beyond the others: a JSON reader for the recorded vectors.
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
target_link_libraries(cdr_test PRIVATE PkgConfig::JANSSON ${CMAKE_DL_LIBS} m)
