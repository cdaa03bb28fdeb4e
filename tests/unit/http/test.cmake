target_link_libraries(http_test PRIVATE CURL::libcurl)
target_sources(http_test PRIVATE unit/http/test_server.cpp unit/http/curl_client.cpp)
