#include "athanor/export/operators/table.hpp"

#include <algorithm>
#include <string_view>

#include "athanor/export/operators/elementwise.hpp"
#include "athanor/export/operators/layers.hpp"
#include "athanor/export/operators/shapes.hpp"

namespace athanor::exporter {

namespace {

constexpr OperatorRow rows[] = {
    {"aten::_convolution", "Conv", convert_convolution},
    {"aten::convolution", "Conv", convert_convolution},
    {"aten::conv1d", "Conv", convert_plain_convolution},
    {"aten::conv2d", "Conv", convert_plain_convolution},
    {"aten::batch_norm", "BatchNormalization", convert_batch_norm},
    {"aten::linear", "Gemm", convert_linear},
    {"aten::addmm", "Gemm", convert_addmm},
    {"aten::matmul", "MatMul", convert_binary},
    {"aten::mm", "MatMul", convert_binary},
    {"aten::bmm", "MatMul", convert_binary},
    {"aten::max_pool2d", "MaxPool", convert_max_pool},
    {"aten::avg_pool2d", "AveragePool", convert_average_pool},
    {"aten::adaptive_avg_pool2d", "GlobalAveragePool", convert_adaptive_average_pool},
    {"aten::dropout", "Identity", convert_dropout},
    {"aten::feature_dropout", "Identity", convert_dropout},
    {"aten::upsample_nearest2d", "Resize", convert_upsample_nearest},
    {"aten::upsample_bilinear2d", "Resize", convert_upsample_bilinear},

    {"aten::relu", "Relu", convert_unary},
    {"aten::sigmoid", "Sigmoid", convert_unary},
    {"aten::tanh", "Tanh", convert_unary},
    {"aten::exp", "Exp", convert_unary},
    {"aten::log", "Log", convert_unary},
    {"aten::sqrt", "Sqrt", convert_unary},
    {"aten::abs", "Abs", convert_unary},
    {"aten::neg", "Neg", convert_unary},
    {"aten::softplus", "Softplus", convert_softplus},
    {"aten::silu", "Sigmoid", convert_silu},
    {"aten::mish", "Softplus", convert_mish},
    {"aten::hardswish", "HardSwish", convert_hardswish},
    {"aten::hardsigmoid", "HardSigmoid", convert_hardsigmoid},
    {"aten::leaky_relu", "LeakyRelu", convert_leaky_relu},
    {"aten::elu", "Elu", convert_elu},
    {"aten::hardtanh", "Clip", convert_clamp},
    {"aten::relu6", "Clip", convert_relu6},
    {"aten::clamp", "Clip", convert_clamp},
    {"aten::add", "Add", convert_scaled_binary},
    {"aten::sub", "Sub", convert_scaled_binary},
    {"aten::mul", "Mul", convert_binary},
    {"aten::div", "Div", convert_divide},
    {"aten::pow", "Pow", convert_binary},
    {"aten::softmax", "Softmax", convert_softmax},
    {"aten::log_softmax", "LogSoftmax", convert_softmax},

    {"aten::flatten", "Flatten", convert_flatten},
    {"aten::view", "Reshape", convert_reshape},
    {"aten::reshape", "Reshape", convert_reshape},
    {"aten::cat", "Concat", convert_cat},
    {"aten::permute", "Transpose", convert_permute},
    {"aten::transpose", "Transpose", convert_transpose},
    {"aten::t", "Transpose", convert_matrix_transpose},
    {"aten::unsqueeze", "Unsqueeze", convert_unsqueeze},
    {"aten::squeeze", "Squeeze", convert_squeeze},
    {"aten::slice", "Slice", convert_slice},
    {"aten::select", "Gather", convert_select},
    {"aten::mean", "ReduceMean", convert_mean},
    {"aten::contiguous", "Identity", convert_same},
    {"aten::detach", "Identity", convert_same},
    {"aten::clone", "Identity", convert_same},
};

}  // namespace

std::span<const OperatorRow> operator_table() {
  return rows;
}

const OperatorRow* find_operator(const std::string& aten_name) {
  const auto* row = std::ranges::find_if(
      rows, [&](const OperatorRow& candidate) { return aten_name == candidate.aten_name; });
  return row == std::end(rows) ? nullptr : row;
}

}  // namespace athanor::exporter
