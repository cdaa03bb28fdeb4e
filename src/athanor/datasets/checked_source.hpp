#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "athanor/core/error.hpp"

namespace athanor::datasets {

/// The bytes of a source, unpacked on the way where they are gzip or xz: libarchive 3.6 reads gzip
/// without comparing its checksums, so that a damaged picture would go unnoticed, and takes as much
/// memory as an xz stream asks for.
class CheckedSource {
 public:
  using Bytes = std::function<Result<std::size_t>(std::span<char> buffer)>;

  explicit CheckedSource(Bytes source);
  ~CheckedSource();

  /// Fills a part of the buffer; 0 is the end. invalid_argument: damaged or cut short.
  [[nodiscard]] Result<std::size_t> read(std::span<char> buffer);

  /// Bytes taken from the source so far.
  [[nodiscard]] std::uint64_t packed_bytes() const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace athanor::datasets
