#include "athanor/api/serve_options.hpp"

#include <algorithm>
#include <charconv>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace athanor::api {

namespace {

Result<auth::Mode> auth_mode(const ServeOptions& options, const Endpoint& endpoint) {
  if (options.auth == "keys") {
    return auth::Mode::keys;
  }
  if (options.auth != "none") {
    return fail(ErrorCode::unsupported,
                fmt::format("--auth {} is not known: use none or keys", options.auth));
  }
  if (!is_loopback(endpoint.address)) {
    return fail(ErrorCode::forbidden,
                fmt::format("--auth none on {} would let anyone in: listen on 127.0.0.1, or use "
                            "--auth keys",
                            endpoint.address));
  }
  return auth::Mode::none;
}

Status check_tls(const ServeOptions& options) {
  if (options.tls.certificate.empty() != options.tls.key.empty()) {
    return fail(ErrorCode::invalid_argument,
                options.tls.key.empty() ? "--tls-certificate needs --tls-key"
                                        : "--tls-key needs --tls-certificate");
  }
  return {};
}

int threads_per_job(const ServeOptions& options) {
  if (options.threads > 0) {
    return options.threads;
  }
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  return std::max(1, cores / std::max(1, options.slots));
}

}  // namespace

Result<Endpoint> parse_endpoint(const std::string& listen) {
  const auto colon = listen.rfind(':');
  Endpoint endpoint;
  endpoint.address = listen.substr(0, colon == std::string::npos ? 0 : colon);
  const char* const first = listen.data() + (colon == std::string::npos ? 0 : colon + 1);
  const char* const last = listen.data() + listen.size();
  const auto [stop, error] = std::from_chars(first, last, endpoint.port);
  if (endpoint.address.empty() || error != std::errc() || stop != last) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("--listen must be HOST:PORT such as 127.0.0.1:8000, not \"{}\"", listen));
  }
  // An IPv6 address comes in brackets.
  if (endpoint.address.front() == '[' && endpoint.address.back() == ']') {
    endpoint.address = endpoint.address.substr(1, endpoint.address.size() - 2);
  }
  if (endpoint.address == "localhost") {
    endpoint.address = "127.0.0.1";
  }
  return endpoint;
}

bool is_loopback(const std::string& address) {
  return address == "::1" || address.starts_with("127.");
}

Result<Settings> check_options(ServeOptions options) {
  Settings settings;
  ATHANOR_TRY(settings.endpoint, parse_endpoint(options.listen));
  ATHANOR_TRY(settings.mode, auth_mode(options, settings.endpoint));
  ATHANOR_CHECK_OK(check_tls(options));
  ATHANOR_TRY(settings.proxies, auth::TrustedProxies::parse(options.trusted_proxies));
  settings.threads_per_job = threads_per_job(options);
  settings.options = std::move(options);
  return settings;
}

}  // namespace athanor::api
