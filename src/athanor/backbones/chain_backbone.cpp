#include "athanor/backbones/chain_backbone.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace athanor::backbones {

namespace {

namespace nn = torch::nn;

}  // namespace

std::vector<Tap> ChainBackbone::taps() const {
  std::vector<Tap> taps;
  std::ranges::transform(taps_, std::back_inserter(taps), &TapPlace::tap);
  return taps;
}

std::vector<torch::Tensor> ChainBackbone::forward_features(const torch::Tensor& pictures) {
  std::vector<torch::Tensor> maps;
  torch::Tensor x = pictures;
  std::size_t done = 0;
  for (const auto& [tap, layers, first_channel] : taps_) {
    x = forward_all(std::span(layers_).subspan(done, layers - done), x);
    done = layers;
    // A share of what there is, since pruning may have left less.
    const auto begin = first_channel * x.size(1) / (first_channel + tap.channels);
    maps.push_back(begin == 0 ? x : x.slice(1, begin));
  }
  return maps;
}

torch::Tensor ChainBackbone::forward(const torch::Tensor& pictures) {
  if (head_.empty()) {
    throw std::logic_error("this backbone was built without a classifier head");
  }
  return forward_all(head_, forward_all(layers_, pictures));
}

std::vector<std::shared_ptr<nn::Module>> ChainBackbone::block(std::int64_t index) const {
  std::vector<std::shared_ptr<nn::Module>> modules;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (places_[i].block == index) {
      modules.push_back(layers_[i].ptr());
    }
  }
  return modules;
}

std::int64_t ChainBackbone::smallest_input() const {
  std::int64_t side = 1;
  for (auto window = head_windows_.rbegin(); window != head_windows_.rend(); ++window) {
    side = window->smallest_input(side);
  }
  for (auto place = places_.rbegin(); place != places_.rend(); ++place) {
    side = place->window.smallest_input(side);
  }
  return side;
}

void ChainBackbone::add_tap(std::string name, std::int64_t channels, std::int64_t first_channel) {
  std::int64_t stride = 1;
  for (const auto& place : places_) {
    stride *= place.window.stride;
  }
  taps_.push_back({{std::move(name), channels, stride}, layers_.size(), first_channel});
}

void ChainBackbone::add_linear_head(const nn::Linear& linear, double dropout) {
  add_to_head(nn::AdaptiveAvgPool2d(1));
  add_to_head(nn::Flatten());
  add_to_head(register_module("dropout", nn::Dropout(dropout)));
  add_to_head(register_module("fc", linear));
}

void ChainBackbone::add_classifier_head(const nn::Linear& linear, double dropout) {
  auto classifier = register_module("classifier", Chain());
  classifier->add(nn::Dropout(dropout));
  classifier->add(linear);
  add_to_head(nn::AdaptiveAvgPool2d(1));
  add_to_head(nn::Flatten());
  add_to_head(classifier);
}

}  // namespace athanor::backbones
