#include "athanor/backbones/backbone.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/backbones/resnet.hpp"

namespace athanor::backbones {

namespace {

using Builder = Result<std::shared_ptr<Backbone>> (*)(const BackboneOptions&);

struct ArchEntry {
  std::string_view name;
  Builder build;
};

/// The zoo. A new architecture is one file pair and one line here.
constexpr ArchEntry archs[] = {
    {"resnet", make_resnet},
};

}  // namespace

Status Backbone::freeze_blocks(std::span<const std::int64_t> blocks) {
  for (const auto index : blocks) {
    if (index < 0 || index >= block_count()) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("block {} cannot be frozen: choose from 0 (the stem) to {}",
                              index,
                              block_count() - 1));
    }
  }
  for (const auto index : blocks) {
    for (const auto& module : block(index)) {
      for (auto& parameter : module->parameters()) {
        parameter.set_requires_grad(false);
      }
      freeze_norms_of(*module);
    }
  }
  return {};
}

void Backbone::freeze_batch_norm() {
  freeze_norms_of(*this);
}

void Backbone::freeze_norms_of(torch::nn::Module& module) {
  for (const auto& part : module.modules(/*include_self=*/true)) {
    if (part->as<torch::nn::BatchNorm2d>() == nullptr) {
      continue;
    }
    for (auto& parameter : part->parameters()) {
      parameter.set_requires_grad(false);
    }
    part->eval();
    frozen_norms_.push_back(part);
  }
}

void Backbone::train(bool on) {
  Module::train(on);
  for (const auto& norm : frozen_norms_) {
    norm->eval();
  }
}

Result<std::shared_ptr<Backbone>> make_backbone(const BackboneOptions& options) {
  const auto* entry = std::ranges::find(archs, options.arch, &ArchEntry::name);
  if (entry == std::end(archs)) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format(
            "unknown arch \"{}\": choose one of {}", options.arch, fmt::join(known_archs(), ", ")));
  }
  return entry->build(options);
}

std::vector<std::string_view> known_archs() {
  std::vector<std::string_view> names;
  std::ranges::transform(archs, std::back_inserter(names), &ArchEntry::name);
  return names;
}

}  // namespace athanor::backbones
