#include <string_view>

#include "target.hpp"

#include "athanor/tensor/safetensors_header.hpp"

namespace athanor::fuzz {

/// The input is a whole file.
void safetensors_header(std::string_view input) {
  const auto length = tensor::safetensors_header_length(input, input.size());
  if (!length) {
    return;
  }
  const auto json = input.substr(tensor::safetensors_prefix_bytes, *length);
  const auto data_bytes = input.size() - tensor::safetensors_prefix_bytes - *length;
  const auto header = tensor::parse_safetensors_header(json, data_bytes);
  if (!header) {
    return;
  }
  for (const auto& entry : header->tensors) {
    require(entry.begin <= entry.end && entry.end <= data_bytes, "a tensor lies in the file");
  }
  const auto text = tensor::render_safetensors_header(*header);
  const auto again = tensor::parse_safetensors_header(
      std::string_view(text).substr(tensor::safetensors_prefix_bytes), data_bytes);
  require(again && *again == *header, "a header is written so that it is read as the same");
}

}  // namespace athanor::fuzz
