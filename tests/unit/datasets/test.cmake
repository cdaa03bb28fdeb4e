target_sources(datasets_test PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit/datasets/archive_builder.cpp)
target_include_directories(datasets_test PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/unit/datasets)
set(datasets_test_shards 2)
