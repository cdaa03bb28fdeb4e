#include "athanor/networks/@name@/network.hpp"

#include <gtest/gtest.h>

#include "athanor/networks/@name@/options.hpp"
#include "athanor/spec/schema.hpp"

namespace athanor::networks::@name@ {
namespace {

TEST(@Name@Options, AreReadFromTheDefaultSpec) {
  const auto* table = spec::find_table("@name@", "train");
  ASSERT_NE(table, nullptr);
  const auto options = read_train_options(spec::SpecView(spec::defaults(*table)));
  EXPECT_GE(options.epochs, 1);
}

TEST(@Name@, IsCalledAsInTheApi) {
  EXPECT_EQ(make_network()->name(), "@name@");
}

}  // namespace
}  // namespace athanor::networks::@name@
