// What the catalogue says of backbones, which the server judges jobs by, against what is built.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/backbones/backbone.hpp"
#include "athanor/catalog/backbones.hpp"

namespace athanor::backbones {

namespace {

BackboneOptions options_of(const catalog::BackboneInfo& info) {
  BackboneOptions options;
  options.arch = info.arch;
  options.n_layers = info.n_layers;
  options.num_classes = 1;
  options.width = 0.125;
  return options;
}

catalog::SmallestInput smallest_of(BackboneOptions options, Stem stem) {
  options.stem = stem;
  catalog::SmallestInput smallest;
  smallest.plain_head = make_backbone(options).value()->smallest_input();
  options.retain_head = true;
  smallest.published_head = make_backbone(options).value()->smallest_input();
  return smallest;
}

std::int64_t parameters_of(BackboneOptions options) {
  options.width = 1;
  const auto backbone = make_backbone(options).value();
  std::int64_t count = 0;
  for (const auto& parameter : backbone->parameters()) {
    count += parameter.numel();
  }
  return count;
}

/// A line of the catalogue as it should be.
std::string line_of(const catalog::BackboneInfo& info) {
  return fmt::format("{} {} {} {} {} {{{}, {}}} {{{}, {}}} {} {} {}",
                     info.arch,
                     info.n_layers,
                     info.stride,
                     info.first_block,
                     info.last_block,
                     info.imagenet_stem.plain_head,
                     info.imagenet_stem.published_head,
                     info.small_stem.plain_head,
                     info.small_stem.published_head,
                     info.heeds_pooling,
                     info.has_norms,
                     info.parameters);
}

}  // namespace

TEST(BackboneCatalog, TellsWhatIsBuilt) {
  for (const auto& info : catalog::backbones()) {
    const auto options = options_of(info);
    const auto backbone = make_backbone(options).value();
    auto built = info;
    built.stride = backbone->taps().back().stride;
    built.first_block = backbone->first_block();
    built.last_block = backbone->last_block();
    built.imagenet_stem = smallest_of(options, Stem::imagenet);
    built.small_stem = smallest_of(options, Stem::small);
    built.heeds_pooling = heeds(info.arch, Option::use_pooling);
    built.has_norms = heeds(info.arch, Option::use_batch_norm);
    built.parameters = parameters_of(options);

    EXPECT_EQ(line_of(info), line_of(built));
  }
}

TEST(BackboneCatalog, HasEveryArchAndDepth) {
  EXPECT_EQ(catalog::backbone_archs(), known_archs());
  for (const auto arch : known_archs()) {
    EXPECT_EQ(!catalog::backbone_depths(arch).empty(), heeds(arch, Option::n_layers)) << arch;
    for (std::int64_t depth = 1; depth <= 200; ++depth) {
      const auto* info = catalog::find_backbone(arch, depth);
      BackboneOptions options;
      options.arch = arch;
      options.n_layers = depth;
      options.width = 0.125;
      EXPECT_EQ(info != nullptr, make_backbone(options).has_value()) << arch << depth;
      if (!heeds(arch, Option::n_layers)) {
        break;
      }
    }
  }
}

TEST(BackboneCatalog, NamesTheActivations) {
  for (const auto& info : catalog::activations()) {
    EXPECT_TRUE(parse_activation(info.name)) << info.name;
  }
  EXPECT_EQ(catalog::activations().size(), static_cast<std::size_t>(ActivationKind::mish) + 1);
}

TEST(BackboneCatalog, KnowsWhichActivationsHaveAParameter) {
  for (const auto& info : catalog::activations()) {
    const auto usual = *parse_activation(info.name);
    auto other = usual;
    other.parameter = 0.7;
    const auto x = torch::linspace(-8, 8, 33);

    const bool differs = !activate(other, x.clone()).equal(activate(usual, x.clone()));

    EXPECT_EQ(differs, !info.parameter.empty()) << info.name;
  }
}

}  // namespace athanor::backbones
