#pragma once

#include <string_view>

namespace athanor::http {

/// The words that belong to a status: "Not Found".
[[nodiscard]] std::string_view reason_of(int status);

}  // namespace athanor::http
