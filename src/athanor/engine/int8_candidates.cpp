#include "athanor/engine/int8_candidates.hpp"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "athanor/core/value_or_throw.hpp"
#include "athanor/engine/deployed_engine.hpp"

namespace athanor::engine {

namespace {

/// For each layer an engine runs on so many.
constexpr std::int64_t most_pictures = 16;

/// The norm of the difference over that of what was expected, of all outputs together.
double relative_error(const tensor::NamedTensors& expected, const tensor::NamedTensors& actual) {
  double difference = 0;
  double whole = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    difference += (actual.at(i).value - expected[i].value).pow(2).sum().item<double>();
    whole += expected[i].value.pow(2).sum().item<double>();
  }
  return whole == 0 ? std::sqrt(difference) : std::sqrt(difference / whole);
}

}  // namespace

Int8Candidates::Int8Candidates(const compile::EngineBuilder& builder,
                               const std::string& onnx,
                               compile::BuildOptions options,
                               const torch::Tensor& pictures,
                               const tensor::NamedTensors& expected,
                               Measure measure,
                               const Job& job)
    : builder_(builder),
      onnx_(onnx),
      options_(std::move(options)),
      pictures_(pictures.slice(0, 0, most_pictures)),
      measure_(std::move(measure)),
      job_(job) {
  options_.precision = runtime::Precision::int8;
  for (const auto& [name, value] : expected) {
    expected_.push_back({name, value.slice(0, 0, most_pictures)});
  }
  for (auto& layer : value_or_throw(builder_.quantisable_layers(onnx_))) {
    layers_.push_back(std::move(layer.name));
  }
}

double Int8Candidates::metric(const Layers& in_float) {
  const auto points = 100 * measure_(value_or_throw(converted_model(build(in_float))));
  job_.log(fmt::format("int8 with {} of {} layers in float: {:.2f} points",
                       in_float.size(),
                       layers_.size(),
                       points));
  return points;
}

double Int8Candidates::output_error(const std::string& layer) {
  if (job_.stop.stop_requested()) {
    throw Stopped("Stopped while the layers were compared");
  }
  Layers others(layers_.begin(), layers_.end());
  others.erase(layer);
  return relative_error(expected_, value_or_throw(converted_model(build(others))).run(pictures_));
}

std::string Int8Candidates::build(const Layers& in_float) const {
  auto options = options_;
  options.float_layers = in_float;
  return value_or_throw(builder_.build(onnx_, options));
}

}  // namespace athanor::engine
