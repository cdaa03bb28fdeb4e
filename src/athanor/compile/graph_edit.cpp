#include "athanor/compile/graph_edit.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "athanor/runtime/session.hpp"

namespace athanor::compile {

using runtime::AddValue;
using runtime::EngineModel;
using runtime::Layer;

namespace {

/// Every value that a layer reads.
std::vector<std::size_t> reads_of(const Layer& layer) {
  auto values = layer.inputs;
  for (const auto& step : layer.fused) {
    if (const auto* add = std::get_if<AddValue>(&step)) {
      values.push_back(add->value);
    }
  }
  return values;
}

/// Runs one layer whose inputs are constants; its output becomes one.
Status compute_constant(EngineModel& model, const Layer& layer) {
  auto alone = std::make_shared<EngineModel>();
  Layer copy = layer;
  copy.inputs.clear();
  std::vector<runtime::Tensor> numbers;
  std::vector<runtime::TensorView> views;
  for (const auto input : layer.inputs) {
    const auto& value = model.values[input];
    numbers.push_back({value.shape, numbers_of(model, value)});
    copy.inputs.push_back(add_value(*alone, value.name, value.shape));
  }
  for (const auto& tensor : numbers) {
    views.push_back({tensor.values.data(), tensor.shape});
  }
  auto& output = model.values[layer.output];
  alone->inputs = copy.inputs;
  copy.output = add_value(*alone, output.name, output.shape);
  alone->outputs = {copy.output};
  alone->layers = {copy};
  // Its "batch" is whatever the first size is; nothing is open.
  alone->max_batch = views[0].shape.empty() ? 1 : std::max<std::int64_t>(views[0].shape[0], 1);
  runtime::Session session{runtime::Engine(std::move(alone))};
  ATHANOR_TRY(const auto outputs, session.run(views));
  const auto& result = outputs.front().values;
  output.constant = append_weights(
      model, {reinterpret_cast<const char*>(result.data()), result.size() * sizeof(float)});
  return {};
}

}  // namespace

std::size_t add_value(EngineModel& model, std::string name, runtime::Shape shape) {
  model.values.push_back({std::move(name), std::move(shape)});
  return model.values.size() - 1;
}

std::size_t add_constant(EngineModel& model,
                         std::string name,
                         runtime::Shape shape,
                         const std::vector<float>& numbers) {
  const auto index = add_value(model, std::move(name), std::move(shape));
  model.values[index].constant = append_weights(
      model, {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float)});
  return index;
}

Result<std::size_t> add_layer(EngineModel& model,
                              std::string name,
                              runtime::Operation operation,
                              std::vector<std::size_t> inputs,
                              std::string output_name) {
  std::vector<runtime::Shape> shapes;
  bool constant = true;
  for (const auto input : inputs) {
    shapes.push_back(model.values[input].shape);
    constant = constant && model.values[input].constant.has_value();
  }
  ATHANOR_TRY(auto shape, output_shape(operation, shapes));
  // Later sizes are computed from this one, and constants at once.
  ATHANOR_TRY(const auto count, runtime::element_count(runtime::with_batch(shape, 1)));
  if (count == 0) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("its output {} is empty", runtime::to_text(shape)));
  }
  const auto output = add_value(model, std::move(output_name), std::move(shape));
  Layer layer{std::move(name), std::move(operation), std::move(inputs), output};
  if (constant && !has_weights(layer)) {
    ATHANOR_CHECK_OK(compute_constant(model, layer));
  } else {
    model.layers.push_back(std::move(layer));
  }
  return output;
}

std::int64_t fixed_batch(const EngineModel& model) {
  const auto& shape = model.values[model.inputs.front()].shape;
  return shape.empty() ? 1 : shape.front();
}

std::vector<std::optional<std::size_t>> producers_of(const EngineModel& model) {
  std::vector<std::optional<std::size_t>> producers(model.values.size());
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    producers[model.layers[i].output] = i;
  }
  return producers;
}

std::vector<Uses> uses_of(const EngineModel& model) {
  std::vector<Uses> uses(model.values.size());
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    for (const auto value : reads_of(model.layers[i])) {
      uses[value].layers.push_back(i);
    }
  }
  for (const auto output : model.outputs) {
    uses[output].is_output = true;
  }
  return uses;
}

bool has_weights(const Layer& layer) {
  return std::holds_alternative<runtime::Convolution>(layer.operation) ||
         std::holds_alternative<runtime::Linear>(layer.operation);
}

namespace {

void remove_unused_layers(EngineModel& model) {
  std::vector<bool> needed(model.values.size(), false);
  for (const auto output : model.outputs) {
    needed[output] = true;
  }
  // Backwards, every use comes before its definition.
  std::vector<Layer> kept;
  for (auto layer = model.layers.rbegin(); layer != model.layers.rend(); ++layer) {
    if (needed[layer->output]) {
      for (const auto value : reads_of(*layer)) {
        needed[value] = true;
      }
      kept.push_back(std::move(*layer));
    }
  }
  std::ranges::reverse(kept);
  model.layers = std::move(kept);
}

/// Gives every value that is still read a new index and its constant a new place.
class Renumbering {
 public:
  explicit Renumbering(EngineModel& model)
      : model_(model), values_(std::move(model.values)), weights_(std::move(model.weights)) {
    model_.values.clear();
    model_.weights.clear();
  }

  void run() {
    renumber(model_.inputs);
    for (auto& layer : model_.layers) {
      renumber(layer.inputs);
      for (auto& step : layer.fused) {
        if (auto* add = std::get_if<AddValue>(&step)) {
          add->value = index_of(add->value);
        }
      }
      layer.output = index_of(layer.output);
    }
    renumber(model_.outputs);
  }

 private:
  void renumber(std::vector<std::size_t>& indices) {
    std::ranges::transform(indices, indices.begin(), [this](auto old) { return index_of(old); });
  }

  std::size_t index_of(std::size_t old) {
    const auto [entry, fresh] = indices_.try_emplace(old, model_.values.size());
    if (fresh) {
      model_.values.push_back(values_[old]);
      if (auto& constant = model_.values.back().constant) {
        constant = append_weights(
            model_, std::string_view(weights_).substr(constant->offset, constant->bytes));
      }
    }
    return entry->second;
  }

  EngineModel& model_;
  std::vector<runtime::Value> values_;
  std::string weights_;
  std::map<std::size_t, std::size_t> indices_;
};

}  // namespace

void remove_unused(EngineModel& model) {
  remove_unused_layers(model);
  Renumbering(model).run();
}

}  // namespace athanor::compile
