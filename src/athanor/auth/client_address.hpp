#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/core/error.hpp"

namespace athanor::auth {

/// The reverse proxies whose word is taken for where a request comes from (--trusted-proxy).
class TrustedProxies {
 public:
  /// Of addresses and networks: "10.0.0.7", "10.0.0.0/8", "fd00::/8". Errors name the one that is
  /// neither.
  [[nodiscard]] static Result<TrustedProxies> parse(std::span<const std::string> networks);

  [[nodiscard]] bool contains(std::string_view address) const;

  /// The client of a request from `peer` with this X-Forwarded-For ("client, proxy, proxy"; empty
  /// without one). Every proxy adds the address that it was asked from, so the list is read from
  /// its end for as long as those who vouch for it are trusted: what a client puts in front of it
  /// counts for nothing.
  [[nodiscard]] std::string client_of(const std::string& peer,
                                      std::string_view forwarded_for) const;

 private:
  /// IPv4 addresses are mapped to IPv6 (RFC 4291 section 2.5.5.2).
  using Address = std::array<unsigned char, 16>;

  struct Network {
    Address address;
    unsigned bits;  ///< That count.
  };

  [[nodiscard]] static bool parse_address(std::string_view text, Address& address);
  [[nodiscard]] static bool parse_network(std::string_view text, Network& network);
  [[nodiscard]] static bool lies_in(const Address& address, const Network& network);

  std::vector<Network> networks_;
};

}  // namespace athanor::auth
