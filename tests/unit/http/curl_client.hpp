#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace athanor::http::testing {

struct CurlRequest {
  std::string method = "GET";
  std::vector<std::string> headers = {};
  std::string body = {};
  bool http_1_0 = false;
  /// Gives the body in chunked encoding instead: the next piece, empty at the end.
  std::function<std::string()> chunks = {};
  /// A file sent as the multipart part "file".
  std::string form_file = {};
  /// Whom to trust, for https.
  std::string ca_file = {};
  /// The newest TLS to offer, one of CURL_SSLVERSION_MAX_*.
  long newest_tls = 0;
};

struct CurlReply {
  int error = 0;  ///< libcurl's code; 0 is fine.
  long status = 0;
  std::map<std::string, std::string> headers;  ///< Lower-case names.
  std::string body;
  long new_connections = 0;
};

/// libcurl as a peer that does not share our code; keeps its connection between requests.
class CurlClient {
 public:
  CurlClient();
  ~CurlClient();

  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;

  CurlReply perform(const std::string& url, const CurlRequest& request = {});

 private:
  void* handle_;
};

/// One request on a connection of its own.
CurlReply fetch(const std::string& url, const CurlRequest& request = {});

}  // namespace athanor::http::testing
