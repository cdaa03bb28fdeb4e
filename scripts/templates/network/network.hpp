#pragma once

#include <memory>

#include "athanor/engine/network.hpp"

namespace athanor::networks::@name@ {

/// The network `@name@`.
[[nodiscard]] std::unique_ptr<engine::Network> make_network();

}  // namespace athanor::networks::@name@
