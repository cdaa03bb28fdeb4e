#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "athanor/backbones/backbone.hpp"
#include "athanor/backbones/chain.hpp"

namespace athanor::backbones {

/// How the weights of a layer start.
enum class Init {
  as_torch,         ///< As torch leaves them: U(-1, 1) / sqrt(fan in), the bias too.
  kaiming_normal,   ///< N(0, 2 / fan out), bias 0.
  kaiming_uniform,  ///< U(-1, 1) * sqrt(6 / fan in), bias 0.
  normal,           ///< N(0, 0.01^2), bias 0.
};

/// What an architecture has where the options leave it open.
struct LayerDefaults {
  Activation activation = Activation::relu;
  bool bias = false;       ///< In convolutions.
  bool batch_norm = true;  ///< false: there is none, whatever the options say.
  Init init = Init::kaiming_normal;
};

struct ConvShape {
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  std::int64_t groups = 1;
  std::optional<std::int64_t> padding = std::nullopt;  ///< Absent: half of the kernel.
};

/// What the layers of a unit are called.
struct UnitNames {
  std::string conv;
  std::string norm;
};

/// Makes the layers of one backbone, as its options and its architecture want them.
class LayerMaker {
 public:
  LayerMaker(const BackboneOptions& options, const LayerDefaults& defaults);

  /// A published number of channels times the width.
  [[nodiscard]] std::int64_t channels(std::int64_t published) const;

  [[nodiscard]] const Activation& activation() const { return defaults_.activation; }

  [[nodiscard]] bool has_batch_norm() const { return defaults_.batch_norm; }

  [[nodiscard]] torch::nn::Conv2d conv(const ConvShape& shape) const;

  /// Empty where there is no batch norm.
  [[nodiscard]] torch::nn::BatchNorm2d norm(std::int64_t channels) const;

  /// Convolution, batch norm and activation.
  [[nodiscard]] Chain unit(const ConvShape& shape, const UnitNames& names = {"0", "1"}) const;

  /// Convolution and batch norm. `closes_branch` where a shortcut is added to its result: see
  /// close().
  [[nodiscard]] Chain linear_unit(const ConvShape& shape, bool closes_branch) const;

  /// A 1x1 convolution and batch norm beside a residual branch. One that changes no shape starts as
  /// the identity.
  [[nodiscard]] Chain projection(const ConvShape& shape) const;

  /// Makes a residual branch that ends in `conv` start at 0 where there is no batch norm, since
  /// nothing else keeps the sum of many branches bounded (Fixup, Zhang et al., 2019).
  void close(torch::nn::Conv2d& conv) const;

 private:
  BackboneOptions options_;
  LayerDefaults defaults_;
};

/// A linear layer; Init::kaiming_normal is for convolutions.
[[nodiscard]] torch::nn::Linear make_linear(std::int64_t in, std::int64_t out, Init init);

}  // namespace athanor::backbones
