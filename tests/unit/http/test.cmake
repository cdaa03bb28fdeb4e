target_link_libraries(http_test PRIVATE CURL::libcurl)
target_sources(http_test PRIVATE unit/http/test_server.cpp unit/http/curl_client.cpp)
# The address sanitizer would hold 256 MiB of freed memory back, which counts as memory of the server.
set(http_test_properties ENVIRONMENT ASAN_OPTIONS=quarantine_size_mb=4)
set(http_test_shards 2)
