#include "athanor/tensor/safetensors.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "athanor/core/files.hpp"
#include "athanor/crypto/sealed_reader.hpp"
#include "athanor/crypto/sealed_writer.hpp"
#include "athanor/tensor/file_bytes.hpp"
#include "athanor/tensor/safetensors_header.hpp"
#include "athanor/tensor/scalar_type.hpp"

namespace athanor::tensor {

namespace {

static_assert(std::endian::native == std::endian::little,
              "safetensors is little-endian and tensors are copied as they lie in memory");

/// A file in the clear, from front to back as a SealedReader gives one.
class PlainReader {
 public:
  [[nodiscard]] static Result<PlainReader> over(UniqueFd fd) {
    ATHANOR_TRY(const auto size, bytes_in(fd.get()));
    return PlainReader(std::move(fd), size);
  }

  [[nodiscard]] std::uint64_t size() const { return size_; }

  [[nodiscard]] Status read(void* target, std::uint64_t count) {
    ATHANOR_CHECK_OK(read_exactly(fd_.get(), target, count, offset_));
    offset_ += count;
    return {};
  }

 private:
  PlainReader(UniqueFd fd, std::uint64_t size) : fd_(std::move(fd)), size_(size) {}

  UniqueFd fd_;
  std::uint64_t size_;
  std::uint64_t offset_ = 0;
};

template <class Reader>
Result<TensorFile> read_tensors(Reader& reader) {
  const auto file_bytes = reader.size();
  std::string prefix(std::min(file_bytes, safetensors_prefix_bytes), '\0');
  ATHANOR_CHECK_OK(reader.read(prefix.data(), prefix.size()));
  ATHANOR_TRY(const auto length, safetensors_header_length(prefix, file_bytes));
  std::string json(length, '\0');
  ATHANOR_CHECK_OK(reader.read(json.data(), json.size()));
  ATHANOR_TRY(auto header,
              parse_safetensors_header(json, file_bytes - safetensors_prefix_bytes - length));

  TensorFile file{{}, std::move(header.metadata)};
  for (const auto& entry : header.tensors) {  // They tile the rest of the file in this order.
    auto value = torch::empty(entry.shape, torch_type_of(entry.type));
    ATHANOR_CHECK_OK(reader.read(value.data_ptr(), entry.end - entry.begin));
    file.tensors.push_back({entry.name, widened(value)});
  }
  return file;
}

template <class Reader>
Result<TensorFile> read_named(const std::filesystem::path& path, Result<Reader> reader) {
  auto file = reader ? read_tensors(*reader) : Result<TensorFile>(fail(reader.error()));
  if (!file) {
    return fail(file.error().within(path.filename().string()));
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

using WritePieces = std::function<Status(std::span<const std::string_view>)>;

/// Calls `write` with the file's bytes, which stay where the tensors have them.
Status write_tensors(const TensorFile& file, const WritePieces& write) {
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
  return write(pieces);
}

}  // namespace

Result<TensorFile> read_safetensors(const std::filesystem::path& path) {
  ATHANOR_TRY(auto fd, open_to_read(path));
  return read_named(path, PlainReader::over(std::move(fd)));
}

Result<TensorFile> read_safetensors(const std::filesystem::path& path,
                                    const crypto::Passphrase& key) {
  return read_named(path, crypto::SealedReader::open(path, key));
}

Status write_safetensors(const std::filesystem::path& path, const TensorFile& file) {
  return write_tensors(file, [&](std::span<const std::string_view> pieces) {
    return write_file_atomic(path, pieces);
  });
}

Status write_safetensors(const std::filesystem::path& path,
                         const TensorFile& file,
                         const crypto::Passphrase& key) {
  return write_tensors(file, [&](std::span<const std::string_view> pieces) {
    return crypto::write_sealed(path, pieces, key);
  });
}

}  // namespace athanor::tensor
