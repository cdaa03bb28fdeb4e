#pragma once

#include <string_view>

namespace athanor {

/// "0.1.0 (1a2b3c4d5e6f)" with the commit that was built, "0.1.0" outside of a checkout.
[[nodiscard]] std::string_view version_text();

/// "2026-11-26", the day of that commit; empty outside of a checkout.
[[nodiscard]] std::string_view version_date();

}  // namespace athanor
