# core/version.hpp knows the commit: looked up at every build, compiled anew only when it changed.

set(version_source ${PROJECT_BINARY_DIR}/generated/athanor/core/version.cpp)
add_custom_target(athanor_version
  COMMAND ${CMAKE_COMMAND} -DOUTPUT=${version_source} -DVERSION=${PROJECT_VERSION}
          -DFOLDER=${PROJECT_SOURCE_DIR} -P ${PROJECT_SOURCE_DIR}/cmake/write_version.cmake
  BYPRODUCTS ${version_source}
  COMMENT ""
  VERBATIM)
target_sources(athanor_core PRIVATE ${version_source})
add_dependencies(athanor_core athanor_version)
