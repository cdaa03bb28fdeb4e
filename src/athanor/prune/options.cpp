#include "athanor/prune/options.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace athanor::prune {

namespace {

template <class Value>
struct NamedValue {
  std::string_view name;
  Value value;
};

constexpr NamedValue<Normalizer> normalizers[] = {{"max", Normalizer::max}, {"L2", Normalizer::l2}};

constexpr NamedValue<Equalization> equalizations[] = {
    {"union", Equalization::largest},
    {"intersection", Equalization::smallest},
    {"arithmetic_mean", Equalization::arithmetic_mean},
    {"geometric_mean", Equalization::geometric_mean}};

template <class Number>
void read_number(const Json& spec, std::string_view path, Number& number) {
  if (const auto* given = find_path(spec, path); given != nullptr && given->is_number()) {
    number = given->get<Number>();
  }
}

template <class Value, std::size_t N>
Status read_name(const Json& spec,
                 std::string_view path,
                 const NamedValue<Value> (&known)[N],
                 Value& value) {
  const auto* given = find_path(spec, path);
  if (given == nullptr || given->is_null()) {
    return {};
  }
  for (const auto& candidate : known) {
    if (*given == candidate.name) {
      value = candidate.value;
      return {};
    }
  }
  return fail(ErrorCode::invalid_argument,
              fmt::format("{}: there is no {}", path, to_text(*given)));
}

/// Names between commas or spaces.
void append_names(std::string_view text, std::vector<std::string>& names) {
  constexpr std::string_view separators = ", \t\n";
  for (auto begin = text.find_first_not_of(separators); begin != std::string_view::npos;) {
    const auto end = std::min(text.find_first_of(separators, begin), text.size());
    names.emplace_back(text.substr(begin, end - begin));
    begin = text.find_first_not_of(separators, end);
  }
}

/// One text with several names, or a list of texts.
Status read_excluded(const Json& spec, std::vector<std::string>& names) {
  const auto* given = find_path(spec, "excluded_layers");
  if (given == nullptr || given->is_null()) {
    return {};
  }
  const auto texts = given->is_array() ? *given : Json::array({*given});
  for (const auto& text : texts) {
    if (!text.is_string()) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("excluded_layers: {} is no name of a layer", to_text(text)));
    }
    append_names(text.get_ref<const std::string&>(), names);
  }
  return {};
}

}  // namespace

Result<Options> read_options(const Json& spec) {
  Options options;
  read_number(spec, "pruning_threshold", options.threshold);
  read_number(spec, "pruning_granularity", options.granularity);
  read_number(spec, "min_num_filters", options.min_num_filters);
  ATHANOR_CHECK_OK(read_name(spec, "normalizer", normalizers, options.normalizer));
  ATHANOR_CHECK_OK(read_name(spec, "equalization_criterion", equalizations, options.equalization));
  ATHANOR_CHECK_OK(read_excluded(spec, options.excluded_layers));
  return options;
}

}  // namespace athanor::prune
