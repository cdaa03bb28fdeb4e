#include "athanor/prune/layers.hpp"

#include <fmt/format.h>

namespace athanor::prune {

namespace {

namespace nn = torch::nn;

template <class Layer>
LayerWidths conv_widths(const Layer& layer) {
  return {layer.options.in_channels(), layer.options.out_channels()};
}

/// The first of a batch norm's tensors, which all have one number a channel.
std::int64_t norm_width(const nn::BatchNorm2dImpl& norm) {
  if (norm.weight.defined()) {
    return norm.weight.size(0);
  }
  return norm.running_mean.defined() ? norm.running_mean.size(0) : norm.options.num_features();
}

void narrow(torch::Tensor& tensor, std::int64_t dimension, std::int64_t width) {
  if (tensor.defined()) {
    const auto format = tensor.suggest_memory_format();
    tensor.set_data(tensor.detach().narrow(dimension, 0, width).clone(format));
  }
}

void narrow_conv(nn::Conv2dImpl& conv, const LayerWidths& widths) {
  const bool depthwise = is_depthwise(conv);
  narrow(conv.weight, 0, widths.out);
  narrow(conv.bias, 0, widths.out);
  if (!depthwise) {
    narrow(conv.weight, 1, widths.in / conv.options.groups());
  }
}

/// What speaks against these widths, beside their sizes.
std::string misfit(const nn::Module& layer, const LayerWidths& old, const LayerWidths& widths) {
  if (layer.as<nn::BatchNorm2d>() != nullptr) {
    return widths.in == widths.out ? "" : "a batch norm gives as many channels as it takes";
  }
  if (layer.as<nn::ConvTranspose2d>() != nullptr) {
    return widths.out == old.out ? "" : "a transposed convolution keeps the channels it gives";
  }
  const auto* conv = layer.as<nn::Conv2d>();
  if (conv == nullptr) {
    return "";
  }
  if (is_depthwise(layer)) {
    return widths.out * old.in == widths.in * old.out ? "" : "each channel has its own filters";
  }
  const auto groups = conv->options.groups();
  return widths.in % groups == 0 && widths.out % groups == 0 ? "" : "its groups are of one size";
}

}  // namespace

std::string layer_of(const std::string& tensor) {
  return tensor.substr(0, tensor.rfind('.'));
}

Layers adjustable_layers(const nn::Module& module) {
  Layers layers;
  for (const auto& named : module.named_modules("", /*include_self=*/false)) {
    const auto& layer = *named.value();
    if (layer.as<nn::Conv2d>() != nullptr || layer.as<nn::BatchNorm2d>() != nullptr ||
        layer.as<nn::Linear>() != nullptr || layer.as<nn::ConvTranspose2d>() != nullptr) {
      layers.emplace(named.key(), named.value());
    }
  }
  return layers;
}

bool is_depthwise(const nn::Module& layer) {
  const auto* conv = layer.as<nn::Conv2d>();
  return conv != nullptr && conv->options.groups() > 1 &&
         conv->options.groups() == conv->options.in_channels();
}

LayerWidths widths_of(const nn::Module& layer) {
  if (const auto* conv = layer.as<nn::Conv2d>()) {
    return conv_widths(*conv);
  }
  if (const auto* conv = layer.as<nn::ConvTranspose2d>()) {
    return conv_widths(*conv);
  }
  if (const auto* linear = layer.as<nn::Linear>()) {
    return {linear->options.in_features(), linear->options.out_features()};
  }
  if (const auto* norm = layer.as<nn::BatchNorm2d>()) {
    return {norm->options.num_features(), norm->options.num_features()};
  }
  return {};
}

void adopt_shapes(nn::Module& layer) {
  if (auto* conv = layer.as<nn::Conv2d>()) {
    auto& options = conv->options;
    const auto out = conv->weight.size(0);
    if (is_depthwise(layer)) {
      options.groups(out * options.in_channels() / options.out_channels());
    }
    options.in_channels(conv->weight.size(1) * options.groups());
    options.out_channels(out);
  } else if (auto* transposed = layer.as<nn::ConvTranspose2d>()) {
    transposed->options.in_channels(transposed->weight.size(0));
  } else if (auto* linear = layer.as<nn::Linear>()) {
    linear->options.in_features(linear->weight.size(1));
    linear->options.out_features(linear->weight.size(0));
  } else if (auto* norm = layer.as<nn::BatchNorm2d>()) {
    norm->options.num_features(norm_width(*norm));
  }
}

Status set_widths(nn::Module& layer, const LayerWidths& wanted) {
  const auto old = widths_of(layer);
  const LayerWidths widths{wanted.in == 0 ? old.in : wanted.in,
                           wanted.out == 0 ? old.out : wanted.out};
  if (widths.in < 1 || widths.out < 1 || widths.in > old.in || widths.out > old.out) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} to {} channels do not fit a layer of {} to {}",
                            widths.in,
                            widths.out,
                            old.in,
                            old.out));
  }
  if (const auto reason = misfit(layer, old, widths); !reason.empty()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("{} to {} channels: {}", widths.in, widths.out, reason));
  }
  if (auto* conv = layer.as<nn::Conv2d>()) {
    narrow_conv(*conv, widths);
  } else if (auto* transposed = layer.as<nn::ConvTranspose2d>()) {
    narrow(transposed->weight, 0, widths.in);
  } else if (auto* linear = layer.as<nn::Linear>()) {
    narrow(linear->weight, 0, widths.out);
    narrow(linear->weight, 1, widths.in);
    narrow(linear->bias, 0, widths.out);
  } else if (auto* norm = layer.as<nn::BatchNorm2d>()) {
    for (auto* tensor : {&norm->weight, &norm->bias, &norm->running_mean, &norm->running_var}) {
      narrow(*tensor, 0, widths.out);
    }
  }
  adopt_shapes(layer);
  return {};
}

}  // namespace athanor::prune
