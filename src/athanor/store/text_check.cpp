#include "athanor/store/text_check.hpp"

#include <fmt/format.h>

#include "athanor/core/utf8.hpp"

namespace athanor::store {

bool is_storable(std::string_view text) {
  return text.find('\0') == text.npos && is_utf8(text);
}

Status check_storable(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  for (const auto& [name, text] : fields) {
    if (!is_storable(text)) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("{} holds a NUL character or is not UTF-8", name));
    }
  }
  return {};
}

}  // namespace athanor::store
