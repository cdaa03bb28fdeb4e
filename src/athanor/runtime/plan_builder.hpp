#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "athanor/runtime/memory_planner.hpp"
#include "athanor/runtime/plan.hpp"

namespace athanor::runtime {

/// A tensor in one layout, in a buffer that it may share with others.
struct Slot {
  dnnl::memory::desc desc;
  std::optional<std::size_t> buffer;  ///< None for constants, which have memory of their own.
  dnnl::memory memory;
  ElementType type = ElementType::f32;
  float scale = 1;
};

/// Steps and buffers while a plan is made. Slots are named by their index.
class PlanBuilder {
 public:
  PlanBuilder(const PlanRequest& request, const dnnl::engine& engine, WeightStore& weights);

  [[nodiscard]] const EngineModel& model() const { return *request_.model; }

  [[nodiscard]] const dnnl::engine& engine() const { return engine_; }

  [[nodiscard]] WeightStore& weights() { return weights_; }

  /// The shape of a value for this batch.
  [[nodiscard]] Shape shape(std::size_t value) const;

  [[nodiscard]] const Slot& slot(std::size_t index) const { return slots_[index]; }

  /// Where the value was computed, or its constant in the plain layout.
  [[nodiscard]] std::size_t home(std::size_t value);

  /// The value in a layout and type, by a reorder if it is not there yet.
  [[nodiscard]] std::size_t in_form(std::size_t value,
                                    const dnnl::memory::desc& desc,
                                    ElementType type,
                                    float scale);

  /// The value in float, in the plain layout or in the layout that it has.
  [[nodiscard]] std::size_t plain(std::size_t value);
  [[nodiscard]] std::size_t in_float(std::size_t value);

  /// A new buffer for a value that is computed next.
  std::size_t new_home(std::size_t value, const dnnl::memory::desc& desc);

  /// The same numbers under another layout, in the same buffer.
  std::size_t new_view(std::size_t slot, const dnnl::memory::desc& desc);

  void set_home(std::size_t value, std::size_t slot) { homes_[value] = slot; }

  /// Where `value` will be computed: in the place of `replaced` if nobody reads that afterwards and
  /// it is laid out alike; otherwise in a new one.
  std::size_t home_in_place_of(std::size_t replaced,
                               std::size_t value,
                               const dnnl::memory::desc& desc);

  /// The place of `value`, holding the numbers of `added` at first, so that sums go on top.
  std::size_t home_upon(std::size_t added, std::size_t value, const dnnl::memory::desc& desc);

  void add_step(const dnnl::primitive_desc_base& description,
                dnnl::primitive primitive,
                const std::vector<std::pair<int, std::size_t>>& slots,
                std::unordered_map<int, dnnl::memory> constants,
                const std::string& name,
                std::optional<std::size_t> value = std::nullopt);

  /// A step without work: from here on the value is there.
  void add_marker(std::size_t value, const std::string& name);

  /// A layer that reads `value` is done with it.
  void release(std::size_t value) { --uses_[value]; }

  /// Places all buffers and gives every step its memory.
  [[nodiscard]] std::unique_ptr<Plan> finish();

 private:
  std::size_t add_slot(const dnnl::memory::desc& desc, std::optional<std::size_t> buffer);
  std::size_t new_buffer(std::uint64_t bytes);
  void touch(std::size_t slot);
  /// Whether this is the last layer that reads the value, alone in its buffer.
  [[nodiscard]] bool is_last_use(std::size_t value) const;
  std::size_t constant_home(std::size_t value);

  PlanRequest request_;
  dnnl::engine engine_;
  WeightStore& weights_;
  std::vector<Slot> slots_;
  std::vector<Lifetime> buffers_;
  std::vector<std::size_t> values_in_buffer_;
  std::map<std::size_t, std::size_t> homes_;
  std::multimap<std::size_t, std::size_t> forms_;
  std::vector<std::size_t> uses_;
  std::unique_ptr<Plan> plan_;
  std::uint64_t scratch_bytes_ = 0;
  std::vector<dnnl::memory> scratchpads_;
};

}  // namespace athanor::runtime
