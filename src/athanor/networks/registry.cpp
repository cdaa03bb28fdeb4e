#include "athanor/networks/registry.hpp"

#include <vector>

#include "athanor/networks/classification/network.hpp"
#include "athanor/networks/multitask_classification/network.hpp"

namespace athanor::networks {

std::span<const std::unique_ptr<engine::Network>> all_networks() {
  static const auto networks = [] {
    std::vector<std::unique_ptr<engine::Network>> made;
    made.push_back(classification::make_network());
    made.push_back(multitask_classification::make_network());
    return made;
  }();
  return networks;
}

const engine::Network* find_network(std::string_view name) {
  for (const auto& network : all_networks()) {
    if (network->name() == name) {
      return network.get();
    }
  }
  return nullptr;
}

}  // namespace athanor::networks
