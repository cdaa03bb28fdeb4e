#include <cstdint>
#include <cstdlib>

#include "athanor/spec/schema.hpp"
#include "athanor/spec/validation.hpp"

namespace {

/// Saved specs are any JSON. Whatever is accepted must stay acceptable when it is hardened, and
/// hardening twice must change nothing.
void exercise(const athanor::spec::Table& table, const athanor::Json& user) {
  const bool accepted = athanor::spec::validate(table, user).has_value();
  if (!user.is_object()) {
    return;
  }
  const auto defaults = athanor::spec::defaults(table);
  const auto spec = athanor::spec::harden(table, defaults, user);
  static_cast<void>(athanor::spec::ignored_parameters(table, defaults, user));
  if (accepted && !athanor::spec::validate(table, spec)) {
    std::abort();
  }
  if (athanor::spec::harden(table, defaults, spec) != spec) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto user = athanor::parse_json({reinterpret_cast<const char*>(data), size});
  if (user) {
    exercise(*athanor::spec::find_table("classification", "train"), *user);
    exercise(*athanor::spec::find_table("object_detection", "convert"), *user);
  }
  return 0;
}
