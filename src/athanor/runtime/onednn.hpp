#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>

#include <oneapi/dnnl/dnnl.hpp>

#include "athanor/runtime/graph.hpp"

/// What the sources of this module share of oneDNN's types; no public header includes this.
namespace athanor::runtime {

/// Memory aligned for the widest instructions.
class AlignedBytes {
 public:
  AlignedBytes() = default;

  explicit AlignedBytes(std::size_t size)
      : bytes_(static_cast<std::byte*>(::operator new (size, std::align_val_t{alignment}))) {}

  [[nodiscard]] std::byte* data() const { return bytes_.get(); }

 private:
  static constexpr std::size_t alignment = 64;

  struct Free {
    void operator()(std::byte* bytes) const {
      ::operator delete (bytes, std::align_val_t{alignment});
    }
  };

  std::unique_ptr<std::byte, Free> bytes_;
};

[[nodiscard]] dnnl::memory::data_type to_onednn(ElementType type);
[[nodiscard]] dnnl::algorithm to_onednn(Function function);
[[nodiscard]] dnnl::algorithm to_onednn(Arithmetic arithmetic);
[[nodiscard]] dnnl::memory::dims to_onednn(const Pair& pair);

/// The layout in which the last index is the fastest.
[[nodiscard]] dnnl::memory::desc plain_desc(const Shape& shape, ElementType type);

/// For a layer to choose.
[[nodiscard]] dnnl::memory::desc any_desc(const Shape& shape, ElementType type);

/// The shape with ones in front, up to `rank` dimensions.
[[nodiscard]] Shape padded(const Shape& shape, std::size_t rank);

/// The same layout for another type of the same size.
[[nodiscard]] dnnl::memory::desc with_type(dnnl::memory::desc desc, ElementType type);

/// Whether oneDNN computes it with plain loops, because it has nothing better.
[[nodiscard]] bool is_reference(const dnnl::primitive_desc_base& description);

}  // namespace athanor::runtime
