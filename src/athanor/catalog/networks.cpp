#include "athanor/catalog/networks.hpp"

#include <algorithm>
#include <array>

namespace athanor::catalog {

namespace {

using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 7> vision_actions{
    "train", "evaluate", "prune", "retrain", "export", "convert", "inference"};
constexpr std::array<std::string_view, 8> multitask_actions{
    "train", "evaluate", "prune", "retrain", "export", "convert", "inference", "confmat"};
constexpr std::array<std::string_view, 5> plate_actions{
    "train", "evaluate", "export", "convert", "inference"};
constexpr std::array<std::string_view, 5> speech_actions{
    "train", "finetune", "evaluate", "inference", "export"};

constexpr std::array<std::string_view, 7> classification_runs{
    "train", "evaluate", "prune", "retrain", "export", "convert", "inference"};
constexpr std::array<std::string_view, 8> multitask_runs{
    "train", "evaluate", "prune", "retrain", "export", "convert", "inference", "confmat"};
constexpr Names none{};

// The order of the fields is that of NetworkInfo.
constexpr std::array<NetworkInfo, 16> table{{
    {"detectnet_v2", "object_detection", vision_actions, none, true, true},
    {"faster_rcnn", "object_detection", vision_actions, none, true, true},
    {"yolo_v4", "object_detection", vision_actions, none, true, true},
    {"yolo_v4_tiny", "object_detection", vision_actions, none, true, true},
    {"yolo_v3", "object_detection", vision_actions, none, true, true},
    {"ssd", "object_detection", vision_actions, none, true, true},
    {"dssd", "object_detection", vision_actions, none, true, true},
    {"retinanet", "object_detection", vision_actions, none, true, true},
    {"unet", "semantic_segmentation", vision_actions, none, true, false},
    {"lprnet", "character_recognition", plate_actions, none, true, true},
    {"classification", "image_classification", vision_actions, classification_runs, true, true},
    {"efficientdet", "object_detection", vision_actions, none, true, false},
    {"mask_rcnn", "instance_segmentation", vision_actions, none, true, false},
    {"multitask_classification",
     "image_classification",
     multitask_actions,
     multitask_runs,
     true,
     true},
    {"spectro_gen", "speech", speech_actions, none, false, false},
    {"vocoder", "mel_spectrogram", speech_actions, none, false, false},
}};

constexpr std::array<std::array<std::string_view, 2>, 2> network_aliases{{
    {"classification_tf1", "classification"},
    {"efficientdet_tf1", "efficientdet"},
}};

constexpr std::array<std::array<std::string_view, 2>, 5> action_aliases{{
    {"gen_trt_engine", "convert"},
    {"convert_index", "convert_and_index"},
    {"convert_efficientdet_tf1", "convert_efficientdet"},
    {"convert_efficientdet_tf2", "convert_efficientdet"},
    {"infer", "inference"},
}};

template <std::size_t N>
std::string_view resolve(const std::array<std::array<std::string_view, 2>, N>& aliases,
                         std::string_view name) {
  const auto found =
      std::ranges::find_if(aliases, [name](const auto& alias) { return alias[0] == name; });
  return found == aliases.end() ? name : (*found)[1];
}

}  // namespace

std::span<const NetworkInfo> networks() {
  return table;
}

const NetworkInfo* find_network(std::string_view name) {
  const auto found = std::ranges::find(table, resolve(network_aliases, name), &NetworkInfo::name);
  return found == table.end() ? nullptr : &*found;
}

std::string_view canonical_action(std::string_view action) {
  return resolve(action_aliases, action);
}

}  // namespace athanor::catalog
