#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "athanor/tensor/safetensors_header.hpp"

// A whole file goes in. What is accepted has to tile its data and survive being written again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace tensor = athanor::tensor;
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  const auto length = tensor::safetensors_header_length(file, size);
  if (!length) {
    return 0;
  }
  const auto json = file.substr(tensor::safetensors_prefix_bytes, *length);
  const auto data_bytes = size - tensor::safetensors_prefix_bytes - *length;
  const auto header = tensor::parse_safetensors_header(json, data_bytes);
  if (!header) {
    return 0;
  }
  for (const auto& entry : header->tensors) {
    if (entry.begin > entry.end || entry.end > data_bytes) {
      std::abort();
    }
  }
  const auto text = tensor::render_safetensors_header(*header);
  const auto again = tensor::parse_safetensors_header(
      std::string_view(text).substr(tensor::safetensors_prefix_bytes), data_bytes);
  if (!again || *again != *header) {
    std::abort();
  }
  return 0;
}
