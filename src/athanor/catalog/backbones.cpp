#include "athanor/catalog/backbones.hpp"

#include <algorithm>

namespace athanor::catalog {

namespace {

// The order of the fields is that of BackboneInfo.
constexpr BackboneInfo backbone_table[] = {
    {"resnet", 10, 32, 0, 4, {1, 1}, {1, 1}, true, true, 4'906'305},
    {"resnet", 18, 32, 0, 4, {1, 1}, {1, 1}, true, true, 11'177'025},
    {"resnet", 34, 32, 0, 4, {1, 1}, {1, 1}, true, true, 21'285'185},
    {"resnet", 50, 32, 0, 4, {1, 1}, {1, 1}, true, true, 23'510'081},
    {"resnet", 101, 32, 0, 4, {1, 1}, {1, 1}, true, true, 42'502'209},
    {"resnet", 152, 32, 0, 4, {1, 1}, {1, 1}, true, true, 58'145'857},
    {"vgg", 16, 16, 1, 5, {16, 32}, {8, 16}, true, true, 14'723'649},
    {"vgg", 19, 16, 1, 5, {16, 32}, {8, 16}, true, true, 20'035'905},
    {"mobilenet_v1", 0, 32, 0, 13, {1, 1}, {1, 1}, false, true, 3'208'001},
    {"mobilenet_v2", 0, 32, 0, 18, {1, 1}, {1, 1}, false, true, 2'225'153},
    {"squeezenet", 0, 16, 0, 8, {21, 21}, {4, 4}, false, false, 735'937},
    {"googlenet", 0, 32, 0, 9, {15, 15}, {4, 4}, false, true, 5'600'929},
    {"alexnet", 0, 16, 1, 5, {31, 63}, {3, 7}, false, false, 2'469'953},
    {"darknet", 19, 32, 0, 5, {32, 32}, {16, 16}, false, true, 19'818'401},
    {"darknet", 53, 32, 0, 5, {1, 1}, {1, 1}, false, true, 40'585'953},
    {"cspdarknet", 19, 32, 0, 5, {32, 32}, {16, 16}, false, true, 16'199'585},
    {"cspdarknet", 53, 32, 0, 5, {1, 1}, {1, 1}, false, true, 26'618'209},
    {"cspdarknet_tiny", 0, 32, 0, 5, {29, 29}, {8, 8}, false, true, 3'630'241},
    {"efficientnet_b0", 0, 32, 0, 8, {1, 1}, {1, 1}, false, true, 4'008'829},
    {"efficientnet_b1", 0, 32, 0, 8, {1, 1}, {1, 1}, false, true, 6'514'465},
    {"efficientnet_b2", 0, 32, 0, 8, {1, 1}, {1, 1}, false, true, 7'702'403},
    {"efficientnet_b3", 0, 32, 0, 8, {1, 1}, {1, 1}, false, true, 10'697'769},
    {"efficientnet_b4", 0, 32, 0, 8, {1, 1}, {1, 1}, false, true, 17'550'409},
    {"efficientnet_b5", 0, 32, 0, 8, {1, 1}, {1, 1}, false, true, 28'342'833},
    {"efficientnet_b6", 0, 32, 0, 8, {1, 1}, {1, 1}, false, true, 40'738'009},
};

// The names of the parameters are those of Keras.
constexpr ActivationInfo activation_table[] = {
    {"relu", "max_value", 6},
    {"relu6", "", 0},
    {"leaky_relu", "alpha", 0.1},
    {"swish", "beta", 1},
    {"mish", "", 0},
};

}  // namespace

std::span<const BackboneInfo> backbones() {
  return backbone_table;
}

const BackboneInfo* find_backbone(std::string_view arch, std::int64_t n_layers) {
  const auto* found = std::ranges::find_if(backbone_table, [&](const BackboneInfo& info) {
    return info.arch == arch && (info.n_layers == 0 || info.n_layers == n_layers);
  });
  return found == std::end(backbone_table) ? nullptr : found;
}

std::vector<std::string_view> backbone_archs() {
  std::vector<std::string_view> archs;
  for (const auto& info : backbone_table) {
    if (archs.empty() || archs.back() != info.arch) {
      archs.push_back(info.arch);
    }
  }
  return archs;
}

std::vector<std::int64_t> backbone_depths(std::string_view arch) {
  std::vector<std::int64_t> depths;
  for (const auto& info : backbone_table) {
    if (info.arch == arch && info.n_layers != 0) {
      depths.push_back(info.n_layers);
    }
  }
  return depths;
}

std::span<const ActivationInfo> activations() {
  return activation_table;
}

const ActivationInfo* find_activation(std::string_view name) {
  const auto* found = std::ranges::find(activation_table, name, &ActivationInfo::name);
  return found == std::end(activation_table) ? nullptr : found;
}

}  // namespace athanor::catalog
