#include "athanor/networks/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/catalog/networks.hpp"

namespace athanor::networks {

TEST(Registry, HoldsTheNetworksThatTheCatalogueCallsRunnable) {
  std::vector<std::string_view> runnable;
  for (const auto& info : catalog::networks()) {
    if (!info.runnable.empty()) {
      runnable.push_back(info.name);
    }
  }
  std::vector<std::string_view> registered;
  for (const auto& network : all_networks()) {
    registered.push_back(network->name());
  }

  EXPECT_EQ(registered, runnable);
}

TEST(Registry, EveryNetworkHasTheActionsThatTheCatalogueLists) {
  for (const auto& network : all_networks()) {
    const auto* info = catalog::find_network(network->name());
    ASSERT_NE(info, nullptr) << network->name();
    EXPECT_THAT(network->actions(), ::testing::UnorderedElementsAreArray(info->runnable));
  }
}

TEST(Registry, KnowsNoOtherNetwork) {
  EXPECT_EQ(find_network("no_such_network"), nullptr);
}

}  // namespace athanor::networks
