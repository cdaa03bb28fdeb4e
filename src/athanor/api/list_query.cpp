#include "athanor/api/list_query.hpp"

#include <charconv>
#include <string>

#include "athanor/catalog/networks.hpp"

namespace athanor::api {

namespace {

std::optional<std::uint64_t> count_from(std::optional<std::string_view> text) {
  if (!text) {
    return std::nullopt;
  }
  std::uint64_t count = 0;
  const auto* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, count);
  // Beyond what a database counts in, a number is garbage too.
  constexpr std::uint64_t largest = 1ULL << 62;
  return error == std::errc() && stop == end && count <= largest ? std::optional(count)
                                                                 : std::nullopt;
}

store::ListQuery::Sort sort_from(std::optional<std::string_view> text) {
  using Sort = store::ListQuery::Sort;
  if (text == "date-ascending") {
    return Sort::date_ascending;
  }
  if (text == "name-descending") {
    return Sort::name_descending;
  }
  if (text == "name-ascending") {
    return Sort::name_ascending;
  }
  return Sort::date_descending;
}

std::optional<std::string> text_from(std::optional<std::string_view> text) {
  return text ? std::optional(std::string(*text)) : std::nullopt;
}

/// In the spelling that records have; what no network is called matches none.
std::optional<std::string> network_from(std::optional<std::string_view> text) {
  const auto* network = text ? catalog::find_network(*text) : nullptr;
  return network != nullptr ? std::optional(std::string(network->name)) : text_from(text);
}

}  // namespace

store::ListQuery parse_list_query(const http::Request& request) {
  store::ListQuery query;
  query.name = text_from(request.query_value("name"));
  query.type = text_from(request.query_value("type"));
  query.arch = network_from(request.query_value("arch"));
  if (!query.arch) {
    query.arch = network_from(request.query_value("network_arch"));
  }
  if (const auto read_only = request.query_value("read_only")) {
    query.read_only = *read_only == "true";
  }
  query.sort = sort_from(request.query_value("sort"));
  query.skip = count_from(request.query_value("skip")).value_or(0);
  query.size = count_from(request.query_value("size"));
  return query;
}

}  // namespace athanor::api
