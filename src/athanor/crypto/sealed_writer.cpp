#include "athanor/crypto/sealed_writer.hpp"

#include <sodium.h>
#include <stdexcept>
#include <string>
#include <string_view>

#include "athanor/crypto/seal_header.hpp"

namespace athanor::crypto {

namespace {

/// Encrypts what it is given, chunk by chunk, to a descriptor.
class SealingStream {
 public:
  SealingStream(int fd, std::uint64_t plain_bytes)
      : fd_(fd),
        left_(chunks_of(plain_bytes)),
        sealed_(seal_chunk_bytes + seal_chunk_overhead, '\0') {}

  ~SealingStream() { sodium_memzero(&stream_, sizeof stream_); }

  SealingStream(const SealingStream&) = delete;
  SealingStream& operator=(const SealingStream&) = delete;

  Status begin(const DerivedKeys& keys, std::uint64_t plain_bytes) {
    SealHeader header{keys.recipe, plain_bytes, {}};
    crypto_secretstream_xchacha20poly1305_init_push(
        &stream_, header.stream.data(), keys.stream.data());
    return write_all(fd_, render_seal_header(header, keys));
  }

  Status add(std::string_view bytes) {
    while (!bytes.empty()) {
      if (part_.empty() && bytes.size() >= seal_chunk_bytes) {
        ATHANOR_CHECK_OK(push(bytes.substr(0, seal_chunk_bytes)));
        bytes.remove_prefix(seal_chunk_bytes);
        continue;
      }
      const auto taken = bytes.substr(0, seal_chunk_bytes - part_.size());
      part_ += taken;
      bytes.remove_prefix(taken.size());
      if (part_.size() == seal_chunk_bytes) {
        ATHANOR_CHECK_OK(push(part_));
        part_.clear();
      }
    }
    return {};
  }

  /// What is left over, or the one chunk of an empty file.
  Status end() { return left_ > 0 ? push(part_) : Status(); }

 private:
  Status push(std::string_view chunk) {
    --left_;
    const unsigned char tag = left_ == 0 ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
                                         : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
    crypto_secretstream_xchacha20poly1305_push(&stream_,
                                               reinterpret_cast<unsigned char*>(sealed_.data()),
                                               nullptr,
                                               reinterpret_cast<const unsigned char*>(chunk.data()),
                                               chunk.size(),
                                               nullptr,
                                               0,
                                               tag);
    return write_all(fd_, std::string_view(sealed_).substr(0, chunk.size() + seal_chunk_overhead));
  }

  int fd_;
  std::uint64_t left_;  ///< Chunks to come.
  crypto_secretstream_xchacha20poly1305_state stream_{};
  std::string part_;
  std::string sealed_;
};

Status seal(int fd,
            std::uint64_t plain_bytes,
            const FileContent& content,
            const DerivedKeys& keys) {
  SealingStream stream(fd, plain_bytes);
  ATHANOR_CHECK_OK(stream.begin(keys, plain_bytes));
  std::uint64_t given = 0;
  ATHANOR_CHECK_OK(content([&](std::string_view bytes) {
    given += bytes.size();
    return stream.add(bytes);
  }));
  if (given != plain_bytes) {
    throw std::logic_error("the header of a sealed file tells another length than its content has");
  }
  return stream.end();
}

}  // namespace

Status write_sealed(const std::filesystem::path& file,
                    std::uint64_t plain_bytes,
                    const FileContent& content,
                    const Passphrase& passphrase) {
  ATHANOR_TRY(const auto keys, passphrase.keys_to_seal());
  return fill_file_atomic(file, [&](int fd) -> Status {
    if (auto written = seal(fd, plain_bytes, content, *keys); !written) {
      return fail(written.error().within(file.filename().string()));
    }
    return {};
  });
}

}  // namespace athanor::crypto
