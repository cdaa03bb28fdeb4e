#include "athanor/auth/client_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::auth {
namespace {

using ::testing::HasSubstr;

TrustedProxies proxies_of(std::vector<std::string> networks) {
  return TrustedProxies::parse(networks).value();
}

TEST(TrustedProxies, AreAddressesAndNetworksOfBothKinds) {
  const auto proxies = proxies_of({"10.0.0.0/8", "192.0.2.7", "fd00::/9", "2001:db8::1"});
  for (const auto* inside : {"10.0.0.0",
                             "10.255.255.255",
                             "192.0.2.7",
                             "::ffff:10.1.2.3",
                             "fd00::1",
                             "fd7f::",
                             "2001:db8::1",
                             "fd00::1%eth0"}) {
    EXPECT_TRUE(proxies.contains(inside)) << inside;
  }
  for (const auto* outside : {"11.0.0.0",
                              "9.255.255.255",
                              "192.0.2.6",
                              "fd80::",
                              "2001:db8::2",
                              "::10.0.0.1",
                              "",
                              "10.0.0",
                              "example.org"}) {
    EXPECT_FALSE(proxies.contains(outside)) << outside;
  }
}

TEST(TrustedProxies, OfNoneIsNobody) {
  EXPECT_FALSE(TrustedProxies().contains("127.0.0.1"));
  EXPECT_EQ(TrustedProxies().client_of("127.0.0.1", "203.0.113.9"), "127.0.0.1");
}

TEST(TrustedProxies, EveryoneIsANetworkToo) {
  EXPECT_TRUE(proxies_of({"0.0.0.0/0"}).contains("203.0.113.9"));
  EXPECT_FALSE(proxies_of({"0.0.0.0/0"}).contains("2001:db8::1"));
  EXPECT_TRUE(proxies_of({"::/0"}).contains("203.0.113.9"));
}

TEST(TrustedProxies, RefusesWhatIsNoNetworkByName) {
  for (const auto* wrong : {"",
                            "example.org",
                            "10.0.0.0/33",
                            "10.0.0.0/",
                            "10.0.0.0/x",
                            "::/129",
                            "10.0.0.0/-1",
                            "10.0.0.0/8/8",
                            "1.2.3",
                            "[::1]"}) {
    const std::vector<std::string> networks = {"10.0.0.1", wrong};
    const auto refused = TrustedProxies::parse(networks);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_THAT(refused.error().message, HasSubstr(std::string("--trusted-proxy ") + wrong));
  }
}

struct ForwardingCase {
  const char* peer;
  const char* field;
  const char* client;
};

TEST(ClientAddress, IsTheLastOneThatATrustedProxyVouchesFor) {
  const auto proxies = proxies_of({"10.0.0.0/8", "fd00::/8"});
  constexpr ForwardingCase cases[] = {
      {"203.0.113.9", "198.51.100.1", "203.0.113.9"},  // A stranger claims what it likes.
      {"10.0.0.1", "", "10.0.0.1"},
      {"10.0.0.1", "203.0.113.9", "203.0.113.9"},
      {"10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"},
      {"10.0.0.1", "1.1.1.1,203.0.113.9 ,\t10.0.0.2", "203.0.113.9"},
      {"10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},  // All of them ours: the first asks.
      {"::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"},
      {"fd00::1", "2001:db8::1", "2001:db8::1"},
      {"10.0.0.1", "203.0.113.9:4711", "203.0.113.9"},
      {"10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"},
      {"10.0.0.1", "203.0.113.9, unknown", "10.0.0.1"},
      {"10.0.0.1", "203.0.113.9, ", "10.0.0.1"},
      {"10.0.0.1", ",,,", "10.0.0.1"},
      {"10.0.0.1", "unknown, 10.0.0.2", "10.0.0.2"},
  };
  for (const auto& [peer, field, client] : cases) {
    EXPECT_EQ(proxies.client_of(peer, field), client) << peer << " for " << field;
  }
}

}  // namespace
}  // namespace athanor::auth
