add_executable(scripted_worker ${CMAKE_CURRENT_SOURCE_DIR}/support/scripted_worker/main.cpp)
target_link_libraries(scripted_worker PRIVATE athanor_contract)
add_dependencies(jobs_test scripted_worker)
target_compile_definitions(jobs_test PRIVATE
  ATHANOR_SCRIPTED_WORKER="$<TARGET_FILE:scripted_worker>")
