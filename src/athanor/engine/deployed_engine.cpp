#include "athanor/engine/deployed_engine.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "athanor/contract/model_files.hpp"
#include "athanor/core/value_or_throw.hpp"

namespace athanor::engine {

namespace {

torch::Tensor tensor_of(const runtime::Tensor& tensor) {
  auto copy = torch::empty(tensor.shape);
  std::copy(tensor.values.begin(), tensor.values.end(), copy.data_ptr<float>());
  return copy;
}

/// The same graph for any number of pictures where `run` takes up to `most` of them.
RunGraph in_parts_of(std::int64_t most, RunGraph run) {
  return [most, run = std::move(run)](const torch::Tensor& pictures) {
    if (pictures.size(0) <= most) {
      return run(pictures);
    }
    std::vector<std::vector<torch::Tensor>> parts;
    tensor::NamedTensors whole;
    for (const auto& part : pictures.split(most)) {
      whole = run(part);
      parts.resize(whole.size());
      for (std::size_t i = 0; i < whole.size(); ++i) {
        parts[i].push_back(whole[i].value);
      }
    }
    for (std::size_t i = 0; i < whole.size(); ++i) {
      whole[i].value = torch::cat(parts[i]);
    }
    return whole;
  };
}

/// Pictures that the engine takes exactly; 0 where any number up to its largest batch will do.
std::int64_t fixed_batch(const runtime::Engine& engine) {
  const auto batch = engine.inputs().front().shape.front();
  return batch == runtime::open_batch ? 0 : batch;
}

}  // namespace

runtime::TensorView view_of(const torch::Tensor& pictures) {
  const bool channels_last = pictures.dim() == 4 && !pictures.is_contiguous() &&
                             pictures.is_contiguous(torch::MemoryFormat::ChannelsLast);
  if (pictures.scalar_type() != torch::kFloat32 || !(channels_last || pictures.is_contiguous())) {
    throw std::invalid_argument("an engine takes dense float tensors alone");
  }
  return {pictures.data_ptr<float>(),
          pictures.sizes().vec(),
          channels_last ? runtime::Layout::channels_last : runtime::Layout::channels_first};
}

RunGraph run_on(const runtime::Engine& engine) {
  const auto session = std::make_shared<runtime::Session>(engine);
  const RunGraph run = [session](const torch::Tensor& pictures) {
    const auto dense = pictures.contiguous(pictures.suggest_memory_format());
    const auto outputs = value_or_throw(session->run(view_of(dense)), contract::engine_file);
    tensor::NamedTensors named;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      named.push_back({session->engine().outputs()[i].name, tensor_of(outputs[i])});
    }
    return named;
  };
  const auto batch = fixed_batch(engine);
  return batch > 0 ? in_batches_of(batch, run) : in_parts_of(engine.max_batch(), run);
}

Result<FinishedModel> converted_model(const runtime::Engine& engine) {
  if (engine.inputs().size() != 1) {
    return fail(ErrorCode::unsupported,
                fmt::format("the engine has {} inputs instead of one", engine.inputs().size()));
  }
  return deployed_model(engine.metadata(), run_on(engine));
}

Result<FinishedModel> converted_model(std::string_view engine_bytes) {
  ATHANOR_TRY(const auto engine, runtime::Engine::from_bytes(engine_bytes));
  return converted_model(engine);
}

Result<FinishedModel> open_converted_model(const std::filesystem::path& artifacts) {
  const auto path = artifacts / contract::engine_file;
  if (!std::filesystem::exists(path)) {
    return fail(ErrorCode::not_found,
                fmt::format("there is no {}; convert the model again", contract::engine_file));
  }
  ATHANOR_TRY(const auto engine, runtime::Engine::load(path));
  auto finished = converted_model(engine);
  return finished ? finished : fail(finished.error().within(contract::engine_file));
}

}  // namespace athanor::engine
