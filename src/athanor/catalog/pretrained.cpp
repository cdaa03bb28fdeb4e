#include "athanor/catalog/pretrained.hpp"

#include "athanor/catalog/networks.hpp"

namespace athanor::catalog {

namespace {

struct Collection {
  std::string_view network;
  std::string_view name;
};

/// Networks with a collection of their own.
constexpr Collection own_collections[] = {
    {"detectnet_v2", "pretrained_detectnet_v2"},
    {"efficientdet", "pretrained_efficientdet"},
    {"lprnet", "lprnet"},
};

/// What the networks of a dataset type share; speech has none.
constexpr Collection shared_collections[] = {
    {"image_classification", "pretrained_classification"},
    {"object_detection", "pretrained_object_detection"},
    {"semantic_segmentation", "pretrained_semantic_segmentation"},
    {"instance_segmentation", "pretrained_instance_segmentation"},
};

}  // namespace

std::string_view pretrained_collection(std::string_view network) {
  for (const auto& own : own_collections) {
    if (own.network == network) {
      return own.name;
    }
  }
  const auto* info = find_network(network);
  for (const auto& shared : shared_collections) {
    if (info != nullptr && shared.network == info->dataset_type) {
      return shared.name;
    }
  }
  return {};
}

}  // namespace athanor::catalog
