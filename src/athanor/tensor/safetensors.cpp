#include "athanor/tensor/safetensors.hpp"

#include <algorithm>
#include <bit>
#include <set>
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

/// What a file begins with, and how long it is.
struct Frame {
  std::string head;
  std::uint64_t bytes = 0;
};

Result<Frame> frame_of(const TensorFile& file) {
  ATHANOR_TRY(const auto header, header_of(file.tensors, file.metadata));
  auto head = render_safetensors_header(header);
  const std::uint64_t end = header.tensors.empty() ? 0 : header.tensors.back().end;
  const auto bytes = head.size() + end;
  return Frame{std::move(head), bytes};
}

/// The bytes of the file, where its tensors have them. Of those with another layout than the
/// file's, such as 3x3 kernels with channels last, one at a time is copied: together they may be
/// nearly the whole model.
FileContent content_of(const TensorFile& file, const std::string& head) {
  return [&file, &head](const ByteSink& sink) -> Status {
    ATHANOR_CHECK_OK(sink(head));
    for (const auto& [name, value] : file.tensors) {
      const auto dense = value.detach().contiguous().cpu();
      ATHANOR_CHECK_OK(sink({static_cast<const char*>(dense.data_ptr()), dense.nbytes()}));
    }
    return {};
  };
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
  ATHANOR_TRY(const auto frame, frame_of(file));
  return write_file_atomic(path, content_of(file, frame.head));
}

Status write_safetensors(const std::filesystem::path& path,
                         const TensorFile& file,
                         const crypto::Passphrase& key) {
  ATHANOR_TRY(const auto frame, frame_of(file));
  return crypto::write_sealed(path, frame.bytes, content_of(file, frame.head), key);
}

}  // namespace athanor::tensor
