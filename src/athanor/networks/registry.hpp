#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "athanor/engine/network.hpp"

namespace athanor::networks {

/// Every network that the worker can run, in the order of the catalogue.
[[nodiscard]] std::span<const std::unique_ptr<engine::Network>> all_networks();

/// The one called `name`, or nullptr.
[[nodiscard]] const engine::Network* find_network(std::string_view name);

}  // namespace athanor::networks
