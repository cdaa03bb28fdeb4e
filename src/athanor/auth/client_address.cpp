#include "athanor/auth/client_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

#include <fmt/format.h>

namespace athanor::auth {

namespace {

constexpr unsigned address_bits = 128;
constexpr unsigned mapped_bits = 96;  ///< Before the 32 of an IPv4 address.

std::string_view trimmed(std::string_view text) {
  const auto first = std::min(text.find_first_not_of(" \t"), text.size());
  const auto last = text.find_last_not_of(" \t");
  return last == text.npos ? std::string_view() : text.substr(first, last + 1 - first);
}

/// "1.2.3.4:5678" and "[::1]:5678" without the port, which some proxies add.
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) {
    return text.substr(1, std::min(text.find(']'), text.size()) - 1);
  }
  const auto colon = text.find(':');
  return colon != text.npos && text.rfind(':') == colon ? text.substr(0, colon) : text;
}

}  // namespace

bool TrustedProxies::parse_address(std::string_view text, Address& address) {
  const std::string name(text.substr(0, text.find('%')));  // Without an interface.
  if (inet_pton(AF_INET6, name.c_str(), address.data()) == 1) {
    return true;
  }
  address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return inet_pton(AF_INET, name.c_str(), address.data() + mapped_bits / 8) == 1;
}

bool TrustedProxies::parse_network(std::string_view text, Network& network) {
  const auto slash = text.find('/');
  const auto name = text.substr(0, slash);
  if (!parse_address(name, network.address)) {
    return false;
  }
  const unsigned before = name.find(':') == name.npos ? mapped_bits : 0;
  network.bits = address_bits;
  if (slash == text.npos) {
    return true;
  }
  const auto digits = text.substr(slash + 1);
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, network.bits);
  network.bits = std::min(network.bits, address_bits + 1) + before;
  return error == std::errc() && stop == end && network.bits <= address_bits;
}

bool TrustedProxies::lies_in(const Address& address, const Network& network) {
  const auto whole = network.bits / 8;
  const auto rest = network.bits % 8;
  if (!std::equal(address.begin(), address.begin() + whole, network.address.begin())) {
    return false;
  }
  return rest == 0 || (address[whole] ^ network.address[whole]) >> (8 - rest) == 0;
}

Result<TrustedProxies> TrustedProxies::parse(std::span<const std::string> networks) {
  TrustedProxies proxies;
  for (const auto& text : networks) {
    Network network{};
    if (!parse_network(text, network)) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("--trusted-proxy {} is no address or network: write 10.0.0.7, "
                              "10.0.0.0/8 or fd00::/8",
                              text));
    }
    proxies.networks_.push_back(network);
  }
  return proxies;
}

bool TrustedProxies::contains(std::string_view address) const {
  Address parsed{};
  return parse_address(address, parsed) &&
         std::ranges::any_of(
             networks_, [&parsed](const Network& network) { return lies_in(parsed, network); });
}

std::string TrustedProxies::client_of(const std::string& peer,
                                      std::string_view forwarded_for) const {
  std::string client = peer;
  while (!forwarded_for.empty() && contains(client)) {
    const auto comma = forwarded_for.rfind(',');
    const auto entry = trimmed(forwarded_for.substr(comma == forwarded_for.npos ? 0 : comma + 1));
    forwarded_for = forwarded_for.substr(0, comma == forwarded_for.npos ? 0 : comma);
    Address ignored{};
    if (!parse_address(without_port(entry), ignored)) {
      break;  // "unknown" and the like: the proxy that said so stands for its clients.
    }
    client = without_port(entry);
  }
  return client;
}

}  // namespace athanor::auth
