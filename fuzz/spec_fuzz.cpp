#include <string_view>

#include "target.hpp"

#include "athanor/spec/schema.hpp"
#include "athanor/spec/validation.hpp"

namespace athanor::fuzz {

namespace {

/// What the resource of a spec adds to its table.
spec::SchemaContext added_by(unsigned char choice) {
  spec::SchemaContext context;
  if ((choice & 1U) != 0) {
    context.classes = {"car", "road \"sign\""};
  }
  if ((choice & 2U) != 0) {
    context.pretrained = true;
    context.pretrained_properties = {
        {"arch", "resnet"}, {"n_layers", 18}, {"all_projections", false}, {"freeze_bn", true}};
  }
  return context;
}

void harden_spec(const spec::Table& table, const Json& defaults, const Json& user) {
  const bool accepted = spec::validate(table, user).has_value();
  if (!user.is_object()) {
    return;
  }
  const auto hardened = spec::harden(table, defaults, user);
  static_cast<void>(spec::ignored_parameters(table, defaults, user));
  require(!accepted || spec::validate(table, hardened),
          "what is accepted stays acceptable when it is hardened");
  require(spec::harden(table, defaults, hardened) == hardened, "to harden twice changes nothing");
}

}  // namespace

/// The first byte says of which table, the second what its resource adds, the rest is a spec as
/// users save it.
void spec(std::string_view input) {
  if (input.size() < 2) {
    return;
  }
  const auto user = parse_json(input.substr(2));
  if (user) {
    const auto tables = spec::tables();
    const auto& table = tables[static_cast<unsigned char>(input[0]) % tables.size()];
    const auto context = added_by(static_cast<unsigned char>(input[1]));
    harden_spec(table, spec::defaults(table, context), *user);
  }
}

}  // namespace athanor::fuzz
