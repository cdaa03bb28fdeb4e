#include "athanor/store/records.hpp"

#include <array>

namespace athanor::store {

std::string_view name_of(OwnerKind kind) {
  return kind == OwnerKind::dataset ? "dataset" : "model";
}

std::string_view name_of(JobState state) {
  static constexpr std::array<std::string_view, 4> names = {"Pending", "Running", "Done", "Error"};
  return names.at(static_cast<std::size_t>(state));
}

}  // namespace athanor::store
