#pragma once

#include <string>
#include <vector>

namespace athanor::engine {

/// What the last bits of a training depend on beside its spec, its data and its seed.
struct Surroundings {
  std::string build;      ///< Digest over the program and the libraries that it is linked to.
  std::string processor;  ///< Its name, and a digest over what it is and can.
  int threads = 1;        ///< That compute.

  bool operator==(const Surroundings&) const = default;
};

/// Those of this process.
[[nodiscard]] Surroundings surroundings_here();

/// "2 compute threads instead of 4", for each part that differs.
[[nodiscard]] std::vector<std::string> differences(const Surroundings& before,
                                                   const Surroundings& now);

}  // namespace athanor::engine
