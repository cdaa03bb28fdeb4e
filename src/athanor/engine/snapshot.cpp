#include "athanor/engine/snapshot.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace athanor::engine {

namespace {

/// What one thread copies at a time: a share of a large tensor.
struct Share {
  const char* from;
  char* to;
  std::size_t bytes;
};

constexpr std::size_t share_bytes = 1 << 20;

bool has_layout_of(const torch::Tensor& copy, const torch::Tensor& original) {
  return copy.scalar_type() == original.scalar_type() && copy.sizes() == original.sizes() &&
         copy.strides() == original.strides();
}

void add_shares(const torch::Tensor& from, const torch::Tensor& to, std::vector<Share>& shares) {
  const auto* source = static_cast<const char*>(from.data_ptr());
  auto* target = static_cast<char*>(to.data_ptr());
  for (std::size_t left = from.nbytes(); left > 0;) {
    const auto bytes = std::min(left, share_bytes);
    shares.push_back({source, target, bytes});
    source += bytes;
    target += bytes;
    left -= bytes;
  }
}

}  // namespace

void Snapshot::fit(const tensor::NamedTensors& tensors) {
  copies_.resize(tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto original = tensors[i].value.detach();
    auto& [name, copy] = copies_[i];
    name = tensors[i].name;
    if (!copy.defined() || !has_layout_of(copy, original)) {
      copy = torch::empty_like(original);
    }
  }
}

void Snapshot::touch() {
  for (const auto& [name, copy] : copies_) {
    std::memset(copy.data_ptr(), 0, copy.nbytes());
  }
}

void Snapshot::take(const tensor::NamedTensors& tensors) {
  const torch::NoGradGuard no_grad;
  fit(tensors);
  std::vector<Share> shares;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto& original = tensors[i].value;
    const auto& copy = copies_[i].value;
    if (original.is_non_overlapping_and_dense() && has_layout_of(copy, original)) {
      add_shares(original, copy, shares);
    } else {
      copy.copy_(original);
    }
  }
  at::parallel_for(0, static_cast<std::int64_t>(shares.size()), 1, [&](auto begin, auto end) {
    std::for_each(shares.begin() + begin, shares.begin() + end, [](const Share& share) {
      std::memcpy(share.to, share.from, share.bytes);
    });
  });
}

}  // namespace athanor::engine
