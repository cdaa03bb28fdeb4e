#pragma once

#include <span>
#include <string>
#include <string_view>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"

namespace athanor::cli {

/// Sets `train_config.n_epochs=5` in a document: dots name nested objects, the value is JSON where
/// it parses as such and a plain string otherwise (`arch=resnet` needs no quotes).
[[nodiscard]] Status apply_assignment(Json& document, std::string_view assignment);

/// All assignments in order, the later ones winning.
[[nodiscard]] Status apply_assignments(Json& document, std::span<const std::string> assignments);

}  // namespace athanor::cli
