#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "athanor/runtime/engine.hpp"
#include "athanor/runtime/graph.hpp"
#include "athanor/runtime/session.hpp"

namespace athanor::runtime::testing {

/// Numbers of a normal distribution, the same for the same seed.
inline Tensor noise(const Shape& shape, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  Tensor tensor{shape, std::vector<float>(static_cast<std::size_t>(element_count(shape).value()))};
  for (auto& number : tensor.values) {
    number = normal(generator);
  }
  return tensor;
}

inline TensorView view_of(const Tensor& tensor) {
  return {tensor.values.data(), tensor.shape};
}

/// Models put together by hand.
class ModelMaker {
 public:
  ModelMaker() {
    model_.machine = this_machine();
    model_.max_batch = 8;
  }

  std::size_t input(const Shape& shape) {
    model_.inputs.push_back(value(shape));
    return model_.inputs.back();
  }

  std::size_t constant(const Tensor& tensor) {
    const auto index = value(tensor.shape);
    model_.values[index].constant =
        append_weights(model_,
                       {reinterpret_cast<const char*>(tensor.values.data()),
                        tensor.values.size() * sizeof(float)});
    return index;
  }

  std::size_t layer(Operation operation,
                    std::vector<std::size_t> inputs,
                    std::vector<Fused> fused = {}) {
    std::vector<Shape> shapes;
    for (const auto input : inputs) {
      shapes.push_back(model_.values[input].shape);
    }
    const auto output = value(output_shape(operation, shapes).value());
    model_.layers.push_back({"layer" + std::to_string(model_.layers.size()),
                             std::move(operation),
                             std::move(inputs),
                             output,
                             std::move(fused)});
    return output;
  }

  void output(std::size_t value) { model_.outputs.push_back(value); }

  [[nodiscard]] EngineModel& model() { return model_; }

  [[nodiscard]] Engine engine() const {
    const auto status = check_model(model_);
    EXPECT_TRUE(status) << status.error().message;
    return Engine(std::make_shared<const EngineModel>(model_));
  }

 private:
  std::size_t value(const Shape& shape) {
    model_.values.push_back({"tensor" + std::to_string(model_.values.size()), shape});
    return model_.values.size() - 1;
  }

  EngineModel model_;
};

/// The only output for these inputs.
inline Tensor run(Session& session, const std::vector<Tensor>& inputs) {
  std::vector<TensorView> views;
  for (const auto& input : inputs) {
    views.push_back(view_of(input));
  }
  auto outputs = session.run(views);
  EXPECT_TRUE(outputs) << outputs.error().message;
  return outputs ? outputs->front() : Tensor{};
}

inline void expect_close(const Tensor& expected, const Tensor& actual, float tolerance = 1e-4F) {
  ASSERT_EQ(to_text(expected.shape), to_text(actual.shape));
  ASSERT_EQ(expected.values.size(), actual.values.size());
  float largest = 1;
  for (const auto number : expected.values) {
    largest = std::max(largest, std::abs(number));
  }
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    ASSERT_NEAR(expected.values[i], actual.values[i], tolerance * largest) << "element " << i;
  }
}

}  // namespace athanor::runtime::testing
