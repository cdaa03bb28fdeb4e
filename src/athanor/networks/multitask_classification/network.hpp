#pragma once

#include <memory>

#include "athanor/engine/network.hpp"

namespace athanor::networks::multitask_classification {

/// The network `multitask_classification`.
[[nodiscard]] std::unique_ptr<engine::Network> make_network();

}  // namespace athanor::networks::multitask_classification
