#include "athanor/engine/precision_search.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace athanor::engine {

using Layers = MixedPrecisionModel::Layers;

namespace {

/// Every layer in int8 costs so many points of 90.
class TableModel : public MixedPrecisionModel {
 public:
  explicit TableModel(std::map<std::string, double> costs) : costs_(std::move(costs)) {}

  [[nodiscard]] std::vector<std::string> layers() const override {
    std::vector<std::string> names;
    for (const auto& [name, cost] : costs_) {
      names.push_back(name);
    }
    return names;
  }

  [[nodiscard]] double metric(const Layers& in_float) override {
    ++metrics;
    double points = 90;
    for (const auto& [name, cost] : costs_) {
      points -= in_float.contains(name) ? 0 : cost;
    }
    return points;
  }

  [[nodiscard]] double output_error(const std::string& layer) override {
    ++errors;
    return costs_.at(layer) / 100;
  }

  int metrics = 0;
  int errors = 0;

 private:
  std::map<std::string, double> costs_;
};

/// Layers a000, a001 and so on, of which the last `bad` cost 4 points each and the others none.
TableModel model_of(int count, int bad) {
  std::map<std::string, double> costs;
  for (int i = 0; i < count; ++i) {
    auto name = std::to_string(1000 + i);
    name.front() = 'a';
    costs[name] = i < count - bad ? 0 : 4 + 0.001 * i;
  }
  return TableModel(costs);
}

constexpr PrecisionBudget one_point{.float_metric = 90, .points = 1};

std::string refusal_by_search(TableModel& model, const PrecisionBudget& budget) {
  try {
    (void)find_precision(model, budget);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST(PrecisionSearch, LeavesNoLayerInFloatWhereInt8IsGoodEnough) {
  TableModel model({{"a", 0.4}, {"b", 0.5}});

  const auto plan = find_precision(model, one_point);

  EXPECT_TRUE(plan.in_float.empty());
  EXPECT_DOUBLE_EQ(plan.metric, 89.1);
  EXPECT_EQ(model.errors, 0) << "nothing was to be ranked";
}

TEST(PrecisionSearch, AFallByExactlyTheBudgetIsAllowed) {
  TableModel model({{"a", 0.3}, {"b", 0.7}});

  EXPECT_TRUE(find_precision(model, one_point).in_float.empty());
}

TEST(PrecisionSearch, KeepsTheWorstLayersInFloat) {
  TableModel model({{"a", 0.1}, {"b", 5}, {"c", 0.2}, {"d", 0}});

  const auto plan = find_precision(model, one_point);

  EXPECT_EQ(plan.in_float, Layers{"b"});
  EXPECT_NEAR(plan.metric, 89.7, 1e-9);
  EXPECT_EQ(plan.errors.front().layer, "b");
}

TEST(PrecisionSearch, FindsTheFewestLayersForEveryNumberThatIsNeeded) {
  for (int bad = 0; bad <= 50; ++bad) {
    auto model = model_of(100, bad);

    const auto plan = find_precision(model, one_point);

    EXPECT_EQ(plan.in_float.size(), static_cast<std::size_t>(bad));
    EXPECT_DOUBLE_EQ(plan.metric, 90);
  }
}

TEST(PrecisionSearch, MeasuresLittle) {
  for (int bad = 0; bad <= 128; ++bad) {
    auto model = model_of(256, bad);

    (void)find_precision(model, one_point);

    EXPECT_LE(model.metrics, 2 * 8 + 3) << bad;
    EXPECT_LE(model.errors, 256) << bad;
  }
}

TEST(PrecisionSearch, RefusesWhereMostLayersWouldHaveToStayInFloat) {
  auto model = model_of(100, 51);

  EXPECT_NE(refusal_by_search(model, one_point), "");
}

TEST(PrecisionSearch, SaysWhichLayersHurtAndByHowMuch) {
  TableModel model({{"stem", 20}, {"head", 30}, {"middle", 3}});

  EXPECT_THAT(refusal_by_search(model, one_point),
              ::testing::AllOf(::testing::HasSubstr("from 90.00 to 37.00"),
                               ::testing::HasSubstr("67.00 with 1 of 3 layers in float"),
                               ::testing::HasSubstr("head by 30.00 %, stem by 20.00 %, middle by"),
                               ::testing::HasSubstr("athanor.accuracy_budget")));
}

TEST(PrecisionSearch, ALargerBudgetKeepsFewerLayersInFloat) {
  auto strict = model_of(100, 8);
  auto lenient = model_of(100, 8);

  EXPECT_EQ(find_precision(strict, one_point).in_float.size(), 8U);
  EXPECT_EQ(find_precision(lenient, {.float_metric = 90, .points = 20}).in_float.size(), 4U);
}

TEST(PrecisionSearch, AModelWithoutLayersForInt8IsMeasuredAsItIs) {
  TableModel model({});

  EXPECT_DOUBLE_EQ(find_precision(model, one_point).metric, 90);
}

}  // namespace athanor::engine
