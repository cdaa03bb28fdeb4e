#include "athanor/pretrained/import_weights.hpp"

#include <algorithm>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "athanor/core/json_file.hpp"
#include "athanor/pretrained/backbone_name.hpp"
#include "athanor/pretrained/classifier_layer.hpp"
#include "athanor/pretrained/norm_pairs.hpp"
#include "athanor/tensor/out_of_memory.hpp"
#include "athanor/tensor/safetensors.hpp"
#include "athanor/tensor/state_dict.hpp"
#include "athanor/tensor/torch_file.hpp"

namespace athanor::pretrained {

namespace {

namespace fs = std::filesystem;
using backbones::Backbone;
using backbones::BackboneOptions;
using tensor::NamedTensors;

struct WeightsFile {
  NamedTensors tensors;
  std::string format;
};

Result<WeightsFile> read_weights(const fs::path& file) {
  ATHANOR_TRY(const bool is_torch, tensor::is_torch_file(file));
  if (is_torch) {
    ATHANOR_TRY(auto tensors, tensor::read_torch_file(file));
    return WeightsFile{std::move(tensors), "pytorch"};
  }
  auto read = tensor::read_safetensors(file);
  if (!read) {
    return fail(
        read.error().code,
        fmt::format("neither a file of torch.save() nor safetensors: {}", read.error().message));
  }
  return WeightsFile{std::move(read->tensors), "safetensors"};
}

/// Floating-point numbers as F32; the others (counters) as they are.
Status to_float(NamedTensors& tensors) {
  for (auto& [name, value] : tensors) {
    if (value.is_floating_point()) {
      value = value.to(torch::kFloat32);
      if (!value.isfinite().all().item<bool>()) {
        return fail(ErrorCode::invalid_argument,
                    fmt::format("{} holds numbers that are not finite", name));
      }
    }
  }
  return {};
}

/// googlenet and inception learn with classifiers beside the last one, which nothing uses later.
std::size_t drop_auxiliary_classifiers(NamedTensors& tensors) {
  return std::erase_if(tensors, [](const auto& each) {
    return each.name.starts_with("aux1.") || each.name.starts_with("aux2.");
  });
}

/// The backbone with as many classes as the file has; 0 where it has no classifier at all.
Result<std::shared_ptr<Backbone>> backbone_for(BackboneOptions options,
                                               const NamedTensors& tensors) {
  auto narrow = options;  // Its layers have the same names.
  narrow.width = 0.125;
  ATHANOR_TRY(const auto reference, backbones::make_backbone(narrow));
  const auto layer = classifier_layer_of(*reference);
  const auto* weight = tensor::find_tensor(tensors, layer + ".weight");
  options.num_classes = weight != nullptr && weight->dim() > 0 ? weight->size(0) : 0;
  return backbones::make_backbone(options);
}

Json manifest_of(std::string_view name,
                 const BackboneOptions& options,
                 const WeightsFile& file,
                 const Backbone& backbone,
                 const std::vector<std::string>& notes) {
  const auto layer = classifier_layer_of(backbone);
  const auto own = tensor::state_dict(backbone);
  const auto* head = tensor::find_tensor(own, layer + ".weight");
  std::int64_t parameters = 0;
  for (const auto& parameter : backbone.parameters()) {
    parameters += parameter.numel();
  }
  return {{"backbone", name},
          {"format", file.format},
          {"classes", head == nullptr ? 0 : head->size(0)},
          {"tensors", own.size()},
          {"parameters", parameters},
          {"notes", notes},
          {"properties", properties_of(options)}};
}

Status import_checked(const fs::path& path, std::string_view name, const fs::path& folder) {
  ATHANOR_TRY(const auto options, options_of_backbone(name));
  ATHANOR_TRY(auto file, read_weights(path));
  ATHANOR_CHECK_OK(to_float(file.tensors));
  std::vector<std::string> notes;
  if (drop_auxiliary_classifiers(file.tensors) > 0) {
    notes.emplace_back("left out the auxiliary classifiers");
  }
  ATHANOR_TRY(const auto backbone, backbone_for(options, file.tensors));
  const auto expanded = expand_folded_norms(file.tensors, norm_pairs_of(*backbone));
  if (expanded > 0) {
    notes.push_back(
        fmt::format("made {} batch norms of the biases into which they were folded; "
                    "without statistics of their own they have to stay frozen",
                    expanded));
  }
  const auto fits = tensor::load_state_dict(*backbone, file.tensors).require_complete();
  if (!fits) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("the file does not hold a {}: {}", name, fits.error().message));
  }
  const auto manifest = manifest_of(name, options, file, *backbone, notes);
  ATHANOR_CHECK_OK(tensor::write_safetensors(
      folder / weights_file, {tensor::state_dict(*backbone), {{"backbone", std::string(name)}}}));
  return write_json_file(folder / manifest_file, manifest);
}

}  // namespace

Status import_weights(const fs::path& file, std::string_view backbone, const fs::path& folder) {
  constexpr const char* too_much = "reading the file takes more memory than is allowed";
  try {
    return import_checked(file, backbone, folder);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::too_large, too_much);
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    return tensor::is_out_of_memory(error)
               ? fail(ErrorCode::too_large, too_much)
               : fail(ErrorCode::invalid_argument, text.substr(0, text.find('\n')));
  }
}

}  // namespace athanor::pretrained
