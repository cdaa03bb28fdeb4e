#include "athanor/tensor/scalar_type.hpp"

#include <algorithm>

namespace athanor::tensor {

namespace {

struct ScalarTypeRow {
  torch::ScalarType torch_type;
  DataType file_type;
};

constexpr ScalarTypeRow scalar_types[] = {
    {torch::kBool, DataType::boolean},
    {torch::kUInt8, DataType::u8},
    {torch::kInt8, DataType::i8},
    {torch::kInt16, DataType::i16},
    {torch::kInt32, DataType::i32},
    {torch::kInt64, DataType::i64},
    {torch::kFloat16, DataType::f16},
    {torch::kBFloat16, DataType::bf16},
    {torch::kFloat32, DataType::f32},
    {torch::kFloat64, DataType::f64},
};

}  // namespace

torch::ScalarType torch_type_of(DataType type) {
  return std::ranges::find(scalar_types, type, &ScalarTypeRow::file_type)->torch_type;
}

std::optional<DataType> data_type_of(torch::ScalarType type) {
  const auto* row = std::ranges::find(scalar_types, type, &ScalarTypeRow::torch_type);
  return row == std::end(scalar_types) ? std::nullopt : std::optional(row->file_type);
}

torch::Tensor widened(const torch::Tensor& value) {
  const auto type = value.scalar_type();
  return type == torch::kFloat16 || type == torch::kBFloat16 ? value.to(torch::kFloat32) : value;
}

}  // namespace athanor::tensor
