target_sources(networks_test PRIVATE unit/networks/sample_job.cpp)
