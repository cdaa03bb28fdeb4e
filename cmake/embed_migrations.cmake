# Script: writes OUTPUT, a C++ table of FOLDER/NNNN_name.sql. Versions must count from 1.
cmake_minimum_required(VERSION 3.25)

file(GLOB files ${FOLDER}/*.sql)
list(SORT files)
set(rows "")
set(expected 0)
foreach(file IN LISTS files)
  math(EXPR expected "${expected} + 1")
  get_filename_component(stem ${file} NAME_WE)
  if(NOT stem MATCHES "^0*([1-9][0-9]*)_([a-z0-9_]+)$" OR NOT CMAKE_MATCH_1 EQUAL expected)
    message(FATAL_ERROR "${file}: expected a name of version ${expected}, as in 0001_name.sql")
  endif()
  set(name ${CMAKE_MATCH_2})
  file(READ ${file} sql)
  string(APPEND rows "    {${expected}, \"${name}\", R\"sql(${sql})sql\"},\n")
endforeach()

file(WRITE ${OUTPUT} "#include \"athanor/store/migrations.hpp\"

namespace athanor::store {

namespace {

constexpr Migration list[] = {
${rows}};

}  // namespace

std::span<const Migration> migrations() { return list; }

}  // namespace athanor::store
")
