#include "athanor/runtime/session.hpp"

#include <map>
#include <mutex>
#include <omp.h>
#include <utility>

#include <fmt/format.h>

#include "athanor/runtime/graph.hpp"
#include "athanor/runtime/onednn.hpp"
#include "athanor/runtime/plan.hpp"
#include "athanor/runtime/weight_store.hpp"

namespace athanor::runtime {

namespace {

/// The number of OpenMP threads of the calling thread, as long as this lives.
class ThreadScope {
 public:
  explicit ThreadScope(int threads) : before_(omp_get_max_threads()) {
    omp_set_num_threads(threads);
  }

  ThreadScope(const ThreadScope&) = delete;
  ThreadScope& operator=(const ThreadScope&) = delete;

  ~ThreadScope() { omp_set_num_threads(before_); }

 private:
  int before_;
};

dnnl::memory::desc desc_of(const TensorView& view) {
  auto desc = plain_desc(view.shape, ElementType::f32);
  if (view.layout == Layout::channels_last) {
    desc = {view.shape, dnnl::memory::data_type::f32, dnnl::memory::format_tag::nhwc};
  }
  return desc;
}

/// A shape with another first size fits a port whose batch is open.
bool fits(const TensorView& view, const Port& port, std::int64_t batch) {
  const bool ordered = view.layout == Layout::channels_first || view.shape.size() == 4;
  return view.values != nullptr && ordered && view.shape == with_batch(port.shape, batch);
}

}  // namespace

struct Session::Impl {
  Impl(const Engine& its_engine, SessionOptions its_options)
      : subject(its_engine), model(its_engine.model()), options(its_options), weights(model, cpu) {
    if (options.threads < 1) {
      options.threads = subject.threads();
    }
  }

  /// The batch that all inputs have in common.
  [[nodiscard]] Result<std::int64_t> batch_of(std::span<const TensorView> inputs) const;
  [[nodiscard]] Status check_batch(std::int64_t batch) const;
  [[nodiscard]] const Plan& plan_for(std::int64_t batch);
  void copy(dnnl::memory from, dnnl::memory to, float factor);
  [[nodiscard]] Tensor read(const Plan& plan, std::size_t value, std::int64_t batch);
  [[nodiscard]] std::vector<Tensor> execute(std::span<const TensorView> inputs,
                                            std::int64_t batch,
                                            const Observer* observer);
  template <class Action>
  auto guarded(const Action& action) -> Result<decltype(action())>;

  Engine subject;
  std::shared_ptr<const EngineModel> model;
  SessionOptions options;
  std::mutex mutex;
  dnnl::engine cpu{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{cpu};
  WeightStore weights;
  std::map<std::int64_t, std::unique_ptr<Plan>> plans;
};

Result<std::int64_t> Session::Impl::batch_of(std::span<const TensorView> inputs) const {
  const auto& ports = subject.inputs();
  if (inputs.size() != ports.size()) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("the engine has {} inputs, not {}", ports.size(), inputs.size()));
  }
  const std::int64_t batch = inputs[0].shape.empty() ? 1 : inputs[0].shape[0];
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!fits(inputs[i], ports[i], batch)) {
      return fail(ErrorCode::invalid_argument,
                  fmt::format("the input {} of the engine is {}, not {}",
                              ports[i].name,
                              to_text(ports[i].shape),
                              to_text(inputs[i].shape)));
    }
  }
  ATHANOR_CHECK_OK(check_batch(batch));
  return batch;
}

Status Session::Impl::check_batch(std::int64_t batch) const {
  if (batch < 1 || batch > model->max_batch) {
    return fail(ErrorCode::invalid_argument,
                fmt::format("a batch of {} is not between 1 and {}, for which the engine was made",
                            batch,
                            model->max_batch));
  }
  return {};
}

const Plan& Session::Impl::plan_for(std::int64_t batch) {
  auto& plan = plans[batch];
  if (!plan) {
    plan = make_plan({model, batch, options.reuse_memory}, cpu, weights);
  }
  return *plan;
}

void Session::Impl::copy(dnnl::memory from, dnnl::memory to, float factor) {
  dnnl::primitive_attr attributes;
  if (factor != 1.0F) {
    attributes.set_output_scales(0, {factor});
  }
  dnnl::reorder(from, to, attributes).execute(stream, from, to);
}

Tensor Session::Impl::read(const Plan& plan, std::size_t value, std::int64_t batch) {
  Tensor tensor{with_batch(model->values[value].shape, batch), {}};
  const auto desc = plain_desc(tensor.shape, ElementType::f32);
  tensor.values.resize(desc.get_size() / sizeof(float));
  copy(plan.values[value],
       dnnl::memory(desc, cpu, tensor.values.data()),
       model->values[value].scale);
  stream.wait();
  return tensor;
}

std::vector<Tensor> Session::Impl::execute(std::span<const TensorView> inputs,
                                           std::int64_t batch,
                                           const Observer* observer) {
  const ThreadScope scope(options.threads);
  const auto& plan = plan_for(batch);
  const auto show = [&](std::size_t value) {
    if (observer != nullptr) {
      (*observer)(model->values[value].name, read(plan, value, batch));
    }
  };
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const dnnl::memory source(desc_of(inputs[i]), cpu, const_cast<float*>(inputs[i].values));
    copy(source, plan.values[model->inputs[i]], 1);
    show(model->inputs[i]);
  }
  for (const auto& step : plan.steps) {
    if (step.primitive) {
      step.primitive.execute(stream, step.arguments);
    }
    if (step.value) {
      show(*step.value);
    }
  }
  std::vector<Tensor> outputs;
  for (const auto output : model->outputs) {
    outputs.push_back(read(plan, output, batch));
  }
  return outputs;
}

template <class Action>
auto Session::Impl::guarded(const Action& action) -> Result<decltype(action())> {
  const std::scoped_lock lock(mutex);
  try {
    return action();
  } catch (const dnnl::error& error) {
    return fail(ErrorCode::unsupported, fmt::format("oneDNN: {}", error.what()));
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::unavailable, "the memory does not suffice for this batch");
  }
}

Session::Session(const Engine& engine, SessionOptions options)
    : impl_(std::make_unique<Impl>(engine, options)) {}

Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

Result<std::vector<Tensor>> Session::run(std::span<const TensorView> inputs) {
  ATHANOR_TRY(const auto batch, impl_->batch_of(inputs));
  return impl_->guarded([&] { return impl_->execute(inputs, batch, nullptr); });
}

Result<std::vector<Tensor>> Session::run(const TensorView& input) {
  return run(std::span(&input, 1));
}

Result<std::vector<Tensor>> Session::observe(std::span<const TensorView> inputs,
                                             const Observer& observer) {
  ATHANOR_TRY(const auto batch, impl_->batch_of(inputs));
  return impl_->guarded([&] { return impl_->execute(inputs, batch, &observer); });
}

Result<MemoryPlan> Session::memory_plan(std::int64_t batch) {
  ATHANOR_CHECK_OK(impl_->check_batch(batch));
  return impl_->guarded([&] {
    const ThreadScope scope(impl_->options.threads);
    auto memory = impl_->plan_for(batch).memory;
    memory.weights = impl_->weights.bytes();
    return memory;
  });
}

Result<std::vector<std::string>> Session::describe(std::int64_t batch) {
  ATHANOR_CHECK_OK(impl_->check_batch(batch));
  return impl_->guarded([&] {
    const ThreadScope scope(impl_->options.threads);
    std::vector<std::string> lines;
    for (const auto& step : impl_->plan_for(batch).steps) {
      lines.push_back(step.description);
    }
    return lines;
  });
}

const Engine& Session::engine() const {
  return impl_->subject;
}

}  // namespace athanor::runtime
