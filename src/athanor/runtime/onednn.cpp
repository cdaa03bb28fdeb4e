#include "athanor/runtime/onednn.hpp"

#include <string_view>

namespace athanor::runtime {

dnnl::memory::data_type to_onednn(ElementType type) {
  switch (type) {
    case ElementType::s8:
      return dnnl::memory::data_type::s8;
    case ElementType::u8:
      return dnnl::memory::data_type::u8;
    case ElementType::f32:
      break;
  }
  return dnnl::memory::data_type::f32;
}

dnnl::algorithm to_onednn(Function function) {
  static constexpr dnnl::algorithm algorithms[] = {dnnl::algorithm::eltwise_relu,
                                                   dnnl::algorithm::eltwise_clip,
                                                   dnnl::algorithm::eltwise_linear,
                                                   dnnl::algorithm::eltwise_pow,
                                                   dnnl::algorithm::eltwise_logistic,
                                                   dnnl::algorithm::eltwise_swish,
                                                   dnnl::algorithm::eltwise_hardswish,
                                                   dnnl::algorithm::eltwise_mish,
                                                   dnnl::algorithm::eltwise_elu,
                                                   dnnl::algorithm::eltwise_tanh,
                                                   dnnl::algorithm::eltwise_soft_relu,
                                                   dnnl::algorithm::eltwise_exp,
                                                   dnnl::algorithm::eltwise_log,
                                                   dnnl::algorithm::eltwise_sqrt,
                                                   dnnl::algorithm::eltwise_abs};
  static_assert(std::size(algorithms) == static_cast<std::size_t>(Function::abs) + 1);
  return algorithms[static_cast<std::size_t>(function)];
}

dnnl::algorithm to_onednn(Arithmetic arithmetic) {
  static constexpr dnnl::algorithm algorithms[] = {dnnl::algorithm::binary_add,
                                                   dnnl::algorithm::binary_sub,
                                                   dnnl::algorithm::binary_mul,
                                                   dnnl::algorithm::binary_div};
  return algorithms[static_cast<std::size_t>(arithmetic)];
}

dnnl::memory::dims to_onednn(const Pair& pair) {
  return {pair[0], pair[1]};
}

dnnl::memory::desc plain_desc(const Shape& shape, ElementType type) {
  const auto dims = shape.empty() ? Shape{1} : shape;
  dnnl::memory::dims strides(dims.size(), 1);
  for (std::size_t i = dims.size() - 1; i > 0; --i) {
    strides[i - 1] = strides[i] * dims[i];
  }
  return {dims, to_onednn(type), strides};
}

dnnl::memory::desc any_desc(const Shape& shape, ElementType type) {
  return {shape, to_onednn(type), dnnl::memory::format_tag::any};
}

Shape padded(const Shape& shape, std::size_t rank) {
  Shape wide(rank > shape.size() ? rank - shape.size() : 0, 1);
  wide.insert(wide.end(), shape.begin(), shape.end());
  return wide;
}

dnnl::memory::desc with_type(dnnl::memory::desc desc, ElementType type) {
  desc.data.data_type = dnnl::memory::convert_to_c(to_onednn(type));
  return desc;
}

bool is_reference(const dnnl::primitive_desc_base& description) {
  return std::string_view(description.impl_info_str()).starts_with("ref");
}

}  // namespace athanor::runtime
