#include <cstdlib>
#include <filesystem>
#include <ostream>

#include "support/paths.hpp"
#include <gtest/gtest.h>

#include "athanor/core/files.hpp"
#include "athanor/spec/schema.hpp"

namespace athanor::spec {
namespace {

struct Golden {
  const char* subject;
  const char* action;
  std::vector<std::string> classes;

  [[nodiscard]] std::string name() const {
    return std::string(subject) + "_" + action + (classes.empty() ? "" : "_classes");
  }
};

void PrintTo(const Golden& golden, std::ostream* out) {
  *out << golden.name();
}

class GoldenSchema : public ::testing::TestWithParam<Golden> {};

/// `scripts/approve` sets ATHANOR_APPROVE to write what is served now in place of comparing.
TEST_P(GoldenSchema, IsServedAsApproved) {
  const Golden& golden = GetParam();
  const auto path = testing::source_folder() / "tests/golden/schema" / (golden.name() + ".json");
  const Json served = schema(*find_table(golden.subject, golden.action), {golden.classes});
  if (std::getenv("ATHANOR_APPROVE") != nullptr) {
    ASSERT_TRUE(write_file_atomic(path, to_pretty_text(served) + "\n"));
  }
  const auto approved = read_file(path);
  ASSERT_TRUE(approved) << approved.error().message << "; write it with scripts/approve";
  EXPECT_EQ(to_pretty_text(served) + "\n", *approved) << "if it is meant, run scripts/approve";
}

INSTANTIATE_TEST_SUITE_P(Approved,
                         GoldenSchema,
                         ::testing::Values(Golden{"classification", "train", {}},
                                           Golden{"classification", "evaluate", {}},
                                           Golden{"detectnet_v2", "train", {"car", "person"}},
                                           Golden{"detectnet_v2", "inference", {"car", "person"}},
                                           Golden{"object_detection", "convert_efficientdet", {}},
                                           Golden{"faster_rcnn", "train", {}},
                                           Golden{"unet", "train", {}},
                                           Golden{"spectro_gen", "export", {}}),
                         [](const auto& golden) { return golden.param.name(); });

}  // namespace
}  // namespace athanor::spec
