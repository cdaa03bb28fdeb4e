#include "athanor/runtime/plan_builder.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace athanor::runtime {

namespace {

/// How many layers and outputs read each value.
std::vector<std::size_t> count_uses(const EngineModel& model) {
  std::vector<std::size_t> uses(model.values.size(), 0);
  for (const auto& layer : model.layers) {
    for (const auto input : layer.inputs) {
      ++uses[input];
    }
    for (const auto& step : layer.fused) {
      if (const auto* add = std::get_if<AddValue>(&step)) {
        ++uses[add->value];
      }
    }
  }
  for (const auto output : model.outputs) {
    ++uses[output];
  }
  return uses;
}

dnnl::primitive_attr with_own_scratchpad() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

}  // namespace

PlanBuilder::PlanBuilder(const PlanRequest& request,
                         const dnnl::engine& engine,
                         WeightStore& weights)
    : request_(request),
      engine_(engine),
      weights_(weights),
      uses_(count_uses(*request.model)),
      plan_(std::make_unique<Plan>()) {
  for (const auto input : model().inputs) {
    (void)new_home(input, plain_desc(shape(input), ElementType::f32));
  }
}

Shape PlanBuilder::shape(std::size_t value) const {
  return with_batch(model().values[value].shape, request_.batch);
}

std::size_t PlanBuilder::add_slot(const dnnl::memory::desc& desc,
                                  std::optional<std::size_t> buffer) {
  slots_.push_back({desc, buffer, dnnl::memory(desc, engine_, DNNL_MEMORY_NONE)});
  return slots_.size() - 1;
}

std::size_t PlanBuilder::new_buffer(std::uint64_t bytes) {
  const auto now = plan_->steps.size();
  buffers_.push_back({bytes, now, now});
  values_in_buffer_.push_back(1);
  return buffers_.size() - 1;
}

void PlanBuilder::touch(std::size_t slot) {
  if (const auto buffer = slots_[slot].buffer) {
    buffers_[*buffer].last = plan_->steps.size();
  }
}

std::size_t PlanBuilder::constant_home(std::size_t value) {
  const auto desc = plain_desc(model().values[value].shape, model().values[value].type);
  slots_.push_back({desc, std::nullopt, weights_.packed(value, desc, desc)});
  set_home(value, slots_.size() - 1);
  return slots_.size() - 1;
}

std::size_t PlanBuilder::home(std::size_t value) {
  const auto found = homes_.find(value);
  return found != homes_.end() ? found->second : constant_home(value);
}

std::size_t PlanBuilder::new_home(std::size_t value, const dnnl::memory::desc& desc) {
  const auto index = add_slot(desc, new_buffer(desc.get_size()));
  slots_[index].type = model().values[value].type;
  slots_[index].scale = model().values[value].scale;
  set_home(value, index);
  return index;
}

std::size_t PlanBuilder::new_view(std::size_t slot, const dnnl::memory::desc& desc) {
  const auto original = slots_[slot];
  slots_.push_back(original);
  auto& view = slots_.back();
  view.desc = desc;
  if (original.buffer) {
    view.memory = dnnl::memory(desc, engine_, DNNL_MEMORY_NONE);
    ++values_in_buffer_[*original.buffer];
  } else {
    view.memory = dnnl::memory(desc, engine_, original.memory.get_data_handle());
  }
  return slots_.size() - 1;
}

bool PlanBuilder::is_last_use(std::size_t value) const {
  const auto found = homes_.find(value);
  if (found == homes_.end() || uses_[value] != 1) {
    return false;
  }
  const auto buffer = slots_[found->second].buffer;
  return buffer && values_in_buffer_[*buffer] == 1;
}

std::size_t PlanBuilder::home_in_place_of(std::size_t replaced,
                                          std::size_t value,
                                          const dnnl::memory::desc& desc) {
  const auto found = homes_.find(replaced);
  if (!is_last_use(replaced) || slots_[found->second].desc.get_size() != desc.get_size() ||
      slots_[found->second].desc != desc) {
    return new_home(value, desc);
  }
  const auto index = add_slot(desc, slots_[found->second].buffer);
  slots_[index].type = model().values[value].type;
  slots_[index].scale = model().values[value].scale;
  set_home(value, index);
  return index;
}

std::size_t PlanBuilder::home_upon(std::size_t added,
                                   std::size_t value,
                                   const dnnl::memory::desc& desc) {
  const auto& target = model().values[value];
  const auto& source = model().values[added];
  const bool integers = target.type != ElementType::f32;
  // Integers of the other sign are read as they are; oneDNN is told their type.
  const bool keeps = integers == (source.type != ElementType::f32);
  const auto type = keeps ? source.type : target.type;
  const auto scale = keeps ? source.scale : target.scale;
  const auto wanted = with_type(desc, type);
  const auto found = homes_.find(added);
  if (keeps && is_last_use(added) && slots_[found->second].desc == wanted) {
    const auto index = add_slot(desc, slots_[found->second].buffer);
    slots_[index].type = target.type;
    slots_[index].scale = target.scale;
    set_home(value, index);
    return index;
  }
  const auto index = new_home(value, desc);
  const auto from = home(added);
  const auto before = new_view(index, wanted);
  --values_in_buffer_[*slots_[index].buffer];
  slots_[before].type = type;
  slots_[before].scale = scale;
  auto attributes = with_own_scratchpad();
  if (!keeps) {
    attributes.set_output_scales(0, {slots_[from].scale / scale});
  }
  const dnnl::reorder::primitive_desc reorder(
      engine_, slots_[from].desc, engine_, wanted, attributes);
  add_step(reorder,
           dnnl::reorder(reorder),
           {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, before}},
           {},
           "copy of " + source.name);
  return index;
}

std::size_t PlanBuilder::in_form(std::size_t value,
                                 const dnnl::memory::desc& desc,
                                 ElementType type,
                                 float scale) {
  const auto fits = [&](std::size_t index) {
    const auto& candidate = slots_[index];
    return candidate.desc == desc && candidate.type == type && candidate.scale == scale;
  };
  const auto from = home(value);
  if (fits(from)) {
    return from;
  }
  const auto [begin, end] = forms_.equal_range(value);
  for (auto form = begin; form != end; ++form) {
    if (fits(form->second)) {
      return form->second;
    }
  }
  const auto to = add_slot(desc, new_buffer(desc.get_size()));
  slots_[to].type = type;
  slots_[to].scale = scale;
  auto attributes = with_own_scratchpad();
  if (const float factor = slots_[from].scale / scale; factor != 1.0F) {
    attributes.set_output_scales(0, {factor});
  }
  const dnnl::reorder::primitive_desc reorder(
      engine_, slots_[from].desc, engine_, desc, attributes);
  add_step(reorder,
           dnnl::reorder(reorder),
           {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}},
           {},
           "layout of " + model().values[value].name);
  forms_.emplace(value, to);
  return to;
}

std::size_t PlanBuilder::plain(std::size_t value) {
  return in_form(value, plain_desc(shape(value), ElementType::f32), ElementType::f32, 1);
}

std::size_t PlanBuilder::in_float(std::size_t value) {
  const auto index = home(value);
  if (slots_[index].type == ElementType::f32) {
    return index;
  }
  return plain(value);
}

void PlanBuilder::add_step(const dnnl::primitive_desc_base& description,
                           dnnl::primitive primitive,
                           const std::vector<std::pair<int, std::size_t>>& slots,
                           std::unordered_map<int, dnnl::memory> constants,
                           const std::string& name,
                           std::optional<std::size_t> value) {
  for (const auto& [argument, slot] : slots) {
    touch(slot);
    constants.insert_or_assign(argument, slots_[slot].memory);
  }
  const auto scratchpad = description.scratchpad_desc();
  if (scratchpad.get_size() > 0) {
    scratch_bytes_ = std::max<std::uint64_t>(scratch_bytes_, scratchpad.get_size());
    scratchpads_.push_back(dnnl::memory(scratchpad, engine_, DNNL_MEMORY_NONE));
    constants.insert_or_assign(DNNL_ARG_SCRATCHPAD, scratchpads_.back());
  }
  plan_->steps.push_back({std::move(primitive),
                          std::move(constants),
                          value,
                          fmt::format("{} ({})", name, description.impl_info_str())});
}

void PlanBuilder::add_marker(std::size_t value, const std::string& name) {
  touch(home(value));
  plan_->steps.push_back({{}, {}, value, name + " (nothing to do)"});
}

std::unique_ptr<Plan> PlanBuilder::finish() {
  for (const auto output : model().outputs) {
    touch(home(output));
  }
  const auto placement = place(buffers_, request_.reuse_memory);
  plan_->memory.activations = placement.total;
  plan_->memory.activations_without_reuse = place(buffers_, false).total;
  plan_->memory.scratch = scratch_bytes_;
  plan_->arena = AlignedBytes(placement.total + scratch_bytes_);
  auto* arena = plan_->arena.data();
  for (auto& slot : slots_) {
    if (slot.buffer) {
      slot.memory.set_data_handle(arena + placement.offsets[*slot.buffer]);
    }
  }
  for (auto& scratchpad : scratchpads_) {
    scratchpad.set_data_handle(arena + placement.total);
  }
  plan_->values.resize(model().values.size());
  for (const auto& [value, slot] : homes_) {
    plan_->values[value] = slots_[slot].memory;
  }
  return std::move(plan_);
}

}  // namespace athanor::runtime
