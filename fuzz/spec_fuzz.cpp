#include <string_view>

#include "target.hpp"

#include "athanor/spec/schema.hpp"
#include "athanor/spec/validation.hpp"

namespace athanor::fuzz {

namespace {

void harden_spec(const spec::Table& table, const Json& user) {
  const bool accepted = spec::validate(table, user).has_value();
  if (!user.is_object()) {
    return;
  }
  const auto defaults = spec::defaults(table);
  const auto hardened = spec::harden(table, defaults, user);
  static_cast<void>(spec::ignored_parameters(table, defaults, user));
  require(!accepted || spec::validate(table, hardened),
          "what is accepted stays acceptable when it is hardened");
  require(spec::harden(table, defaults, hardened) == hardened, "to harden twice changes nothing");
}

}  // namespace

/// The input is a spec as users save it.
void spec(std::string_view input) {
  const auto user = parse_json(input);
  if (user) {
    harden_spec(*spec::find_table("classification", "train"), *user);
    harden_spec(*spec::find_table("object_detection", "convert"), *user);
  }
}

}  // namespace athanor::fuzz
