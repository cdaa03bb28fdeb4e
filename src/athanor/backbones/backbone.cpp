#include "athanor/backbones/backbone.hpp"

#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/backbones/alexnet.hpp"
#include "athanor/backbones/cspdarknet.hpp"
#include "athanor/backbones/cspdarknet_tiny.hpp"
#include "athanor/backbones/darknet.hpp"
#include "athanor/backbones/efficientnet.hpp"
#include "athanor/backbones/googlenet.hpp"
#include "athanor/backbones/mobilenet_v1.hpp"
#include "athanor/backbones/mobilenet_v2.hpp"
#include "athanor/backbones/resnet.hpp"
#include "athanor/backbones/squeezenet.hpp"
#include "athanor/backbones/vgg.hpp"

namespace athanor::backbones {

namespace {

using Builder = Result<std::shared_ptr<Backbone>> (*)(const BackboneOptions&);

/// Options as bits.
constexpr unsigned set_of(std::initializer_list<Option> options) {
  unsigned bits = 0;
  for (const auto option : options) {
    bits |= 1U << static_cast<unsigned>(option);
  }
  return bits;
}

struct ArchEntry {
  std::string_view name;
  Builder build;
  unsigned heeded;
};

constexpr unsigned only_norms = set_of({Option::use_batch_norm});

/// The zoo. A new architecture is one file pair and one line here.
constexpr ArchEntry archs[] = {
    {"resnet",
     make_resnet,
     set_of(
         {Option::n_layers, Option::all_projections, Option::use_pooling, Option::use_batch_norm})},
    {"vgg",
     make_vgg,
     set_of({Option::n_layers, Option::use_pooling, Option::use_batch_norm, Option::retain_head})},
    {"mobilenet_v1", make_mobilenet_v1, only_norms},
    {"mobilenet_v2", make_mobilenet_v2, set_of({Option::all_projections, Option::use_batch_norm})},
    {"squeezenet", make_squeezenet, set_of({Option::retain_head})},
    {"googlenet", make_googlenet, only_norms},
    {"alexnet", make_alexnet, set_of({Option::retain_head})},
    {"darknet", make_darknet, set_of({Option::n_layers, Option::use_batch_norm})},
    {"cspdarknet", make_cspdarknet, set_of({Option::n_layers, Option::use_batch_norm})},
    {"cspdarknet_tiny", make_cspdarknet_tiny, only_norms},
    {"efficientnet_b0", make_efficientnet, only_norms},
    {"efficientnet_b1", make_efficientnet, only_norms},
    {"efficientnet_b2", make_efficientnet, only_norms},
    {"efficientnet_b3", make_efficientnet, only_norms},
    {"efficientnet_b4", make_efficientnet, only_norms},
    {"efficientnet_b5", make_efficientnet, only_norms},
    {"efficientnet_b6", make_efficientnet, only_norms},
};

const ArchEntry* find_arch(std::string_view name) {
  const auto* entry = std::ranges::find(archs, name, &ArchEntry::name);
  return entry == std::end(archs) ? nullptr : entry;
}

}  // namespace

bool heeds(std::string_view arch, Option option) {
  const auto* entry = find_arch(arch);
  return entry != nullptr && (entry->heeded & set_of({option})) != 0;
}

Status Backbone::freeze_blocks(std::span<const std::int64_t> blocks) {
  for (const auto index : blocks) {
    if (index < first_block() || index > last_block()) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("block {} cannot be frozen: choose from {}{} to {}",
                              index,
                              first_block(),
                              first_block() == 0 ? " (the stem)" : "",
                              last_block()));
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
  const auto choices = fmt::format("choose one of {}", fmt::join(known_archs(), ", "));
  if (options.arch == "byom") {
    return fail(ErrorCode::unsupported,
                fmt::format("arch: byom stands for an imported model of your own, and importing is "
                            "not supported: {}",
                            choices));
  }
  const auto* entry = find_arch(options.arch);
  if (entry == nullptr) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("arch: there is no \"{}\": {}", options.arch, choices));
  }
  return entry->build(options);
}

std::vector<std::string_view> known_archs() {
  std::vector<std::string_view> names;
  std::ranges::transform(archs, std::back_inserter(names), &ArchEntry::name);
  return names;
}

std::string full_name(const BackboneOptions& options) {
  return heeds(options.arch, Option::n_layers) ? options.arch + std::to_string(options.n_layers)
                                               : options.arch;
}

}  // namespace athanor::backbones
