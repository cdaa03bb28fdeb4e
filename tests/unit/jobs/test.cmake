add_executable(scripted_worker ${CMAKE_CURRENT_SOURCE_DIR}/support/scripted_worker/main.cpp)
target_link_libraries(scripted_worker PRIVATE athanor_contract)
add_executable(test_launcher ${CMAKE_CURRENT_SOURCE_DIR}/support/launcher/main.cpp)
target_link_libraries(test_launcher PRIVATE athanor_jobs)
add_dependencies(jobs_test scripted_worker test_launcher)
target_compile_definitions(jobs_test PRIVATE
  ATHANOR_SCRIPTED_WORKER="$<TARGET_FILE:scripted_worker>"
  ATHANOR_TEST_LAUNCHER="$<TARGET_FILE:test_launcher>")
set(jobs_test_shards 2)
