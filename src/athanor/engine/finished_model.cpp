#include "athanor/engine/finished_model.hpp"

#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "athanor/core/value_or_throw.hpp"
#include "athanor/export/onnx_runner.hpp"

namespace athanor::engine {

namespace {

constexpr const char* network_property = "network";
constexpr const char* model_property = "model";

RunGraph run_of(std::shared_ptr<exporter::OnnxRunner> runner) {
  return [runner = std::move(runner)](const torch::Tensor& pictures) {
    const auto& interface = runner->interface();
    return value_or_throw(runner->run({{interface.inputs.front(), pictures}}, interface.outputs),
                          exported_file);
  };
}

torch::Tensor filled_up(const torch::Tensor& pictures, std::int64_t count) {
  auto sizes = pictures.sizes().vec();
  sizes[0] = count - pictures.size(0);
  return sizes[0] == 0 ? pictures : torch::cat({pictures, torch::zeros(sizes)});
}

}  // namespace

FinishedModel finished_model(Checkpoint checkpoint) {
  FinishedModel finished{checkpoint.network, checkpoint.model, checkpoint.spec};
  finished.checkpoint = std::move(checkpoint);
  return finished;
}

Properties identifying_properties(std::string network, const Json& model) {
  return {{network_property, std::move(network)}, {model_property, to_text(model)}};
}

Result<FinishedModel> deployed_model(const Properties& properties, RunGraph run) {
  const auto network = properties.find(network_property);
  const auto text = properties.find(model_property);
  const auto model = text == properties.end() ? Json() : parse_json(text->second).value_or(Json());
  if (network == properties.end() || !model.is_object()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("the file does not tell which model it is: its properties \"{}\" and "
                            "\"{}\" are not those that an export writes; export the model again",
                            network_property,
                            model_property));
  }
  FinishedModel finished{network->second, model, nullptr};
  finished.run = std::move(run);
  return finished;
}

Result<FinishedModel> open_exported_model(const std::filesystem::path& artifacts) {
  const auto path = artifacts / exported_file;
  if (!std::filesystem::exists(path)) {
    return fail(ErrorCode::not_found,
                fmt::format("there is no {}; export the model again", exported_file));
  }
  ATHANOR_TRY(auto loaded, exporter::OnnxRunner::load(path));
  auto runner = std::make_shared<exporter::OnnxRunner>(std::move(loaded));
  const auto& interface = runner->interface();
  if (interface.inputs.size() != 1) {
    return fail(
        ErrorCode::unsupported,
        fmt::format("{} has {} inputs instead of one", exported_file, interface.inputs.size()));
  }
  auto finished =
      deployed_model(interface.metadata, in_batches_of(interface.batch, run_of(runner)));
  return finished ? finished : fail(finished.error().within(exported_file));
}

RunGraph in_batches_of(std::int64_t batch, RunGraph run) {
  if (batch == 0) {
    return run;
  }
  return [batch, run = std::move(run)](const torch::Tensor& pictures) {
    std::vector<std::vector<torch::Tensor>> parts;
    tensor::NamedTensors whole;
    for (const auto& part : pictures.split(batch)) {
      whole = run(filled_up(part, batch));
      parts.resize(whole.size());
      for (std::size_t i = 0; i < whole.size(); ++i) {
        parts[i].push_back(whole[i].value.narrow(0, 0, part.size(0)));
      }
    }
    for (std::size_t i = 0; i < whole.size(); ++i) {
      whole[i].value = torch::cat(parts[i]);
    }
    return whole;
  };
}

const Json& member_of(const Json& model, std::string_view name) {
  const auto* member = find_path(model, name);
  if (member == nullptr) {
    throw std::runtime_error(fmt::format("the model's description lacks \"{}\"", name));
  }
  return *member;
}

data::Preprocessing preprocessing_of(const Json& model) {
  return value_or_throw(data::preprocessing_from_json(member_of(model, "preprocessing")),
                        "the model's description");
}

}  // namespace athanor::engine
