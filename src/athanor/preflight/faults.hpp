#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/core/error.hpp"

namespace athanor::preflight {

/// Why a job cannot work.
struct Fault {
  std::string field;   ///< What of the job is wrong: "model_config.arch", "eval_dataset", "disk".
  std::string reason;  ///< With the mend.
};

/// "model_config.arch: there is no \"vgg11\": choose one of ..."
[[nodiscard]] std::string to_string(const Fault& fault);

/// How many names a message tells, of which data may have thousands.
inline constexpr std::size_t told_names = 10;

/// "cat, dog", or the first ones "and 90 more".
[[nodiscard]] std::string some_of(std::span<const std::string> names);

/// What a look at a job gathers.
class Faults {
 public:
  void add(std::string_view field, std::string reason) {
    found_.push_back({std::string(field), std::move(reason)});
  }

  /// Adds what `outcome` failed for, if it did.
  template <class T>
  void add_failure(std::string_view field, const Result<T>& outcome) {
    if (!outcome) {
      add(field, outcome.error().message);
    }
  }

  [[nodiscard]] const std::vector<Fault>& found() const { return found_; }

 private:
  std::vector<Fault> found_;
};

/// A fault for each of `names` that `others` lacks, in their order and as `tell` words it; of many,
/// the first ones and how many more there are.
void add_each_missing(std::span<const std::string> names,
                      std::span<const std::string> others,
                      std::string_view field,
                      const std::function<std::string(const std::string& name)>& tell,
                      Faults& faults);

}  // namespace athanor::preflight
