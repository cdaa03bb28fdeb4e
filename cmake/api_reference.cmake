# src/athanor/api/api_reference.html, the page behind /redoc and /swagger, is compiled into
# athanor_api.

set(page_file ${PROJECT_SOURCE_DIR}/src/athanor/api/api_reference.html)
set(page_source ${PROJECT_BINARY_DIR}/generated/athanor/api/api_reference.cpp)
add_custom_command(
  OUTPUT ${page_source}
  COMMAND ${CMAKE_COMMAND} -DFILE=${page_file} -DNAME=api_reference -DOUTPUT=${page_source}
          -P ${PROJECT_SOURCE_DIR}/cmake/embed_text.cmake
  DEPENDS ${page_file} ${PROJECT_SOURCE_DIR}/cmake/embed_text.cmake
  COMMENT "Embedding the API's reference page"
  VERBATIM)
target_sources(athanor_api PRIVATE ${page_source})
