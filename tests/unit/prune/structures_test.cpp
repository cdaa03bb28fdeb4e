// One structure of networks at a time. Each tiny network says by hand, in its forward, where layers
// read which channels: masked there by a plan, it has to compute what the pruned one does.
#include <optional>

#include "subject.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::prune {

namespace {

namespace nn = torch::nn;

using ::testing::Contains;
using testing::half;
using ::testing::HasSubstr;
using testing::outcome_of;
using torch::Tensor;

/// The filters of each layer that a plan takes away.
class Masks {
 public:
  Masks() = default;

  explicit Masks(const Plan& plan) {
    for (const auto& cut : plan.cuts) {
      if (cut.dimension == 0 && cut.tensor.ends_with(".weight")) {
        removed_[layer_of(cut.tensor)] = cut.removed;
      }
    }
  }

  /// The map without what `layer` does not make any more, beginning at channel `first`; each filter
  /// stands for `repeat` channels.
  [[nodiscard]] Tensor of(const std::string& layer,
                          const Tensor& map,
                          std::int64_t first = 0,
                          std::int64_t repeat = 1) const {
    const auto found = removed_.find(layer);
    if (found == removed_.end()) {
      return map;
    }
    auto masked = map.clone();
    for (const auto filter : found->second) {
      masked.narrow(1, first + filter * repeat, repeat).zero_();
    }
    return masked;
  }

 private:
  std::map<std::string, std::vector<std::int64_t>> removed_;
};

class TinyNet : public nn::Module {
 public:
  virtual Tensor run(Tensor x, const Masks& masks) = 0;

 protected:
  nn::Conv2d conv(const std::string& name,
                  std::int64_t in,
                  std::int64_t out,
                  std::int64_t groups = 1,
                  std::int64_t kernel = 3) {
    return register_module(
        name,
        nn::Conv2d(
            nn::Conv2dOptions(in, out, kernel).padding(kernel / 2).groups(groups).bias(true)));
  }

  nn::BatchNorm2d norm(const std::string& name, std::int64_t channels) {
    return register_module(name, nn::BatchNorm2d(channels));
  }
};

/// Two of the same, one of them pruned.
template <class Net>
class Pair {
 public:
  explicit Pair(const Options& options = half()) {
    torch::manual_seed(7);
    for (auto* net : {&whole_, &pruned_}) {
      *net = std::make_shared<Net>();
    }
    testing::scatter_norms(*whole_);
    whole_->to(torch::kDouble);
    whole_->eval();
    pruned_->to(torch::kDouble);
    pruned_->eval();
    EXPECT_TRUE(tensor::load_state_dict(*pruned_, tensor::state_dict(*whole_)).complete());
    auto plan = plan_pruning(traced(), *whole_, options);
    if (!plan) {
      ADD_FAILURE() << plan.error().message;
      return;
    }
    plan_ = *plan;
    topology_ = prune(*pruned_, plan_);
  }

  [[nodiscard]] const Plan& plan() const { return plan_; }

  [[nodiscard]] const Topology& topology() const { return topology_; }

  [[nodiscard]] std::int64_t kept(const std::string& layer) const {
    return outcome_of(plan_, layer).kept;
  }

  void expect_equal() {
    const torch::NoGradGuard no_grad;
    const auto expected = whole_->run(input_, Masks(plan_));
    const auto actual = pruned_->run(input_, Masks());
    ASSERT_EQ(expected.sizes(), actual.sizes());
    EXPECT_LT(testing::relative_difference(expected, actual), 1e-10);
  }

  /// The same, where something was pruned of each of these layers, but not all.
  void expect_equal_without_parts_of(std::initializer_list<const char*> layers) {
    for (const auto* layer : layers) {
      EXPECT_LT(kept(layer), outcome_of(plan_, layer).filters) << layer;
      EXPECT_GT(kept(layer), 0) << layer;
    }
    expect_equal();
  }

 private:
  exporter::TracedGraph traced() {
    return testing::trace(
        [this](const std::vector<Tensor>& inputs) -> std::vector<Tensor> {
          return {whole_->run(inputs.front(), Masks())};
        },
        input_,
        *whole_);
  }

  Tensor input_ = torch::randn({2, 3, 8, 8}, torch::kDouble);
  std::shared_ptr<Net> whole_;
  std::shared_ptr<Net> pruned_;
  Plan plan_;
  Topology topology_;
};

class Residual : public TinyNet {
 public:
  Tensor run(Tensor x, const Masks& masks) override {
    const auto shortcut = torch::relu(bn1(conv1(x)));
    const auto inner = torch::silu(conv2(masks.of("conv1", shortcut)));
    const auto sum = torch::relu(bn3(conv3(masks.of("conv2", inner))) + shortcut);
    return conv4(masks.of("conv1", sum));
  }

  nn::Conv2d conv1 = conv("conv1", 3, 16);
  nn::BatchNorm2d bn1 = norm("bn1", 16);
  nn::Conv2d conv2 = conv("conv2", 16, 12);
  nn::Conv2d conv3 = conv("conv3", 12, 16);
  nn::BatchNorm2d bn3 = norm("bn3", 16);
  nn::Conv2d conv4 = conv("conv4", 16, 4);
};

class Concatenation : public TinyNet {
 public:
  Tensor run(Tensor x, const Masks& masks) override {
    const auto first = torch::relu(conv1(x));
    const auto second = torch::sigmoid(conv2(x));
    const auto both = bn(torch::cat({first, x, second}, 1));
    return conv3(masks.of("conv2", masks.of("conv1", both), 8 + 3));
  }

  nn::Conv2d conv1 = conv("conv1", 3, 8);
  nn::Conv2d conv2 = conv("conv2", 3, 12);
  nn::BatchNorm2d bn = norm("bn", 23);
  nn::Conv2d conv3 = conv("conv3", 23, 4);
};

/// Both halves go on together and apart.
class Halves : public TinyNet {
 public:
  Tensor run(Tensor x, const Masks& masks) override {
    const auto map = torch::relu(conv1(x));
    const auto masked = masks.of("conv1", map);
    const auto parts = masked.chunk(2, 1);
    const auto second = masked.slice(1, masked.size(1) / 2);
    const auto through = conv2(second) + conv3(parts[0]);
    return conv4(masks.of("conv2", torch::cat({masked, through}, 1), 16));
  }

  nn::Conv2d conv1 = conv("conv1", 3, 16);
  nn::Conv2d conv2 = conv("conv2", 8, 8);
  nn::Conv2d conv3 = conv("conv3", 8, 8);
  nn::Conv2d conv4 = conv("conv4", 24, 4);
};

/// Each channel has one filter of its own, then two.
class Depthwise : public TinyNet {
 public:
  Tensor run(Tensor x, const Masks& masks) override {
    const auto map = conv1(x);
    const auto once = torch::relu(bn(each(map)));
    const auto twice = torch::sigmoid(pairs(once));
    return conv2(masks.of("conv1", twice, 0, 2));
  }

  nn::Conv2d conv1 = conv("conv1", 3, 12);
  nn::Conv2d each = conv("each", 12, 12, 12);
  nn::BatchNorm2d bn = norm("bn", 12);
  nn::Conv2d pairs = conv("pairs", 12, 24, 12);
  nn::Conv2d conv2 = conv("conv2", 24, 4);
};

class Grouped : public TinyNet {
 public:
  Tensor run(Tensor x, const Masks& masks) override {
    const auto map = torch::relu(conv1(x));
    const auto grouped = torch::relu(conv2(masks.of("conv1", map)));
    return conv3(masks.of("conv2", grouped));
  }

  nn::Conv2d conv1 = conv("conv1", 3, 16);
  nn::Conv2d conv2 = conv("conv2", 16, 24, 4);
  nn::Conv2d conv3 = conv("conv3", 24, 4);
};

class Flattened : public TinyNet {
 public:
  Tensor run(Tensor x, const Masks& masks) override {
    const auto map = torch::max_pool2d(torch::relu(conv1(x)), 2);
    const auto pixels = masks.of("conv1", map).flatten(1);
    const auto hidden = torch::dropout(torch::relu(fc1(pixels)), 0.5, is_training());
    return fc3(masks.of("fc2", torch::relu(fc2(masks.of("fc1", hidden)))));
  }

  nn::Conv2d conv1 = conv("conv1", 3, 8);
  nn::Linear fc1 = register_module("fc1", nn::Linear(8 * 16, 10));
  nn::Linear fc2 = register_module("fc2", nn::Linear(nn::LinearOptions(10, 10).bias(false)));
  nn::Linear fc3 = register_module("fc3", nn::Linear(10, 4));
};

class SqueezeExcitation : public TinyNet {
 public:
  Tensor run(Tensor x, const Masks& masks) override {
    const auto map = torch::silu(conv1(x));
    const auto squeezed = masks.of("conv1", map).mean({2, 3}, /*keepdim=*/true);
    const auto inner = torch::silu(fc1(squeezed));
    const auto excited = map * torch::sigmoid(fc2(masks.of("fc1", inner)));
    return conv2(masks.of("conv1", excited));
  }

  nn::Conv2d conv1 = conv("conv1", 3, 16);
  nn::Conv2d fc1 = conv("fc1", 16, 6, 1, 1);
  nn::Conv2d fc2 = conv("fc2", 6, 16, 1, 1);
  nn::Conv2d conv2 = conv("conv2", 16, 4);
};

/// One layer is used twice, on maps of other layers.
class Shared : public TinyNet {
 public:
  Tensor run(Tensor x, const Masks& masks) override {
    const auto fine = torch::relu(conv1(x));
    const auto coarse = torch::avg_pool2d(torch::relu(conv2(x)), 2);
    Tensor sum;
    for (const auto& map : {masks.of("conv1", fine), masks.of("conv2", coarse)}) {
      const auto part = torch::adaptive_avg_pool2d(torch::relu(head(map)), {1, 1});
      sum = sum.defined() ? sum + part : part;
    }
    return fc(masks.of("head", sum).flatten(1));
  }

  nn::Conv2d conv1 = conv("conv1", 3, 12);
  nn::Conv2d conv2 = conv("conv2", 3, 12);
  nn::Conv2d head = conv("head", 12, 10);
  nn::Linear fc = register_module("fc", nn::Linear(10, 4));
};

class Transposed : public TinyNet {
 public:
  Tensor run(Tensor x, const Masks& masks) override {
    const auto map = torch::relu(conv1(x));
    const auto larger = torch::relu(up(masks.of("conv1", map)));
    return conv2(larger);
  }

  nn::Conv2d conv1 = conv("conv1", 3, 12);
  nn::ConvTranspose2d up =
      register_module("up", nn::ConvTranspose2d(nn::ConvTranspose2dOptions(12, 8, 2).stride(2)));
  nn::Conv2d conv2 = conv("conv2", 8, 4);
};

/// A softmax over channels depends on each of them.
class UnknownOperator : public TinyNet {
 public:
  Tensor run(Tensor x, const Masks& masks) override {
    const auto map = torch::softmax(torch::relu(conv1(x)), 1);
    const auto inner = torch::relu(conv2(map));
    return conv3(masks.of("conv2", inner));
  }

  nn::Conv2d conv1 = conv("conv1", 3, 12);
  nn::Conv2d conv2 = conv("conv2", 12, 12);
  nn::Conv2d conv3 = conv("conv3", 12, 4);
};

/// A factor for each channel that no layer owns, and a cut that is no half.
class FixedWidths : public TinyNet {
 public:
  FixedWidths() { scale = register_parameter("scale", torch::rand({1, 12, 1, 1})); }

  Tensor run(Tensor x, const Masks& /*masks*/) override {
    const auto map = conv1(x) * scale;
    return conv3(torch::relu(conv2(map)).slice(1, 0, 5));
  }

  nn::Conv2d conv1 = conv("conv1", 3, 12);
  nn::Conv2d conv2 = conv("conv2", 12, 12);
  nn::Conv2d conv3 = conv("conv3", 5, 4);
  Tensor scale;
};

/// All channels of one map are combined with the one channel of another.
class Attention : public TinyNet {
 public:
  Tensor run(Tensor x, const Masks& masks) override {
    const auto map = torch::relu(conv1(x));
    const auto where = torch::sigmoid(gate(masks.of("conv1", map)));
    return conv2(masks.of("conv1", where * map));
  }

  nn::Conv2d conv1 = conv("conv1", 3, 12);
  nn::Conv2d gate = conv("gate", 12, 1);
  nn::Conv2d conv2 = conv("conv2", 12, 4);
};

template <class Net>
std::int64_t operations_of() {
  Net net;
  net.eval();
  const auto forward = [&net](const std::vector<Tensor>& inputs) -> std::vector<Tensor> {
    return {net.run(inputs.front(), Masks())};
  };
  return operation_count(testing::trace(forward, torch::zeros({2, 3, 8, 8}), net));
}

}  // namespace

TEST(PruningStructures, ResidualSums) {
  Pair<Residual> pair;

  pair.expect_equal_without_parts_of({"conv1", "conv2", "conv3"});
  EXPECT_EQ(pair.kept("conv1"), pair.kept("conv3"));
  EXPECT_EQ(pair.kept("conv4"), 4);
  EXPECT_EQ(outcome_of(pair.plan(), "conv4").protection, "is an output of the network");
}

TEST(PruningStructures, Concatenations) {
  Pair<Concatenation> pair;

  pair.expect_equal_without_parts_of({"conv1", "conv2"});
  const auto width = pair.kept("conv1") + 3 + pair.kept("conv2");
  EXPECT_EQ(pair.topology().at("bn"), (LayerWidths{width, width}));
  EXPECT_EQ(pair.topology().at("conv3"), (LayerWidths{width, 0}));
}

TEST(PruningStructures, HalvesByChunkAndBySlice) {
  Pair<Halves> pair;

  pair.expect_equal_without_parts_of({"conv1", "conv2"});
  EXPECT_EQ(pair.kept("conv1") % 2, 0);
}

TEST(PruningStructures, DepthwiseConvolutions) {
  Pair<Depthwise> pair;

  pair.expect_equal_without_parts_of({"conv1"});
  const auto kept = pair.kept("conv1");
  EXPECT_EQ(pair.topology().at("each"), (LayerWidths{kept, kept}));
  EXPECT_EQ(pair.topology().at("pairs"), (LayerWidths{kept, 2 * kept}));
}

TEST(PruningStructures, GroupedConvolutionsStayDivisible) {
  Pair<Grouped> pair;

  pair.expect_equal_without_parts_of({"conv1", "conv2"});
  EXPECT_EQ(pair.kept("conv1") % 4, 0);
  EXPECT_EQ(pair.kept("conv2") % 4, 0);
}

TEST(PruningStructures, FlatteningToLinearLayers) {
  Pair<Flattened> pair;

  pair.expect_equal_without_parts_of({"conv1", "fc1", "fc2"});
  EXPECT_EQ(pair.topology().at("fc1").in, 16 * pair.kept("conv1"));
}

TEST(PruningStructures, SqueezeAndExcitation) {
  Pair<SqueezeExcitation> pair;

  pair.expect_equal_without_parts_of({"conv1", "fc1", "fc2"});
}

TEST(PruningStructures, LayersThatAreUsedTwice) {
  Pair<Shared> pair;

  pair.expect_equal_without_parts_of({"conv1", "conv2", "head"});
  EXPECT_EQ(pair.kept("conv1"), pair.kept("conv2"));
}

TEST(PruningStructures, TransposedConvolutionsReadLess) {
  Pair<Transposed> pair;

  pair.expect_equal_without_parts_of({"conv1"});
  EXPECT_EQ(pair.topology().at("up"), (LayerWidths{pair.kept("conv1"), 0}));
}

TEST(PruningStructures, OperationsAreCountedInEveryKindOfLayer) {
  const auto linear = 128 * 10 + 10 * 10 + 10 * 4;
  EXPECT_EQ(operations_of<Flattened>(), 2 * (3 * 8 * 9 * 64 + linear));
  // A transposed convolution uses its weights for each pixel that it reads.
  EXPECT_EQ(operations_of<Transposed>(), 2 * (3 * 12 * 9 * 64 + 12 * 8 * 4 * 64 + 8 * 4 * 9 * 256));
}

TEST(PruningStructures, UnknownOperatorsKeepWhatTheyTouch) {
  Pair<UnknownOperator> pair;

  pair.expect_equal_without_parts_of({"conv2"});
  EXPECT_EQ(pair.kept("conv1"), 12);
  EXPECT_THAT(pair.plan().unknown_operators, Contains("aten::softmax after conv1"));
  EXPECT_THAT(outcome_of(pair.plan(), "conv1").protection, HasSubstr("aten::softmax"));
}

TEST(PruningStructures, WidthsThatAreWrittenDownStay) {
  Pair<FixedWidths> pair;

  pair.expect_equal();
  EXPECT_EQ(pair.kept("conv1"), 12);
  EXPECT_EQ(pair.kept("conv2"), 12);
}

TEST(PruningStructures, AMapForAllChannelsStays) {
  Pair<Attention> pair;

  pair.expect_equal_without_parts_of({"conv1"});
  EXPECT_EQ(pair.kept("gate"), 1);
}

TEST(PruningStructures, ExcludedLayersStayWithWhatBelongsToThem) {
  auto options = half();
  options.excluded_layers = {"conv3"};
  Pair<Residual> pair(options);

  pair.expect_equal_without_parts_of({"conv2"});
  EXPECT_EQ(pair.kept("conv1"), 16);
  EXPECT_EQ(outcome_of(pair.plan(), "conv1").protection, "is excluded");
}

}  // namespace athanor::prune
