#include "athanor/compile/onnx_tensor.hpp"

#include <cstring>
#include <string>

#include <fmt/format.h>

namespace athanor::compile {

namespace {

/// The elements, from raw bytes or from the field that the type has.
template <class Number, class Field>
std::vector<Number> elements(const onnx::TensorProto& tensor, const Field& field) {
  if (!tensor.has_raw_data()) {
    return std::vector<Number>(field.begin(), field.end());
  }
  const auto& raw = tensor.raw_data();
  std::vector<Number> numbers(raw.size() / sizeof(Number));
  std::memcpy(numbers.data(), raw.data(), numbers.size() * sizeof(Number));
  return numbers;
}

template <class To, class From>
std::vector<To> converted(const std::vector<From>& numbers) {
  std::vector<To> result;
  result.reserve(numbers.size());
  for (const auto number : numbers) {
    result.push_back(static_cast<To>(number));
  }
  return result;
}

}  // namespace

Result<OnnxTensor> read_tensor(const onnx::TensorProto& tensor) {
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
    return fail(ErrorCode::unsupported, "its numbers are in another file");
  }
  OnnxTensor content;
  content.shape.assign(tensor.dims().begin(), tensor.dims().end());
  ATHANOR_TRY(const auto count, runtime::element_count(content.shape));
  switch (tensor.data_type()) {
    case onnx::TensorProto::FLOAT:
      content.numbers = elements<float>(tensor, tensor.float_data());
      break;
    case onnx::TensorProto::DOUBLE:
      content.numbers = converted<float>(elements<double>(tensor, tensor.double_data()));
      break;
    case onnx::TensorProto::INT64:
      content.integers = elements<std::int64_t>(tensor, tensor.int64_data());
      content.is_integer = true;
      break;
    case onnx::TensorProto::INT32:
      content.integers =
          converted<std::int64_t>(elements<std::int32_t>(tensor, tensor.int32_data()));
      content.is_integer = true;
      break;
    default:
      return fail(ErrorCode::unsupported,
                  fmt::format("it is of the ONNX type {}; float, double, int32 and int64 are read",
                              tensor.data_type()));
  }
  const auto present = content.is_integer ? content.integers.size() : content.numbers.size();
  if (present != static_cast<std::size_t>(count)) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("it has {} numbers, not {}", present, count));
  }
  return content;
}

}  // namespace athanor::compile
