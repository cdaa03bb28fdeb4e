#include "athanor/engine/snapshot.hpp"

#include <algorithm>
#include <cstring>

namespace athanor::engine {

namespace {

constexpr std::size_t share_bytes = 1 << 20;

bool has_layout_of(const torch::Tensor& copy, const torch::Tensor& original) {
  return copy.scalar_type() == original.scalar_type() && copy.sizes() == original.sizes() &&
         copy.strides() == original.strides();
}

bool is_among(const std::vector<torch::Tensor>& tensors, const torch::Tensor& wanted) {
  return std::any_of(
      tensors.begin(), tensors.end(), [&](const auto& tensor) { return tensor.is_same(wanted); });
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

void Snapshot::begin(const tensor::NamedTensors& tensors,
                     const std::vector<torch::Tensor>& at_once) {
  const torch::NoGradGuard no_grad;
  fit(tensors);
  originals_ = tensors;
  shares_.clear();
  begun_ = 0;
  copied_ = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto& original = tensors[i].value;
    const auto& copy = copies_[i].value;
    const bool is_plain = original.is_non_overlapping_and_dense() && has_layout_of(copy, original);
    if (is_plain && !is_among(at_once, original)) {
      add_shares(original, copy);
    } else {
      copy.copy_(original);
    }
  }
}

void Snapshot::add_shares(const torch::Tensor& from, const torch::Tensor& to) {
  const auto* source = static_cast<const char*>(from.data_ptr());
  auto* target = static_cast<char*>(to.data_ptr());
  for (std::size_t left = from.nbytes(); left > 0;) {
    const auto bytes = std::min(left, share_bytes);
    shares_.push_back({source, target, bytes});
    source += bytes;
    target += bytes;
    left -= bytes;
  }
}

void Snapshot::copy_shares() {
  for (auto next = begun_++; next < shares_.size(); next = begun_++) {
    const auto& share = shares_[next];
    std::memcpy(share.to, share.from, share.bytes);
    ++copied_;
    copied_.notify_all();
  }
}

void Snapshot::finish() {
  copy_shares();
  for (auto copied = copied_.load(); copied < shares_.size(); copied = copied_.load()) {
    copied_.wait(copied);
  }
}

void Snapshot::finish_on_all_threads() {
  if (copied_ < shares_.size()) {
    at::parallel_for(0, at::get_num_threads(), 1, [this](auto, auto) { copy_shares(); });
  }
  finish();
}

}  // namespace athanor::engine
