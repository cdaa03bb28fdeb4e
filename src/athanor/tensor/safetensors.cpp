#include "athanor/tensor/safetensors.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <fcntl.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "athanor/core/files.hpp"
#include "athanor/tensor/safetensors_header.hpp"

namespace athanor::tensor {

namespace {

static_assert(std::endian::native == std::endian::little,
              "safetensors is little-endian and tensors are copied as they lie in memory");

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

torch::ScalarType torch_type_of(DataType type) {
  return std::ranges::find(scalar_types, type, &ScalarTypeRow::file_type)->torch_type;
}

Status read_exactly(int fd, void* target, std::uint64_t count, std::uint64_t offset) {
  auto* place = static_cast<char*>(target);
  while (count > 0) {
    const auto got = ::pread(fd, place, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return fail(system_error("cannot read", errno));
    }
    if (got == 0) {
      return fail(ErrorCode::io, "the file became shorter while it was read");
    }
    const auto advance = static_cast<std::uint64_t>(got);
    place += advance;
    offset += advance;
    count -= advance;
  }
  return {};
}

Result<TensorFile> read_open_file(int fd) {
  struct stat info {};

  if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
    return fail(ErrorCode::io, "it is no regular file");
  }
  const auto file_bytes = static_cast<std::uint64_t>(info.st_size);
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
    const bool half = entry.type == DataType::f16 || entry.type == DataType::bf16;
    file.tensors.push_back({entry.name, half ? value.to(torch::kFloat32) : value});
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
    const auto* row =
        std::ranges::find(scalar_types, value.scalar_type(), &ScalarTypeRow::torch_type);
    if (row == std::end(scalar_types)) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("the tensor \"{}\" has a type that safetensors lacks", name));
    }
    const auto end = reached + static_cast<std::uint64_t>(value.nbytes());
    header.tensors.push_back({name, row->file_type, value.sizes().vec(), reached, end});
    reached = end;
  }
  return header;
}

}  // namespace

Result<TensorFile> read_safetensors(const std::filesystem::path& path) {
  const auto name = path.filename().string();
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) {
    const int reason = errno;
    auto error = system_error("cannot open " + name, reason);
    error.code = reason == ENOENT ? ErrorCode::not_found : ErrorCode::io;
    return fail(std::move(error));
  }
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
