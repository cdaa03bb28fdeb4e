target_sources(cli_test PRIVATE unit/http/test_server.cpp)
