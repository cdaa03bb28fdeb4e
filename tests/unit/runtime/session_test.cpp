#include "athanor/runtime/session.hpp"

#include <numeric>
#include <thread>

#include "unit/runtime/model_maker.hpp"
#include "unit/runtime/twins.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::runtime {

namespace {

using testing::at;
using testing::expect_close;
using testing::for_each_index;
using ::testing::HasSubstr;
using testing::ModelMaker;
using testing::noise;
using testing::run;
using testing::view_of;

constexpr std::int64_t batches[] = {1, 3, 8};

/// What a single layer computes of noise, for every batch and number of threads, against `twin`.
template <class Twin>
void expect_twin(const Operation& operation,
                 const std::vector<Shape>& inputs,
                 const std::vector<Tensor>& constants,
                 const Twin& twin) {
  ModelMaker maker;
  std::vector<std::size_t> values;
  for (const auto& shape : inputs) {
    values.push_back(maker.input(shape));
  }
  for (const auto& tensor : constants) {
    values.push_back(maker.constant(tensor));
  }
  maker.output(maker.layer(operation, values));
  const auto engine = maker.engine();
  for (const int threads : {1, 2}) {
    Session session(engine, {.threads = threads});
    for (const auto batch : batches) {
      SCOPED_TRACE(std::string(name_of(operation)) + ", batch " + std::to_string(batch));
      std::vector<Tensor> tensors;
      for (const auto& shape : inputs) {
        tensors.push_back(noise(with_batch(shape, batch), 7 + static_cast<unsigned>(batch)));
      }
      expect_close(twin(tensors), run(session, tensors));
    }
  }
}

TEST(Session, ConvolvesAsTheDefinitionSays) {
  const std::vector<std::pair<Convolution, Shape>> cases{
      {{}, {8, 6, 1, 1}},
      {{.pad_begin = {1, 1}, .pad_end = {1, 1}}, {16, 6, 3, 3}},
      {{.strides = {2, 1}, .pad_begin = {2, 0}, .pad_end = {1, 3}}, {5, 6, 3, 5}},
      {{.dilations = {2, 3}}, {7, 6, 3, 2}},
      {{.groups = 2}, {8, 3, 3, 3}},
      {{.strides = {2, 2}, .pad_begin = {1, 1}, .pad_end = {1, 1}, .groups = 6}, {6, 1, 3, 3}},
      {{.groups = 6}, {12, 1, 3, 3}},
  };
  for (const auto& [rule, shape] : cases) {
    const auto weights = noise(shape, 1);
    const auto bias = noise({shape[0]}, 2);
    expect_twin(rule, {{open_batch, 6, 11, 10}}, {weights, bias}, [&](const auto& inputs) {
      return testing::convolved(inputs[0], weights, bias.values, rule);
    });
    expect_twin(rule, {{open_batch, 6, 11, 10}}, {weights}, [&](const auto& inputs) {
      return testing::convolved(inputs[0], weights, {}, rule);
    });
  }
}

TEST(Session, PoolsAsTheDefinitionSays) {
  for (const auto kind : {PoolKind::max, PoolKind::average, PoolKind::average_with_padding}) {
    for (const bool ceil_mode : {false, true}) {
      if (ceil_mode && kind == PoolKind::average_with_padding) {
        continue;  // No engine has that; ONNX leaves open what padding there is.
      }
      const Pool rule{kind, {3, 2}, {2, 2}, {1, 1}, {1, 0}, {1, 1}, ceil_mode};
      expect_twin(rule, {{open_batch, 5, 9, 12}}, {}, [&](const auto& inputs) {
        return testing::pooled(inputs[0], rule);
      });
    }
  }
  const Pool dilated{PoolKind::max, {2, 2}, {1, 1}, {2, 3}, {0, 0}, {0, 0}};
  expect_twin(dilated, {{open_batch, 5, 9, 12}}, {}, [&](const auto& inputs) {
    return testing::pooled(inputs[0], dilated);
  });
}

TEST(Session, MultipliesMatricesAsTheDefinitionSays) {
  const auto matrix = noise({7, 5}, 1);
  const auto bias = noise({7}, 2);
  expect_twin(Linear{}, {{open_batch, 5}}, {matrix, bias}, [&](const auto& inputs) {
    return testing::linear(inputs[0], matrix, bias.values);
  });
  const auto factor = noise({6, 4}, 3);
  expect_twin(MatMul{}, {{open_batch, 2, 5, 6}}, {factor}, [&](const auto& inputs) {
    auto result = testing::zeros({inputs[0].shape[0], 2, 5, 4});
    for_each_index(result.shape, [&](const auto& o) {
      for (std::int64_t k = 0; k < 6; ++k) {
        at(result, o) += at(inputs[0], {o[0], o[1], o[2], k}) * at(factor, {k, o[3]});
      }
    });
    return result;
  });
}

TEST(Session, AppliesEveryFunction) {
  const std::vector<Elementwise> steps{{Function::relu, 0, 0},
                                       {Function::relu, 0.1F, 0},
                                       {Function::clip, -0.5F, 1.5F},
                                       {Function::linear, 2, -1},
                                       {Function::power, 0.5F, 2},
                                       {Function::sigmoid, 0, 0},
                                       {Function::swish, 1, 0},
                                       {Function::hardswish, 0, 0},
                                       {Function::mish, 0, 0},
                                       {Function::elu, 0.7F, 0},
                                       {Function::tanh, 0, 0},
                                       {Function::softplus, 1, 0},
                                       {Function::exp, 0, 0},
                                       {Function::abs, 0, 0}};
  for (const auto& step : steps) {
    SCOPED_TRACE(name_of(step.function));
    expect_twin(step, {{open_batch, 5, 3, 4}}, {}, [&](const auto& inputs) {
      return testing::mapped(inputs[0], step);
    });
  }
}

TEST(Session, TakesRootsAndLogarithmsOfWhatIsPositive) {
  for (const auto function : {Function::sqrt, Function::log}) {
    ModelMaker maker;
    const auto x = maker.input({open_batch, 40});
    const auto positive = maker.layer(Elementwise{Function::exp}, {x});
    maker.output(maker.layer(Elementwise{function}, {positive}));
    Session session(maker.engine());
    const auto input = noise({2, 40}, 3);

    expect_close(testing::mapped(testing::mapped(input, {Function::exp}), {function}),
                 run(session, {input}));
  }
}

TEST(Session, CombinesTensorsThatSpreadOverOthers) {
  for (const auto operation : {Arithmetic::add, Arithmetic::subtract, Arithmetic::multiply}) {
    for (const Shape& shape : {Shape{open_batch, 5, 3, 4}, Shape{open_batch, 5, 1, 1}}) {
      expect_twin(Binary{operation}, {{open_batch, 5, 3, 4}, shape}, {}, [&](const auto& inputs) {
        return testing::combined(inputs[0], inputs[1], operation);
      });
    }
    const auto channels = noise({5, 1, 1}, 1);
    expect_twin(Binary{operation}, {{open_batch, 5, 3, 4}}, {channels}, [&](const auto& inputs) {
      return testing::combined(inputs[0], channels, operation);
    });
  }
}

TEST(Session, NormalisesBySoftmaxAlongAnAxis) {
  for (const bool logarithm : {false, true}) {
    expect_twin(Softmax{1, logarithm}, {{open_batch, 6, 2}}, {}, [&](const auto& inputs) {
      auto result = inputs[0];
      for_each_index(result.shape, [&](const auto& o) {
        double sum = 0;
        for (std::int64_t k = 0; k < 6; ++k) {
          sum += std::exp(static_cast<double>(at(inputs[0], {o[0], k, o[2]})));
        }
        const auto log = static_cast<double>(at(inputs[0], o)) - std::log(sum);
        at(result, o) = static_cast<float>(logarithm ? log : std::exp(log));
      });
      return result;
    });
  }
}

TEST(Session, MovesNumbersAsTheDefinitionsSay) {
  expect_twin(Concat{1}, {{open_batch, 3, 4}, {open_batch, 2, 4}}, {}, [](const auto& inputs) {
    auto result = testing::zeros({inputs[0].shape[0], 5, 4});
    for_each_index(result.shape, [&](const auto& o) {
      at(result, o) = o[1] < 3 ? at(inputs[0], o) : at(inputs[1], {o[0], o[1] - 3, o[2]});
    });
    return result;
  });
  expect_twin(Transpose{{0, 2, 3, 1}}, {{open_batch, 3, 4, 5}}, {}, [](const auto& inputs) {
    auto result = testing::zeros({inputs[0].shape[0], 4, 5, 3});
    for_each_index(result.shape, [&](const auto& o) {
      at(result, o) = at(inputs[0], {o[0], o[3], o[1], o[2]});
    });
    return result;
  });
  expect_twin(Slice{2, 1, 3}, {{open_batch, 3, 4, 5}}, {}, [](const auto& inputs) {
    auto result = testing::zeros({inputs[0].shape[0], 3, 2, 5});
    for_each_index(result.shape, [&](const auto& o) {
      at(result, o) = at(inputs[0], {o[0], o[1], o[2] + 1, o[3]});
    });
    return result;
  });
  expect_twin(Reshape{{open_batch, 60}}, {{open_batch, 3, 4, 5}}, {}, [](const auto& inputs) {
    return Tensor{{inputs[0].shape[0], 60}, inputs[0].values};
  });
  expect_twin(Mean{{2, 3}}, {{open_batch, 3, 4, 5}}, {}, [](const auto& inputs) {
    auto result = testing::zeros({inputs[0].shape[0], 3, 1, 1});
    for_each_index(inputs[0].shape, [&](const auto& i) {
      at(result, {i[0], i[1], 0, 0}) += at(inputs[0], i) / 20;
    });
    return result;
  });
  const auto same = [](const auto& inputs) { return inputs[0]; };
  expect_twin(Mean{{2, 3}}, {{open_batch, 3, 1, 1}}, {}, same);
}

/// Branches that meet again, sums in place and a tensor that is needed late.
class Braid {
 public:
  explicit Braid(std::int64_t channels = 16)
      : weights_(noise({channels, channels, 3, 3}, 1)), bias_(noise({channels}, 2)) {
    for (auto& number : weights_.values) {
      number /= 10;
    }
    ModelMaker maker;
    const auto x = maker.input({open_batch, channels, 8, 8});
    const auto weights = maker.constant(weights_);
    const auto bias = maker.constant(bias_);
    const auto a = maker.layer(same_, {x, weights, bias}, {relu_});
    const auto b = maker.layer(same_, {a, weights, bias}, {AddValue{a}, relu_});
    const auto c = maker.layer(same_, {b, weights}, {relu_, AddValue{x}});
    const auto d = maker.layer(same_, {c, weights}, {AddValue{c}});
    maker.output(maker.layer(Binary{Arithmetic::add}, {d, a}));
    maker.output(c);
    engine_ = maker.engine();
  }

  [[nodiscard]] const Engine& engine() const { return *engine_; }

  [[nodiscard]] std::vector<Tensor> expected(const Tensor& x) const {
    const auto conv = [&](const Tensor& t, const std::vector<float>& bias) {
      return testing::convolved(t, weights_, bias, same_);
    };
    const auto sum = [](const Tensor& s, const Tensor& t) {
      return testing::combined(s, t, Arithmetic::add);
    };
    const auto a = testing::mapped(conv(x, bias_.values), relu_);
    const auto b = testing::mapped(sum(conv(a, bias_.values), a), relu_);
    const auto c = sum(testing::mapped(conv(b, {}), relu_), x);
    const auto d = sum(conv(c, {}), c);
    return {sum(d, a), c};
  }

 private:
  Convolution same_{.pad_begin = {1, 1}, .pad_end = {1, 1}};
  Elementwise relu_{Function::relu, 0, 0};
  Tensor weights_;
  Tensor bias_;
  std::optional<Engine> engine_;
};

TEST(Session, KeepsWhatIsStillNeededWhenSumsAreFused) {
  for (const std::int64_t channels : {16, 5}) {
    const Braid braid(channels);
    Session session(braid.engine());
    for (const auto batch : batches) {
      const auto x = noise({batch, channels, 8, 8}, 5);

      const auto outputs = session.run(view_of(x));

      ASSERT_TRUE(outputs) << outputs.error().message;
      const auto expected = braid.expected(x);
      expect_close(expected[0], (*outputs)[0]);
      expect_close(expected[1], (*outputs)[1]);
    }
  }
}

TEST(Session, ComputesTheSameBitsWhetherMemoryIsReusedOrNot) {
  const Braid braid;
  Session sharing(braid.engine());
  Session wasting(braid.engine(), {.reuse_memory = false});
  for (const auto batch : batches) {
    const auto x = noise({batch, 16, 8, 8}, 6);

    const auto shared = sharing.run(view_of(x));
    const auto wasted = wasting.run(view_of(x));

    EXPECT_EQ((*shared)[0].values, (*wasted)[0].values);
    EXPECT_EQ((*shared)[1].values, (*wasted)[1].values);
    const auto plan = sharing.memory_plan(batch).value();
    EXPECT_LT(plan.activations, plan.activations_without_reuse);
    EXPECT_EQ(wasting.memory_plan(batch).value().activations, plan.activations_without_reuse);
    EXPECT_GT(plan.weights, 0U);
  }
}

TEST(Session, TakesPicturesWithTheirChannelsLast) {
  const Braid braid;
  Session session(braid.engine());
  const auto x = noise({3, 16, 8, 8}, 7);
  Tensor turned{x.shape, std::vector<float>(x.values.size())};
  for_each_index(x.shape, [&](const auto& i) {
    turned.values[testing::offset_of({3, 8, 8, 16}, {i[0], i[2], i[3], i[1]})] = at(x, i);
  });

  const auto outputs =
      session.run(TensorView{turned.values.data(), turned.shape, Layout::channels_last});

  EXPECT_EQ(outputs->front().values, session.run(view_of(x))->front().values);
}

TEST(Session, ShowsEveryTensorToAnObserver) {
  const Braid braid;
  Session session(braid.engine());
  const auto x = noise({2, 16, 8, 8}, 8);
  const auto input = view_of(x);
  std::vector<std::string> names;
  Tensor last;

  const auto outputs =
      session.observe(std::span(&input, 1), [&](std::string_view name, const Tensor& value) {
        names.emplace_back(name);
        last = value;
      });

  ASSERT_TRUE(outputs);
  EXPECT_THAT(
      names,
      ::testing::ElementsAre("tensor0", "tensor3", "tensor4", "tensor5", "tensor6", "tensor7"));
  EXPECT_EQ(last.values, outputs->front().values);
}

TEST(Session, RefusesInputsThatDoNotFit) {
  const Braid braid;
  Session session(braid.engine());
  const auto wrong = noise({1, 16, 8, 9}, 1);
  const auto large = noise({9, 16, 8, 8}, 1);

  EXPECT_THAT(session.run(view_of(wrong)).error().message,
              HasSubstr("tensor0 of the engine is [N, 16, 8, 8], not [1, 16, 8, 9]"));
  EXPECT_THAT(session.run(view_of(large)).error().message, HasSubstr("between 1 and 8"));
  EXPECT_THAT(session.run(std::span<const TensorView>()).error().message, HasSubstr("1 inputs"));
  EXPECT_FALSE(session.run(TensorView{nullptr, {1, 16, 8, 8}}));
  EXPECT_FALSE(session.memory_plan(0));
}

TEST(Session, MayBeCalledFromSeveralThreads) {
  const Braid braid;
  Session session(braid.engine());
  const auto x = noise({2, 16, 8, 8}, 9);
  const auto expected = session.run(view_of(x))->front().values;
  std::vector<int> same(4, 0);
  {
    std::vector<std::jthread> callers;
    for (auto& result : same) {
      callers.emplace_back([&] {
        for (int i = 0; i < 5; ++i) {
          result += session.run(view_of(x))->front().values == expected ? 1 : 0;
        }
      });
    }
  }
  EXPECT_THAT(same, ::testing::Each(5));
}

// Integers: a convolution whose numbers are exact in 8 bits has to be exact.

TEST(Session, ComputesExactlyInIntegersWhatTheyCanExpress) {
  ModelMaker maker;
  const auto x = maker.input({open_batch, 16, 6, 6});
  Tensor weights = testing::zeros({16, 16, 3, 3});
  std::string integers;
  for (std::size_t i = 0; i < weights.values.size(); ++i) {
    const auto integer = static_cast<int>(i * 7 % 5) - 2;
    integers.push_back(static_cast<char>(integer));
    weights.values[i] = 0.5F * static_cast<float>(integer);
  }
  const auto constant = maker.constant(weights);
  const auto bias = noise({16}, 3);
  const auto first =
      maker.layer(Convolution{}, {x, constant, maker.constant(bias)}, {Elementwise{}});
  maker.output(first);
  auto& model = maker.model();
  model.values[constant].type = ElementType::s8;
  model.values[constant].constant = append_weights(model, integers);
  for (const auto type : {ElementType::s8, ElementType::u8}) {
    model.layers[0].quantisation = Quantisation{type, 0.25F, std::vector<float>(16, 0.5F)};
    auto input = testing::zeros({3, 16, 6, 6});
    for (std::size_t i = 0; i < input.values.size(); ++i) {
      const auto integer = static_cast<int>(i * 13 % 21) - (type == ElementType::s8 ? 10 : 0);
      input.values[i] = 0.25F * static_cast<float>(integer);
    }
    Session session(maker.engine());

    expect_close(
        testing::mapped(testing::convolved(input, weights, bias.values, {}), {Function::relu}),
        run(session, {input}),
        1e-5F);
  }
}

}  // namespace

}  // namespace athanor::runtime
