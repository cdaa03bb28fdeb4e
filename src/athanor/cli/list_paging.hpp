#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "athanor/cli/url_text.hpp"

namespace athanor::cli {

/// Order and part of a list; what is unset is left to the server.
struct ListPaging {
  std::optional<std::string> sort;
  std::optional<std::uint64_t> skip;
  std::optional<std::uint64_t> size;

  bool operator==(const ListPaging&) const = default;
};

/// `parameters` and those of the paging as a query.
[[nodiscard]] std::string query_text(QueryParameters parameters, const ListPaging& paging);

}  // namespace athanor::cli
