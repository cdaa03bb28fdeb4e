#include "athanor/runtime/engine.hpp"

#include <algorithm>
#include <utility>

#include "athanor/core/files.hpp"
#include "athanor/runtime/engine_file.hpp"
#include "athanor/runtime/graph.hpp"

namespace athanor::runtime {

namespace {

std::vector<Port> ports_of(const EngineModel& model, const std::vector<std::size_t>& values) {
  std::vector<Port> ports;
  for (const auto value : values) {
    ports.push_back({model.values[value].name, model.values[value].shape});
  }
  return ports;
}

std::string operation_text(const Layer& layer) {
  std::string text(name_of(layer.operation));
  if (const auto* step = std::get_if<Elementwise>(&layer.operation)) {
    text = name_of(step->function);
  } else if (const auto* binary = std::get_if<Binary>(&layer.operation)) {
    text = name_of(binary->operation);
  }
  for (const auto& step : layer.fused) {
    const auto* function = std::get_if<Elementwise>(&step);
    text += function != nullptr ? " + " + std::string(name_of(function->function)) : " + add";
  }
  return text;
}

}  // namespace

Result<Engine> Engine::load(const std::filesystem::path& path) {
  ATHANOR_TRY(const auto bytes, read_file(path));
  auto engine = from_bytes(bytes);
  if (!engine) {
    return fail(engine.error().within(path.filename().string()));
  }
  return engine;
}

Result<Engine> Engine::from_bytes(std::string_view bytes) {
  ATHANOR_TRY(auto model, parse_engine_file(bytes));
  return Engine(std::make_shared<const EngineModel>(std::move(model)));
}

Engine::Engine(std::shared_ptr<const EngineModel> model)
    : model_(std::move(model)),
      inputs_(ports_of(*model_, model_->inputs)),
      outputs_(ports_of(*model_, model_->outputs)) {}

const std::map<std::string, std::string>& Engine::metadata() const {
  return model_->metadata;
}

Precision Engine::precision() const {
  const bool integers = std::ranges::any_of(
      model_->layers, [](const Layer& layer) { return layer.quantisation.has_value(); });
  return integers ? Precision::int8 : Precision::fp32;
}

std::int64_t Engine::max_batch() const {
  return model_->max_batch;
}

int Engine::threads() const {
  return model_->threads;
}

std::uint64_t Engine::weight_bytes() const {
  return model_->weights.size();
}

std::vector<LayerInfo> Engine::layers() const {
  std::vector<LayerInfo> infos;
  for (const auto& layer : model_->layers) {
    infos.push_back({layer.name,
                     operation_text(layer),
                     layer.quantisation ? Precision::int8 : Precision::fp32,
                     model_->values[layer.output].shape});
  }
  return infos;
}

}  // namespace athanor::runtime
