#pragma once

#include <cstddef>
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

}  // namespace athanor::preflight
