#include "athanor/pretrained/backbone_name.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace athanor::pretrained {

namespace {

using backbones::BackboneOptions;

constexpr std::string_view norm_suffix = "_bn";
constexpr double keras_epsilon = 1e-3;

/// The pictures of torchvision's weights where they are no squares of 224 pixels.
struct NativeSide {
  std::string_view arch;
  int pixels;
};

constexpr NativeSide native_sides[] = {
    {"efficientnet_b1", 240},
    {"efficientnet_b2", 288},
    {"efficientnet_b3", 300},
    {"efficientnet_b4", 380},
    {"efficientnet_b5", 456},
    {"efficientnet_b6", 528},
};

int native_side_of(std::string_view arch) {
  constexpr int usual = 224;
  const auto* found = std::ranges::find(native_sides, arch, &NativeSide::arch);
  return found == std::end(native_sides) ? usual : found->pixels;
}

bool is_known(std::string_view arch) {
  const auto known = backbones::known_archs();
  return std::ranges::find(known, arch) != known.end();
}

/// "resnet" and 18 of "resnet18".
std::optional<BackboneOptions> split_depth(std::string_view name) {
  const auto digits = name.find_last_not_of("0123456789") + 1;
  BackboneOptions options;
  const auto [end, error] =
      std::from_chars(name.data() + digits, name.data() + name.size(), options.n_layers);
  options.arch = name.substr(0, digits);
  return error == std::errc() && is_known(options.arch) ? std::optional(options) : std::nullopt;
}

std::optional<BackboneOptions> parse(std::string_view name) {
  // torchvision has two squeezenets; the arch is the first one, as it was published.
  if (name == "squeezenet1_0") {
    name = "squeezenet";
  }
  if (is_known(name)) {
    BackboneOptions options;
    options.arch = name;
    return options;
  }
  const bool with_norms = name.ends_with(norm_suffix);
  auto options = split_depth(with_norms ? name.substr(0, name.size() - norm_suffix.size()) : name);
  if (options && (with_norms || options->arch == "vgg")) {
    options->use_batch_norm = with_norms;  // Only vgg was published with and without.
  }
  return options;
}

/// Some were trained with another floor of the variance than torch's own.
bool has_keras_epsilon(const BackboneOptions& options) {
  constexpr std::string_view names[] = {"googlenet", "efficientnet_b5", "efficientnet_b6"};
  return std::ranges::find(names, options.arch) != std::end(names);
}

}  // namespace

Result<BackboneOptions> options_of_backbone(std::string_view name) {
  auto options = parse(name);
  if (!options) {
    return fail(
        ErrorCode::invalid_argument,
        fmt::format("no known backbone \"{}\": use a name such as resnet18, made of {}, and "
                    "of the depth where there are several",
                    name.substr(0, 40),
                    fmt::join(backbones::known_archs(), ", ")));
  }
  options->retain_head = true;
  if (has_keras_epsilon(*options)) {
    options->batch_norm_epsilon = keras_epsilon;
  }
  return *std::move(options);
}

Json properties_of(const BackboneOptions& options) {
  using backbones::heeds;
  using backbones::Option;
  // torchvision's googlenet scales its input to -1 to 1 before the first layer; the others take
  // the mean and deviation of ImageNet.
  Json properties = {{"arch", options.arch},
                     {"preprocess_mode", options.arch == "googlenet" ? "tf" : "torch"},
                     {"input_image_size", fmt::format("3,{0},{0}", native_side_of(options.arch))}};
  if (options.arch.starts_with("efficientnet_")) {
    properties["resize_interpolation_method"] = "__BICUBIC__";
  }
  if (heeds(options.arch, Option::n_layers)) {
    properties["n_layers"] = options.n_layers;
  }
  if (heeds(options.arch, Option::all_projections)) {
    properties["all_projections"] = false;
  }
  if (heeds(options.arch, Option::use_batch_norm)) {
    properties["use_batch_norm"] = options.use_batch_norm;
    properties["batch_norm_epsilon"] = options.batch_norm_epsilon;
    if (options.use_batch_norm) {
      properties["freeze_bn"] = true;
    }
  }
  return properties;
}

}  // namespace athanor::pretrained
