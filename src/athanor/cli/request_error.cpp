#include "athanor/cli/request_error.hpp"

#include <fmt/format.h>

#include "athanor/core/json.hpp"

namespace athanor::cli {

namespace {

ErrorCode code_of_status(long status) {
  switch (status) {
    case 401:
      return ErrorCode::unauthorized;
    case 403:
      return ErrorCode::forbidden;
    case 404:
      return ErrorCode::not_found;
    case 405:
    case 501:
      return ErrorCode::unsupported;
    case 408:
      return ErrorCode::timed_out;
    case 409:
    case 412:
      return ErrorCode::conflict;
    case 413:
      return ErrorCode::too_large;
    case 429:
    case 503:
      return ErrorCode::unavailable;
    default:
      return status >= 500 ? ErrorCode::internal : ErrorCode::invalid_argument;
  }
}

}  // namespace

Error reply_error(long status, std::string_view body) {
  const auto envelope = parse_json(body);
  if (envelope && envelope->is_object() && envelope->contains("error_desc") &&
      envelope->at("error_desc").is_string()) {
    return {code_of_status(status), envelope->at("error_desc").get<std::string>()};
  }
  return {code_of_status(status), fmt::format("the server answered with HTTP status {}", status)};
}

Error transport_error(CURLcode code, const std::string& url) {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
      return {ErrorCode::unavailable,
              fmt::format("no server answers at {}; start one: athanor serve --data-dir DIR "
                          "--listen 127.0.0.1:8000 --auth none, or name another with --url",
                          url)};
    case CURLE_COULDNT_RESOLVE_HOST:
      return {ErrorCode::unavailable, fmt::format("no host of that name: {}; mend --url", url)};
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return {ErrorCode::invalid_argument,
              fmt::format("--url {} is no http address; write http://HOST:PORT", url)};
    case CURLE_PEER_FAILED_VERIFICATION:
      return {ErrorCode::forbidden,
              fmt::format("the certificate of {} is not trusted: name its authority with "
                          "--ca-certificate FILE",
                          url)};
    case CURLE_SSL_CACERT_BADFILE:
      return {ErrorCode::invalid_argument,
              "--ca-certificate: the file cannot be read or holds no certificate in PEM form"};
    case CURLE_OPERATION_TIMEDOUT:
      return {ErrorCode::unavailable, fmt::format("the server at {} did not answer in time", url)};
    default:
      return {ErrorCode::io,
              fmt::format("the connection to {} failed: {}", url, curl_easy_strerror(code))};
  }
}

}  // namespace athanor::cli
