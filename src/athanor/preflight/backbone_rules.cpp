#include "athanor/preflight/backbone_rules.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/catalog/backbones.hpp"
#include "athanor/catalog/input_size.hpp"
#include "athanor/preflight/spec_rules.hpp"
#include "athanor/spec/keys/classification.hpp"

namespace athanor::preflight {

namespace {

namespace keys = spec::keys::classification;
namespace model = keys::model_config;

/// "resnet18", "alexnet"
std::string full_name(const catalog::BackboneInfo& backbone) {
  return backbone.n_layers == 0 ? std::string(backbone.arch)
                                : fmt::format("{}{}", backbone.arch, backbone.n_layers);
}

/// The backbone that a training builds, as far as it is one.
const catalog::BackboneInfo* backbone_of(const JobFacts& job) {
  if (!job.builds_network()) {
    return nullptr;
  }
  return catalog::find_backbone(job.spec.find(model::arch).value_or(""),
                                job.spec.find(model::n_layers).value_or(0));
}

bool keeps_pools(const JobFacts& job, const catalog::BackboneInfo& backbone) {
  return !backbone.heeds_pooling || job.spec.find(model::use_pooling).value_or(true);
}

bool has_small_stem(const JobFacts& job) {
  return job.spec.find(keys::athanor::stem).value_or("imagenet") == "small";
}

/// The side that a picture needs at least; none where it is not known.
std::optional<std::int64_t> smallest_side(const JobFacts& job,
                                          const catalog::BackboneInfo& backbone) {
  if (!keeps_pools(job, backbone)) {
    return std::nullopt;
  }
  const auto& smallest = has_small_stem(job) ? backbone.small_stem : backbone.imagenet_stem;
  const bool published_head =
      job.network == "classification" && job.spec.find(model::retain_head).value_or(false);
  return published_head ? smallest.published_head : smallest.plain_head;
}

std::optional<catalog::InputSize> input_size_of(const JobFacts& job) {
  const auto text = job.spec.find(model::input_image_size);
  const auto size = text ? catalog::parse_input_size(*text) : fail(ErrorCode::not_found, "");
  return size ? std::optional(*size) : std::nullopt;
}

/// 1 for 1 to `stride` pixels, 2 for up to twice as many.
std::int64_t map_side(int pixels, std::int64_t stride) {
  return (pixels + stride - 1) / stride;
}

std::string choices_of(const std::vector<std::int64_t>& values) {
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto* separator = i == 0 ? "" : i + 1 == values.size() ? " or " : ", ";
    text += fmt::format("{}{}", separator, values[i]);
  }
  return text;
}

std::string readable(double bytes) {
  constexpr double megabyte = 1e6;
  return fmt::format("{:.0f} MB", bytes / megabyte);
}

/// The least that a training writes: the best and the newest weights, those that replace one of
/// them, and one state of the optimiser.
double checkpoint_bytes(const JobFacts& job, const catalog::BackboneInfo& backbone) {
  constexpr double copies = 4;
  const double width = job.spec.find(keys::athanor::width).value_or(1.0);
  const double share = std::min(1.0, width * width);
  return copies * sizeof(float) * share * static_cast<double>(backbone.parameters);
}

std::vector<std::string_view> activation_names() {
  std::vector<std::string_view> names;
  std::ranges::transform(
      catalog::activations(), std::back_inserter(names), &catalog::ActivationInfo::name);
  return names;
}

/// Why `activation`, or that of the publication where it is null, cannot have these parameters;
/// empty where it can.
std::string misfit(const catalog::ActivationInfo* activation, const NamedNumbers& given) {
  if (activation == nullptr) {
    return "they belong to an activation_type, which is not given; give both or neither";
  }
  if (activation->parameter.empty()) {
    return fmt::format("{} has none; leave them out", activation->name);
  }
  const auto usual = fmt::format("{} {}", activation->parameter, activation->usual);
  for (std::size_t i = 0; i < given.names.size(); ++i) {
    if (given.names[i] != activation->parameter) {
      return fmt::format("{} has no {}; give it {}", activation->name, given.names[i], usual);
    }
    if (!(given.values[i] > 0)) {
      return fmt::format("{} is {} and has to be above 0, such as {}",
                         activation->parameter,
                         given.values[i],
                         usual);
    }
  }
  return given.names.size() > 1
             ? fmt::format(
                   "{} is given {} times; keep one", activation->parameter, given.names.size())
             : "";
}

void check_activation_parameter(const JobFacts& job,
                                const catalog::ActivationInfo* activation,
                                Faults& faults) {
  const auto& key = model::activation::activation_parameters::self;
  const auto* given = job.spec.find(key);
  if (given == nullptr || given->empty()) {
    return;
  }
  const auto numbers = read_named_numbers(job, key.path, faults);
  const auto reason = numbers.well_formed ? misfit(activation, numbers) : "";
  if (!reason.empty()) {
    faults.add(key.path, reason);
  }
}

void check_room(double needed, std::uint64_t free, std::string_view what, Faults& faults) {
  if (needed > static_cast<double>(free)) {
    faults.add("disk",
               fmt::format("{} need about {} and {} are free; remove jobs or datasets that are no "
                           "longer wanted, or give the server's data folder a larger disk",
                           what,
                           readable(needed),
                           readable(static_cast<double>(free))));
  }
}

}  // namespace

void check_backbone(const JobFacts& job, Faults& faults) {
  const auto arch = job.spec.find(model::arch);
  if (!job.builds_network() || !arch || backbone_of(job) != nullptr) {
    return;
  }
  const auto depths = catalog::backbone_depths(*arch);
  if (!depths.empty()) {
    faults.add(model::n_layers.path,
               fmt::format("a {} cannot have {} layers: choose {}",
                           *arch,
                           job.spec.find(model::n_layers).value_or(0),
                           choices_of(depths)));
    return;
  }
  const auto choices = fmt::format("choose one of {}", fmt::join(catalog::backbone_archs(), ", "));
  faults.add(model::arch.path,
             *arch == "byom"
                 ? fmt::format("byom stands for an imported model of your own, and importing is "
                               "not supported: {}",
                               choices)
                 : fmt::format("there is no \"{}\": {}", *arch, choices));
}

void check_input_size(const JobFacts& job, Faults& faults) {
  const auto text = job.spec.find(model::input_image_size);
  if (!job.trains() || !text) {
    return;
  }
  const auto size = catalog::parse_input_size(*text);
  faults.add_failure(model::input_image_size.path, size);
  const auto* backbone = backbone_of(job);
  const auto smallest = backbone != nullptr ? smallest_side(job, *backbone) : std::nullopt;
  if (!size || !smallest || (size->height >= *smallest && size->width >= *smallest)) {
    return;
  }
  faults.add(model::input_image_size.path,
             fmt::format("{}x{} pixels are too few for {}, which needs {}x{} at least{}",
                         size->height,
                         size->width,
                         full_name(*backbone),
                         *smallest,
                         *smallest,
                         has_small_stem(job) ? "" : "; with athanor.stem small it needs less"));
}

void check_frozen_blocks(const JobFacts& job, Faults& faults) {
  const auto* backbone = backbone_of(job);
  if (backbone == nullptr) {
    return;
  }
  const auto blocks = job.spec.find(model::freeze_blocks).value_or(std::vector<double>());
  for (const auto block : blocks) {
    if (block < static_cast<double>(backbone->first_block) ||
        block > static_cast<double>(backbone->last_block)) {
      faults.add(model::freeze_blocks.path,
                 fmt::format("block {} cannot be frozen: choose from {}{} to {}",
                             block,
                             backbone->first_block,
                             backbone->first_block == 0 ? " (the stem)" : "",
                             backbone->last_block));
    }
  }
}

void check_activation(const JobFacts& job, Faults& faults) {
  const auto name = job.spec.find(model::activation::activation_type);
  if (!job.trains()) {
    return;
  }
  if (!name) {
    check_activation_parameter(job, nullptr, faults);
  } else if (const auto* activation = catalog::find_activation(*name)) {
    check_activation_parameter(job, activation, faults);
  } else {
    faults.add(model::activation::activation_type.path,
               fmt::format(
                   "there is no {}: choose one of {}", *name, fmt::join(activation_names(), ", ")));
  }
}

void check_norm_momentum(const JobFacts& job, Faults& faults) {
  const auto& key = model::batch_norm_config::momentum;
  const auto momentum = job.spec.find(key);
  if (job.trains() && momentum && !(*momentum >= 0 && *momentum <= 1)) {
    faults.add(key.path,
               fmt::format("{} is no share; give one from 0 to 1, such as 0.9", *momentum));
  }
}

void check_single_pictures(const JobFacts& job, std::string_view batch_size, Faults& faults) {
  const auto* backbone = backbone_of(job);
  const auto size = input_size_of(job);
  const auto* given = find_path(job.spec.json(), batch_size);
  const bool is_single = given != nullptr && given->is_number_integer() && *given == 1;
  if (backbone == nullptr || !size || !is_single || has_small_stem(job) ||
      !keeps_pools(job, *backbone)) {
    return;
  }
  const bool has_norms =
      backbone->has_norms && job.spec.find(model::use_batch_norm).value_or(true) &&
      !job.spec.find(model::freeze_bn).value_or(false) &&
      job.spec.find(model::freeze_blocks).value_or(std::vector<double>()).empty();
  if (has_norms && map_side(size->height, backbone->stride) == 1 &&
      map_side(size->width, backbone->stride) == 1) {
    faults.add(batch_size,
               fmt::format("batch norm cannot learn from one picture of {}x{} pixels, of which {} "
                           "leaves a single one; use 2 or more, or a larger input size",
                           size->height,
                           size->width,
                           full_name(*backbone)));
  }
}

void check_pretrained(const JobFacts& job, Faults& faults) {
  const auto* backbone = backbone_of(job);
  if (!job.pretrained || backbone == nullptr) {
    return;
  }
  const auto* own = catalog::find_backbone(job.pretrained->arch, job.pretrained->n_layers);
  if (own == nullptr) {
    return;
  }
  if (own != backbone) {
    faults.add("model_config",
               fmt::format("the pretrained model is a {}, the spec describes a {}: set "
                           "model_config.arch and n_layers to the former, choose another ptm, or "
                           "clear it",
                           full_name(*own),
                           full_name(*backbone)));
    return;
  }
  const auto size = input_size_of(job);
  if (size && job.pretrained->channels && size->channels != *job.pretrained->channels) {
    faults.add(model::input_image_size.path,
               fmt::format("the pretrained model takes pictures of {} channels, not of {}: change "
                           "the first number, or clear the model's ptm",
                           *job.pretrained->channels,
                           size->channels));
  }
}

void check_disk(const JobFacts& job, Faults& faults) {
  if (!job.free_bytes) {
    return;
  }
  if (const auto* backbone = backbone_of(job)) {
    check_room(checkpoint_bytes(job, *backbone), *job.free_bytes, "the checkpoints", faults);
  }
  if (job.action == "inference" && job.inference && job.inference->bytes) {
    check_room(static_cast<double>(*job.inference->bytes),
               *job.free_bytes,
               "the annotated pictures",
               faults);
  }
}

}  // namespace athanor::preflight
