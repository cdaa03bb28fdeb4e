# One PostgreSQL for all of the store's tests; each test has a schema of its own.
set(postgresql ${CMAKE_CURRENT_SOURCE_DIR}/support/postgresql)
set(postgresql_state ${CMAKE_CURRENT_BINARY_DIR}/postgresql.folder)
add_test(NAME support.postgresql_start COMMAND ${postgresql} start ${postgresql_state})
add_test(NAME support.postgresql_stop COMMAND ${postgresql} stop ${postgresql_state})
set_tests_properties(support.postgresql_start PROPERTIES FIXTURES_SETUP postgresql)
set_tests_properties(support.postgresql_stop PROPERTIES FIXTURES_CLEANUP postgresql)
set(store_test_properties FIXTURES_REQUIRED postgresql)
target_compile_definitions(store_test PRIVATE ATHANOR_POSTGRESQL_STATE="${postgresql_state}")
target_sources(store_test PRIVATE 
  ${CMAKE_CURRENT_SOURCE_DIR}/unit/store/store_fixture.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/unit/store/faulty_disk.cpp)
target_include_directories(store_test PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit/store)
set(store_test_shards 2)
