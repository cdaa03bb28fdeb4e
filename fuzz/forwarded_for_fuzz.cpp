#include <array>
#include <string>
#include <string_view>

#include "target.hpp"

#include "athanor/auth/client_address.hpp"
#include "athanor/auth/throttle.hpp"

namespace athanor::fuzz {

namespace {

const auth::TrustedProxies& proxies() {
  static const std::array<std::string, 3> networks = {"10.0.0.0/8", "192.0.2.7", "fd00::/8"};
  static const auto parsed = auth::TrustedProxies::parse(networks).value();
  return parsed;
}

}  // namespace

/// The first line is the header field, the rest a --trusted-proxy.
void forwarded_for(std::string_view input) {
  const auto line_end = std::min(input.find('\n'), input.size());
  const auto field = input.substr(0, line_end);
  const std::array<std::string, 1> network = {
      std::string(input.substr(std::min(line_end + 1, input.size())))};
  static_cast<void>(auth::TrustedProxies::parse(network));

  require(proxies().client_of("203.0.113.9", field) == "203.0.113.9",
          "a peer that is no proxy of ours speaks for itself alone");
  const auto client = proxies().client_of("10.1.2.3", field);
  require(client == "10.1.2.3" || field.find(client) != std::string_view::npos,
          "a client is the proxy or stands in the field");
  require(!auth::network_of(client).empty(), "every client can be told from others");
  const auto behind = proxies().client_of("10.1.2.3", std::string(field) + ", 203.0.113.9");
  require(behind == "203.0.113.9", "what a client puts in front of its own address is ignored");
}

}  // namespace athanor::fuzz
