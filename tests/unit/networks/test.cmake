target_sources(networks_test PRIVATE unit/networks/effects.cpp unit/networks/sample_job.cpp)
