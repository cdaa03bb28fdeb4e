#pragma once

#include <memory>

#include "athanor/engine/network.hpp"

namespace athanor::networks::classification {

/// The network `classification`.
[[nodiscard]] std::unique_ptr<engine::Network> make_network();

}  // namespace athanor::networks::classification
