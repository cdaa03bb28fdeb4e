#include "athanor/tensor/winograd.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include <oneapi/dnnl/dnnl.hpp>

namespace athanor::tensor {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using Arguments = std::unordered_map<int, dnnl::memory>;
using Layout = dnnl::memory::desc;

/// Below this many channels the transformations cost what the multiplications save.
constexpr std::int64_t fewest_channels = 64;
/// oneDNN's kernels take channels in groups of this many.
constexpr std::int64_t channel_group = 16;
/// Bytes that a convolution may take beside its maps.
constexpr std::int64_t largest_scratch = std::int64_t{256} << 20;

const dnnl::engine& processor() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

/// Of a batch of maps and of the filters.
struct ConvolutionShape {
  std::int64_t batch;
  std::int64_t in;
  std::int64_t out;
  std::int64_t height;
  std::int64_t width;

  auto operator<=>(const ConvolutionShape&) const = default;

  [[nodiscard]] dnnl::memory::dims input() const { return {batch, in, height, width}; }

  [[nodiscard]] dnnl::memory::dims output() const { return {batch, out, height, width}; }

  [[nodiscard]] dnnl::memory::dims filters() const { return {out, in, 3, 3}; }
};

/// In the layout that the primitive likes best.
Layout free_layout(const dnnl::memory::dims& shape) {
  return {shape, dnnl::memory::data_type::f32, dnnl::memory::format_tag::any};
}

/// With channels last, as torch has maps and filters here.
Layout torch_layout(const torch::Tensor& tensor) {
  return {tensor.sizes().vec(), dnnl::memory::data_type::f32, dnnl::memory::format_tag::acdb};
}

/// A piece of memory and who owns it.
struct Block {
  torch::Tensor owner;
  dnnl::memory memory;
};

Block new_block(const Layout& layout) {
  auto owner = torch::empty({static_cast<std::int64_t>(layout.get_size())}, torch::kByte);
  return {owner, dnnl::memory(layout, processor(), owner.data_ptr())};
}

Block block_of(const torch::Tensor& tensor) {
  return {tensor, dnnl::memory(torch_layout(tensor), processor(), tensor.data_ptr())};
}

void rearrange(Block& from, Block& to, dnnl::stream& stream) {
  dnnl::reorder(from.memory, to.memory).execute(stream, from.memory, to.memory);
}

/// The block's values in another layout; the block itself where that is its own.
Block arranged(Block block, const Layout& layout, dnnl::stream& stream) {
  if (block.memory.get_desc() == layout) {
    return block;
  }
  auto other = new_block(layout);
  rearrange(block, other, stream);
  return other;
}

/// The values as a tensor with channels last.
torch::Tensor to_tensor(Block block, const dnnl::memory::dims& shape, dnnl::stream& stream) {
  auto tensor =
      torch::empty(shape, torch::TensorOptions().memory_format(torch::MemoryFormat::ChannelsLast));
  auto target = block_of(tensor);
  rearrange(block, target, stream);
  return tensor;
}

/// A primitive and what it was described by.
template <class Primitive>
struct Step {
  typename Primitive::primitive_desc description;
  Primitive primitive;

  explicit Step(const typename Primitive::primitive_desc& made)
      : description(made), primitive(made) {}

  [[nodiscard]] std::int64_t scratch_bytes() const {
    return static_cast<std::int64_t>(description.scratchpad_desc().get_size());
  }

  void run(Arguments arguments, dnnl::stream& stream) const {
    // Memory of ours, so that layers share it and it goes with them.
    const auto scratch = new_block(description.scratchpad_desc());
    arguments.emplace(DNNL_ARG_SCRATCHPAD, scratch.memory);
    primitive.execute(stream, arguments);
    stream.wait();
  }
};

/// The three convolutions of a training step for one shape. Throws dnnl::error where the processor
/// has no such algorithm.
class WinogradStep {
 public:
  explicit WinogradStep(const ConvolutionShape& shape)
      : shape_(shape),
        forward_(forward_description(shape)),
        input_gradient_(gradient_description<dnnl::convolution_backward_data>(shape)),
        filter_gradient_(gradient_description<dnnl::convolution_backward_weights>(shape)) {}

  [[nodiscard]] std::int64_t scratch_bytes() const {
    return std::max({forward_.scratch_bytes(),
                     input_gradient_.scratch_bytes(),
                     filter_gradient_.scratch_bytes()});
  }

  [[nodiscard]] torch::Tensor output(const torch::Tensor& x, const torch::Tensor& filters) const {
    dnnl::stream stream(processor());
    const auto& wanted = forward_.description;
    const auto from = arranged(block_of(x), wanted.src_desc(), stream);
    const auto by = arranged(block_of(filters), wanted.weights_desc(), stream);
    auto to = new_block(wanted.dst_desc());
    forward_.run(
        {{DNNL_ARG_SRC, from.memory}, {DNNL_ARG_WEIGHTS, by.memory}, {DNNL_ARG_DST, to.memory}},
        stream);
    return to_tensor(std::move(to), shape_.output(), stream);
  }

  /// Gradients of x and of the filters, each undefined where nobody wants it.
  [[nodiscard]] std::array<torch::Tensor, 2> gradients(const torch::Tensor& x,
                                                       const torch::Tensor& filters,
                                                       const torch::Tensor& dy,
                                                       std::array<bool, 2> wanted) const {
    dnnl::stream stream(processor());
    std::array<torch::Tensor, 2> result;
    // Both like the same layout, so that it is made once.
    auto gradient = block_of(dy);
    if (wanted[0]) {
      gradient = arranged(std::move(gradient), input_gradient_.description.diff_dst_desc(), stream);
      result[0] = input_gradient(filters, gradient, stream);
    }
    if (wanted[1]) {
      gradient =
          arranged(std::move(gradient), filter_gradient_.description.diff_dst_desc(), stream);
      result[1] = filter_gradient(x, gradient, stream);
    }
    return result;
  }

 private:
  static inline const dnnl::memory::dims strides{1, 1};
  static inline const dnnl::memory::dims padding{1, 1};

  static dnnl::primitive_attr attributes() {
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    return attributes;
  }

  static dnnl::convolution_forward::primitive_desc forward_description(
      const ConvolutionShape& shape) {
    return {{dnnl::prop_kind::forward_training,
             dnnl::algorithm::convolution_winograd,
             free_layout(shape.input()),
             free_layout(shape.filters()),
             free_layout(shape.output()),
             strides,
             padding,
             padding},
            attributes(),
            processor()};
  }

  /// Of either gradient; asks for forward_.
  template <class Gradient>
  [[nodiscard]] typename Gradient::primitive_desc gradient_description(
      const ConvolutionShape& shape) const {
    return {{dnnl::algorithm::convolution_winograd,
             free_layout(shape.input()),
             free_layout(shape.filters()),
             free_layout(shape.output()),
             strides,
             padding,
             padding},
            attributes(),
            processor(),
            forward_.description};
  }

  torch::Tensor input_gradient(const torch::Tensor& filters,
                               const Block& dy,
                               dnnl::stream& stream) const {
    const auto& wanted = input_gradient_.description;
    const auto by = arranged(block_of(filters), wanted.weights_desc(), stream);
    auto to = new_block(wanted.diff_src_desc());
    input_gradient_.run({{DNNL_ARG_DIFF_DST, dy.memory},
                         {DNNL_ARG_WEIGHTS, by.memory},
                         {DNNL_ARG_DIFF_SRC, to.memory}},
                        stream);
    return to_tensor(std::move(to), shape_.input(), stream);
  }

  torch::Tensor filter_gradient(const torch::Tensor& x,
                                const Block& dy,
                                dnnl::stream& stream) const {
    const auto& wanted = filter_gradient_.description;
    const auto from = arranged(block_of(x), wanted.src_desc(), stream);
    auto to = new_block(wanted.diff_weights_desc());
    filter_gradient_.run({{DNNL_ARG_DIFF_DST, dy.memory},
                          {DNNL_ARG_SRC, from.memory},
                          {DNNL_ARG_DIFF_WEIGHTS, to.memory}},
                         stream);
    return to_tensor(std::move(to), shape_.filters(), stream);
  }

  ConvolutionShape shape_;
  Step<dnnl::convolution_forward> forward_;
  Step<dnnl::convolution_backward_data> input_gradient_;
  Step<dnnl::convolution_backward_weights> filter_gradient_;
};

/// The step for a shape, made once in a process for each number of threads, since it is planned for
/// that; null where it cannot be had or takes too much.
const WinogradStep* step_for(const ConvolutionShape& shape) {
  static std::mutex mutex;
  static std::map<std::pair<ConvolutionShape, int>, std::unique_ptr<const WinogradStep>> steps;
  const std::lock_guard lock(mutex);
  const auto [place, is_new] = steps.try_emplace({shape, at::get_num_threads()});
  if (is_new) {
    try {
      auto made = std::make_unique<const WinogradStep>(shape);
      if (made->scratch_bytes() <= largest_scratch) {
        place->second = std::move(made);
      }
    } catch (const dnnl::error&) {
      // This processor has none.
    }
  }
  return place->second.get();
}

ConvolutionShape shape_of(const torch::Tensor& x, const torch::Tensor& filters) {
  return {x.size(0), x.size(1), filters.size(0), x.size(2), x.size(3)};
}

class ConvolveByWinograd : public torch::autograd::Function<ConvolveByWinograd> {
 public:
  static torch::Tensor forward(AutogradContext* context,
                               const torch::Tensor& x,
                               const torch::Tensor& filters) {
    context->save_for_backward({x, filters});
    return step_for(shape_of(x, filters))
        ->output(x, filters.contiguous(torch::MemoryFormat::ChannelsLast));
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto& x = saved[0];
    const auto filters = saved[1].contiguous(torch::MemoryFormat::ChannelsLast);
    auto [dx, dfilters] =
        step_for(shape_of(x, filters))
            ->gradients(x,
                        filters,
                        gradients[0].contiguous(torch::MemoryFormat::ChannelsLast),
                        {context->needs_input_grad(0), context->needs_input_grad(1)});
    return {dx, dfilters};
  }
};

bool has_3x3_filters(const torch::nn::Conv2dImpl& conv) {
  const auto& options = conv.options;
  const auto is = [](const torch::ExpandingArray<2>& pair, std::int64_t value) {
    return pair->at(0) == value && pair->at(1) == value;
  };
  const auto* const padded = c10::get_if<torch::ExpandingArray<2>>(&options.padding());
  return is(options.kernel_size(), 3) && is(options.stride(), 1) && is(options.dilation(), 1) &&
         padded != nullptr && is(*padded, 1) && options.groups() == 1 &&
         c10::holds_alternative<torch::enumtype::kZeros>(options.padding_mode());
}

bool has_fitting_channels(std::int64_t channels) {
  return channels >= fewest_channels && channels % channel_group == 0;
}

}  // namespace

bool can_convolve_by_winograd(const torch::nn::Conv2dImpl& conv, const torch::Tensor& x) {
  return conv.is_training() && torch::GradMode::is_enabled() && x.device().is_cpu() &&
         x.scalar_type() == torch::kFloat && conv.weight.scalar_type() == torch::kFloat &&
         x.dim() == 4 && x.is_contiguous(torch::MemoryFormat::ChannelsLast) &&
         has_3x3_filters(conv) && x.size(1) == conv.weight.size(1) &&
         has_fitting_channels(x.size(1)) && has_fitting_channels(conv.weight.size(0)) &&
         step_for(shape_of(x, conv.weight)) != nullptr;
}

torch::Tensor winograd_convolution(torch::nn::Conv2dImpl& conv, const torch::Tensor& x) {
  auto y = ConvolveByWinograd::apply(x, conv.weight);
  return conv.bias.defined() ? y + conv.bias.view({1, -1, 1, 1}) : y;
}

}  // namespace athanor::tensor
