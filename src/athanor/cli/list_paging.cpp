#include "athanor/cli/list_paging.hpp"

namespace athanor::cli {

namespace {

std::optional<std::string> text_from(const std::optional<std::uint64_t>& number) {
  return number ? std::optional(std::to_string(*number)) : std::nullopt;
}

}  // namespace

std::string query_text(QueryParameters parameters, const ListPaging& paging) {
  parameters.emplace_back("sort", paging.sort);
  parameters.emplace_back("skip", text_from(paging.skip));
  parameters.emplace_back("size", text_from(paging.size));
  return query_text(parameters);
}

}  // namespace athanor::cli
