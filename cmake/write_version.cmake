# Script: writes OUTPUT with VERSION and the commit of the checkout FOLDER, if that is another text.
cmake_minimum_required(VERSION 3.25)

set(text ${VERSION})
set(date "")
find_program(GIT git)
if(GIT AND EXISTS ${FOLDER}/.git)
  execute_process(COMMAND ${GIT} -C ${FOLDER} rev-parse --short=12 HEAD
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(NOT failed)
    string(APPEND text " (${commit})")
    execute_process(COMMAND ${GIT} -C ${FOLDER} log -1 --format=%cs
      OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE)
  endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#include \"athanor/core/version.hpp\"

namespace athanor {

std::string_view version_text() {
  return \"@text@\";
}

std::string_view version_date() {
  return \"@date@\";
}

}  // namespace athanor
" @ONLY)
