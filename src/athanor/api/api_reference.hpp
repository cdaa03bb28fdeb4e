#pragma once

#include <string_view>

namespace athanor::api {

/// A page that shows the server's OpenAPI document, with a form to try each operation. It loads
/// nothing but openapi.json beside it. The text is api_reference.html.
[[nodiscard]] std::string_view api_reference();

}  // namespace athanor::api
