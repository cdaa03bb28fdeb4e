#include "athanor/tensor/torch_file.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "athanor/tensor/file_bytes.hpp"
#include "athanor/tensor/pickled_state.hpp"
#include "athanor/tensor/scalar_type.hpp"

namespace athanor::tensor {

namespace {

/// Far more than the names and shapes of any network take.
constexpr std::uint64_t most_pickle_bytes = 16ULL << 20;
constexpr std::string_view zip_magic = "PK\x03\x04";
constexpr std::size_t magic_bytes = 16;

auto damaged(std::string_view what) {
  return fail(ErrorCode::invalid_argument, fmt::format("the file is damaged: {}", what));
}

std::string first_bytes_of(int fd, std::uint64_t file_bytes, std::uint64_t most) {
  std::string bytes(std::min(file_bytes, most), '\0');
  return read_exactly(fd, bytes.data(), bytes.size(), 0) ? bytes : std::string();
}

std::uint64_t bytes_of_storage(const PickledStorage& storage) {
  return storage.elements * bytes_of(storage.type);
}

/// Memory for all storages. Torch stores numbers as they are, so that a file which promises more
/// of them than it has bytes is refused before anything is allocated.
Result<std::vector<torch::Tensor>> allocate(const PickledState& state, std::uint64_t file_bytes) {
  std::uint64_t total = 0;
  for (const auto& storage : state.storages) {
    if (storage.elements > file_bytes || bytes_of_storage(storage) > file_bytes - total) {
      return damaged("it has fewer bytes than its tensors need");
    }
    total += bytes_of_storage(storage);
  }
  std::vector<torch::Tensor> storages;
  for (const auto& storage : state.storages) {
    storages.push_back(
        torch::empty({static_cast<std::int64_t>(storage.elements)}, torch_type_of(storage.type)));
  }
  return storages;
}

NamedTensors tensors_of(const PickledState& state, const std::vector<torch::Tensor>& storages) {
  NamedTensors tensors;
  for (const auto& tensor : state.tensors) {
    const auto view = storages[tensor.storage].as_strided(
        tensor.shape, tensor.strides, static_cast<std::int64_t>(tensor.offset));
    tensors.push_back({tensor.name, widened(view).contiguous()});
  }
  return tensors;
}

/// A zip, read from its start as often as needed.
class Zip {
 public:
  static Result<Zip> open(int fd) {
    Zip zip;
    zip.archive_.reset(archive_read_new());
    archive_read_support_format_zip_seekable(zip.archive_.get());
    constexpr std::size_t block_bytes = 64 * 1024;
    if (::lseek(fd, 0, SEEK_SET) != 0 ||
        archive_read_open_fd(zip.archive_.get(), fd, block_bytes) != ARCHIVE_OK) {
      return damaged("it is no whole zip");
    }
    return zip;
  }

  /// The next member's name, or an empty one at the end.
  Result<std::string> next() {
    archive_entry* entry = nullptr;
    const int outcome = archive_read_next_header(archive_.get(), &entry);
    if (outcome == ARCHIVE_EOF) {
      return std::string();
    }
    const char* name = outcome == ARCHIVE_OK ? archive_entry_pathname(entry) : nullptr;
    if (name == nullptr) {
      return damaged("it is no whole zip");
    }
    return std::string(name);
  }

  /// Fills `target` and makes sure that the member ends there and has the checksum that it should.
  Status read_whole(char* target, std::uint64_t count) {
    while (count > 0) {
      const auto got = archive_read_data(archive_.get(), target, count);
      if (got <= 0) {
        return damaged("a member of the zip is too short or has another checksum");
      }
      target += got;
      count -= static_cast<std::uint64_t>(got);
    }
    char extra = 0;
    return archive_read_data(archive_.get(), &extra, 1) == 0
               ? Status()
               : Status(damaged("a member of the zip is too long or has another checksum"));
  }

  /// A member of unknown length.
  Result<std::string> read_all(std::uint64_t most) {
    constexpr std::size_t piece_bytes = 64 * 1024;
    std::string content;
    while (true) {
      const auto before = content.size();
      content.resize(before + piece_bytes);
      const auto got = archive_read_data(archive_.get(), content.data() + before, piece_bytes);
      if (got < 0 || before + static_cast<std::uint64_t>(got) > most) {
        return damaged("its list of tensors cannot be read");
      }
      content.resize(before + static_cast<std::uint64_t>(got));
      if (got == 0) {
        return content;
      }
    }
  }

 private:
  struct Close {
    void operator()(archive* opened) const { archive_read_free(opened); }
  };

  std::unique_ptr<archive, Close> archive_;
};

struct PickleMember {
  std::string folder;  ///< "archive/"; the storages lie in its folder data/.
  std::string content;
};

Result<PickleMember> find_pickle(int fd) {
  constexpr std::string_view pickle_name = "data.pkl";
  ATHANOR_TRY(auto zip, Zip::open(fd));
  ATHANOR_TRY(auto name, zip.next());
  while (!name.empty()) {
    const auto folder_bytes = name.find('/') + 1;
    if (name.substr(folder_bytes) == pickle_name) {
      ATHANOR_TRY(auto content, zip.read_all(most_pickle_bytes));
      return PickleMember{name.substr(0, folder_bytes), std::move(content)};
    }
    ATHANOR_TRY(name, zip.next());
  }
  return fail(ErrorCode::invalid_argument,
              "a zip, but none of torch.save(): it has no data.pkl; save model.state_dict()");
}

Result<NamedTensors> read_zip(int fd, std::uint64_t file_bytes) {
  ATHANOR_TRY(const auto pickle, find_pickle(fd));
  ATHANOR_TRY(const auto state, parse_pickled_state(pickle.content));
  ATHANOR_TRY(auto storages, allocate(state, file_bytes));
  std::map<std::string, std::size_t> wanted;
  for (std::size_t i = 0; i < storages.size(); ++i) {
    wanted.emplace(pickle.folder + "data/" + state.storages[i].key, i);
  }
  ATHANOR_TRY(auto zip, Zip::open(fd));
  ATHANOR_TRY(auto name, zip.next());
  while (!name.empty()) {
    if (const auto found = wanted.find(name); found != wanted.end()) {
      auto& storage = storages[found->second];
      ATHANOR_CHECK_OK(zip.read_whole(static_cast<char*>(storage.data_ptr()),
                                      static_cast<std::uint64_t>(storage.nbytes())));
      wanted.erase(found);
    } else if (name == pickle.folder + "byteorder") {
      ATHANOR_TRY(const auto order, zip.read_all(magic_bytes));
      if (order != "little") {
        return fail(ErrorCode::invalid_argument, "its numbers are big-endian; save it on a PC");
      }
    }
    ATHANOR_TRY(name, zip.next());
  }
  if (!wanted.empty()) {
    return damaged(fmt::format("it lacks {}", wanted.begin()->first));
  }
  return tensors_of(state, storages);
}

Result<NamedTensors> read_legacy(int fd, std::uint64_t file_bytes) {
  ATHANOR_TRY(const auto legacy,
              parse_legacy_state(first_bytes_of(fd, file_bytes, most_pickle_bytes)));
  ATHANOR_TRY(auto storages, allocate(legacy.state, file_bytes));
  std::uint64_t place = legacy.data_begin;
  for (const auto index : legacy.order) {
    std::uint64_t elements = 0;
    ATHANOR_CHECK_OK(read_exactly(fd, &elements, sizeof(elements), place));
    if (elements != legacy.state.storages[index].elements) {
      return damaged("a storage has another length than its tensors say");
    }
    place += sizeof(elements);
    const auto bytes = static_cast<std::uint64_t>(storages[index].nbytes());
    ATHANOR_CHECK_OK(read_exactly(fd, storages[index].data_ptr(), bytes, place));
    place += bytes;
  }
  if (place != file_bytes) {
    return damaged("it has more bytes than its tensors need");
  }
  return tensors_of(legacy.state, storages);
}

}  // namespace

Result<bool> is_torch_file(const std::filesystem::path& path) {
  ATHANOR_TRY(const auto fd, open_to_read(path));
  ATHANOR_TRY(const auto file_bytes, bytes_in(fd.get()));
  const auto first = first_bytes_of(fd.get(), file_bytes, magic_bytes);
  return first.starts_with(zip_magic) || is_legacy_file(first);
}

Result<NamedTensors> read_torch_file(const std::filesystem::path& path) {
  ATHANOR_TRY(const auto fd, open_to_read(path));
  ATHANOR_TRY(const auto file_bytes, bytes_in(fd.get()));
  const auto first = first_bytes_of(fd.get(), file_bytes, magic_bytes);
  return first.starts_with(zip_magic) ? read_zip(fd.get(), file_bytes)
                                      : read_legacy(fd.get(), file_bytes);
}

}  // namespace athanor::tensor
