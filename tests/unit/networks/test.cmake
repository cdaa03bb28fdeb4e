target_sources(networks_test PRIVATE unit/networks/effects.cpp unit/networks/sample_job.cpp)
set(networks_test_shards 6)
