#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "athanor/runtime/graph.hpp"
#include "athanor/runtime/onednn.hpp"

namespace athanor::runtime {

/// The constants of a model in the layouts that layers want, each made once.
class WeightStore {
 public:
  WeightStore(std::shared_ptr<const EngineModel> model, dnnl::engine engine);

  /// A constant whose numbers the model has as `plain` (its shape may be another, as for groups),
  /// laid out as `wanted`.
  [[nodiscard]] dnnl::memory packed(std::size_t value,
                                    const dnnl::memory::desc& plain,
                                    const dnnl::memory::desc& wanted);

  /// The bias of an int8 layer in units of its sums, where oneDNN adds it.
  [[nodiscard]] dnnl::memory scaled_bias(const Layer& layer);

  /// Of all that was laid out anew and all that is read from the model as it is.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  struct Packed {
    dnnl::memory::desc desc;
    AlignedBytes bytes;
    dnnl::memory memory;
  };

  dnnl::memory keep(std::size_t value, const dnnl::memory::desc& desc, AlignedBytes bytes);

  std::shared_ptr<const EngineModel> model_;
  dnnl::engine engine_;
  std::multimap<std::size_t, Packed> packed_;
  std::map<std::size_t, Packed> biases_;  ///< By the output of their layer.
  std::uint64_t bytes_ = 0;
};

}  // namespace athanor::runtime
