#include "athanor/runtime/weight_store.hpp"

#include <algorithm>
#include <utility>

namespace athanor::runtime {

WeightStore::WeightStore(std::shared_ptr<const EngineModel> model, dnnl::engine engine)
    : model_(std::move(model)), engine_(std::move(engine)) {}

dnnl::memory WeightStore::keep(std::size_t value,
                               const dnnl::memory::desc& desc,
                               AlignedBytes bytes) {
  // oneDNN reads constants only, but its handles are for both.
  void* data =
      bytes.data() != nullptr
          ? static_cast<void*>(bytes.data())
          : const_cast<char*>(model_->weights.data() + model_->values[value].constant->offset);
  const dnnl::memory memory(desc, engine_, data);
  bytes_ += desc.get_size();
  packed_.emplace(value, Packed{desc, std::move(bytes), memory});
  return memory;
}

dnnl::memory WeightStore::packed(std::size_t value,
                                 const dnnl::memory::desc& plain,
                                 const dnnl::memory::desc& wanted) {
  const auto [begin, end] = packed_.equal_range(value);
  const auto found =
      std::find_if(begin, end, [&](const auto& item) { return item.second.desc == wanted; });
  if (found != end) {
    return found->second.memory;
  }
  if (plain == wanted) {
    return keep(value, wanted, {});
  }
  auto* source = const_cast<char*>(model_->weights.data() + model_->values[value].constant->offset);
  AlignedBytes bytes(wanted.get_size());
  dnnl::memory from(plain, engine_, source);
  dnnl::memory to(wanted, engine_, bytes.data());
  dnnl::stream stream(engine_);
  dnnl::reorder(from, to).execute(stream, from, to);
  stream.wait();
  // Not before: where oneDNN throws, a later plan must not find what was never filled.
  return keep(value, wanted, std::move(bytes));
}

dnnl::memory WeightStore::scaled_bias(const Layer& layer) {
  if (const auto found = biases_.find(layer.output); found != biases_.end()) {
    return found->second.memory;
  }
  const auto& quantisation = *layer.quantisation;
  const auto numbers = numbers_of(*model_, model_->values[layer.inputs[2]]);
  AlignedBytes bytes(numbers.size() * sizeof(float));
  auto* scaled = reinterpret_cast<float*>(bytes.data());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    scaled[i] = numbers[i] / (quantisation.input_scale * quantisation.weight_scales[i]);
  }
  const auto desc = plain_desc({static_cast<std::int64_t>(numbers.size())}, ElementType::f32);
  const dnnl::memory memory(desc, engine_, scaled);
  bytes_ += desc.get_size();
  biases_.emplace(layer.output, Packed{desc, std::move(bytes), memory});
  return memory;
}

}  // namespace athanor::runtime
