#include "athanor/tensor/safetensors.hpp"

#include <algorithm>
#include <bit>
#include <set>

#include <fmt/format.h>

#include "athanor/core/files.hpp"
#include "athanor/tensor/file_bytes.hpp"
#include "athanor/tensor/safetensors_header.hpp"
#include "athanor/tensor/scalar_type.hpp"

namespace athanor::tensor {

namespace {

static_assert(std::endian::native == std::endian::little,
              "safetensors is little-endian and tensors are copied as they lie in memory");

Result<TensorFile> read_open_file(int fd) {
  ATHANOR_TRY(const auto file_bytes, bytes_in(fd));
  std::string prefix(std::min(file_bytes, safetensors_prefix_bytes), '\0');
  ATHANOR_CHECK_OK(read_exactly(fd, prefix.data(), prefix.size(), 0));
  ATHANOR_TRY(const auto length, safetensors_header_length(prefix, file_bytes));
  std::string json(length, '\0');
  ATHANOR_CHECK_OK(read_exactly(fd, json.data(), json.size(), safetensors_prefix_bytes));
  const auto data_begin = safetensors_prefix_bytes + length;
  ATHANOR_TRY(auto header, parse_safetensors_header(json, file_bytes - data_begin));

  TensorFile file{{}, std::move(header.metadata)};
  for (const auto& entry : header.tensors) {
    auto value = torch::empty(entry.shape, torch_type_of(entry.type));
    ATHANOR_CHECK_OK(
        read_exactly(fd, value.data_ptr(), entry.end - entry.begin, data_begin + entry.begin));
    file.tensors.push_back({entry.name, widened(value)});
  }
  return file;
}

Result<SafetensorsHeader> header_of(const NamedTensors& tensors,
                                    const std::map<std::string, std::string>& metadata) {
  SafetensorsHeader header{metadata, {}};
  std::set<std::string_view> names;
  std::uint64_t reached = 0;
  for (const auto& [name, value] : tensors) {
    if (name == "__metadata__" || !names.insert(name).second) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("the tensor name \"{}\" is reserved or given twice", name));
    }
    const auto type = data_type_of(value.scalar_type());
    if (!type) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("the tensor \"{}\" has a type that safetensors lacks", name));
    }
    const auto end = reached + static_cast<std::uint64_t>(value.nbytes());
    header.tensors.push_back({name, *type, value.sizes().vec(), reached, end});
    reached = end;
  }
  return header;
}

}  // namespace

Result<TensorFile> read_safetensors(const std::filesystem::path& path) {
  const auto name = path.filename().string();
  ATHANOR_TRY(const auto fd, open_to_read(path));
  auto file = read_open_file(fd.get());
  if (!file) {
    return fail(file.error().within(name));
  }
  return file;
}

Status write_safetensors(const std::filesystem::path& path, const TensorFile& file) {
  NamedTensors dense;
  for (const auto& [name, value] : file.tensors) {
    dense.push_back({name, value.detach().contiguous().cpu()});
  }
  ATHANOR_TRY(const auto header, header_of(dense, file.metadata));
  const auto head = render_safetensors_header(header);
  std::vector<std::string_view> pieces{head};
  for (const auto& [name, value] : dense) {
    pieces.emplace_back(static_cast<const char*>(value.data_ptr()), value.nbytes());
  }
  return write_file_atomic(path, pieces);
}

}  // namespace athanor::tensor
