#pragma once

#include "athanor/backbones/backbone.hpp"
#include "athanor/backbones/chain.hpp"
#include "athanor/backbones/window.hpp"

namespace athanor::backbones {

/// A backbone whose layers follow one another. Its constructor lists them; blocks, taps, strides
/// and the smallest input come from that list.
class ChainBackbone : public Backbone {
 public:
  [[nodiscard]] std::vector<Tap> taps() const override;
  std::vector<torch::Tensor> forward_features(const torch::Tensor& pictures) override;
  torch::Tensor forward(const torch::Tensor& pictures) override;
  [[nodiscard]] std::vector<std::shared_ptr<torch::nn::Module>> block(
      std::int64_t index) const override;

  [[nodiscard]] std::int64_t first_block() const override { return first_block_; }

  [[nodiscard]] std::int64_t last_block() const override { return places_.back().block; }

  [[nodiscard]] std::int64_t smallest_input() const override;

 protected:
  explicit ChainBackbone(std::int64_t first_block = 0)
      : first_block_(first_block), open_block_(first_block) {}

  /// Appends a layer to the open block. The list does not name it: a layer with weights has to be
  /// registered too.
  void add(const torch::nn::AnyModule& layer, const Window& window = {}) {
    layers_.push_back(layer);
    places_.push_back({window, open_block_});
  }

  template <class Module>
  void add(const std::shared_ptr<Module>& layer, const Window& window = {}) {
    add(torch::nn::AnyModule(layer), window);
  }

  template <class Module>
  void add(const torch::nn::ModuleHolder<Module>& layer, const Window& window = {}) {
    add(layer.ptr(), window);
  }

  /// Appends a layer to the open block and to `parent`, which names it.
  template <class Module>
  void add_to(Chain& parent, const Module& layer, const Window& window = {}) {
    parent->add(layer);
    add(layer, window);
  }

  /// Hands out what the last layer gives, without its channels before `first_channel`.
  void add_tap(std::string name, std::int64_t channels, std::int64_t first_channel = 0);

  /// The next layer begins another block.
  void end_block() { ++open_block_; }

  /// Appends a layer behind the features: from maps to logits.
  template <class Module>
  void add_to_head(const std::shared_ptr<Module>& layer, const Window& window = {}) {
    head_.emplace_back(layer);
    head_windows_.push_back(window);
  }

  template <class Module>
  void add_to_head(const torch::nn::ModuleHolder<Module>& layer, const Window& window = {}) {
    add_to_head(layer.ptr(), window);
  }

  /// Global average pool, dropout and `linear`, which is called "fc".
  void add_linear_head(const torch::nn::Linear& linear, double dropout);

  /// The same where torchvision calls the linear layer "classifier.1".
  void add_classifier_head(const torch::nn::Linear& linear, double dropout);

 private:
  /// Where a layer stands.
  struct Place {
    Window window;
    std::int64_t block = 0;
  };

  struct TapPlace {
    Tap tap;
    std::size_t layers = 0;  ///< How many come before it.
    std::int64_t first_channel = 0;
  };

  std::int64_t first_block_;
  std::int64_t open_block_;
  std::vector<torch::nn::AnyModule> layers_;
  std::vector<Place> places_;  ///< Of the layers.
  std::vector<torch::nn::AnyModule> head_;
  std::vector<Window> head_windows_;
  std::vector<TapPlace> taps_;
};

}  // namespace athanor::backbones
