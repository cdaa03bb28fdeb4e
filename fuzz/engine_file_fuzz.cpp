#include <string>
#include <string_view>

#include "target.hpp"

#include "athanor/runtime/engine_file.hpp"

namespace athanor::fuzz {

/// The input is a whole file, or the description in it: the digest of a file would stop every input
/// that was changed.
void engine_file(std::string_view input) {
  static_cast<void>(runtime::parse_engine_file(input));
  const auto json = parse_json(input);
  if (!json) {
    return;
  }
  auto model = runtime::model_from_description(*json);
  if (!model) {
    return;
  }
  model->weights.resize(4096);
  if (!runtime::check_model(*model)) {
    return;
  }
  for (const auto& value : model->values) {
    const auto shape = runtime::with_batch(value.shape, model->max_batch);
    require(runtime::element_count(shape).has_value(), "sizes are within bounds");
  }
  const auto again = runtime::model_from_description(runtime::description_of(*model));
  require(again && again->layers == model->layers && again->values == model->values,
          "a description is written so that it is read as the same");
}

}  // namespace athanor::fuzz
