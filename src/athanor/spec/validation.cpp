#include "athanor/spec/validation.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "athanor/spec/branch.hpp"
#include "athanor/spec/coercion.hpp"

namespace athanor::spec {

namespace {

constexpr std::size_t shown_faults = 100;
constexpr std::size_t shown_bytes = 60;

/// The value as users wrote it, cut between characters when it is long.
std::string excerpt(const Json& value) {
  std::string text = to_text(value);
  if (text.size() <= shown_bytes) {
    return text;
  }
  std::size_t end = shown_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  return text.substr(0, end) + "...";
}

std::string_view noun(Type type) {
  switch (type) {
    case Type::object:
      return "an object";
    case Type::list:
      return "a list";
    case Type::integer:
      return "an integer";
    case Type::number:
      return "a number";
    case Type::boolean:
      return "true or false";
    case Type::string:
      return "a string";
  }
  return "a value";
}

/// What a row allows, in words: "an integer from 1 to 20".
std::string allowed(const Parameter& row) {
  if (!row.options.empty()) {
    return fmt::format("one of {}", fmt::join(row.options, ", "));
  }
  if (row.minimum && row.maximum) {
    return fmt::format("{} from {} to {}", noun(row.type), *row.minimum, *row.maximum);
  }
  if (row.minimum) {
    return fmt::format("{} of at least {}", noun(row.type), *row.minimum);
  }
  if (row.maximum) {
    return fmt::format("{} of at most {}", noun(row.type), *row.maximum);
  }
  return std::string(noun(row.type));
}

bool in_bounds(const Parameter& row, const Json& value) {
  if (!value.is_number()) {
    return true;
  }
  const auto number = value.get<double>();
  return (!row.minimum || number >= *row.minimum) && (!row.maximum || number <= *row.maximum);
}

class Validator {
 public:
  void check_object(std::span<const Parameter> rows, const Json& object, const std::string& path) {
    for (const auto& [key, value] : object.items()) {
      if (const auto branch = find_branch(rows, key)) {
        check(*branch, value, path.empty() ? key : path + "." + key);
      }
    }
  }

  void expect(std::string_view what, const Json& given, std::string_view path) {
    ++count_;
    if (faults_.size() < shown_faults) {
      faults_.push_back(fmt::format("{}: {} is not allowed, expected {}",
                                    path.empty() ? "the spec" : path,
                                    excerpt(given),
                                    what));
    }
  }

  [[nodiscard]] Status status() const {
    if (faults_.empty()) {
      return {};
    }
    std::string text = fmt::format("{}", fmt::join(faults_, "; "));
    if (count_ > faults_.size()) {
      text += fmt::format("; and {} more", count_ - faults_.size());
    }
    return fail(ErrorCode::invalid_argument, std::move(text));
  }

 private:
  void check(const Branch& branch, const Json& value, const std::string& path) {
    // What the server fills and constants are overwritten, whatever is sent.
    if (value.is_null() || branch.row.hidden || branch.row.constant) {
      return;
    }
    if (branch.row.repeated && value.is_array()) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        check_one(branch, value[i], fmt::format("{}[{}]", path, i));
      }
      return;
    }
    check_one(branch, value, path);
  }

  void check_one(const Branch& branch, const Json& value, const std::string& path) {
    if (branch.row.type == Type::object) {
      if (!value.is_object()) {
        expect(noun(Type::object), value, path);
        return;
      }
      check_object(branch.below, value, path);
    } else if (branch.row.type == Type::list) {
      check_list(branch, value, path);
    } else {
      check_scalar(branch.row, value, path);
    }
  }

  void check_list(const Branch& branch, const Json& value, const std::string& path) {
    if (!value.is_array()) {
      expect(noun(Type::list), value, path);
      return;
    }
    Parameter item_row;
    item_row.path = branch.row.path;
    item_row.type = branch.row.item;
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string item_path = fmt::format("{}[{}]", path, i);
      if (branch.row.item == Type::list) {
        if (!value[i].is_array()) {
          expect(noun(Type::list), value[i], item_path);
        }
      } else {
        check_one(Branch{item_row, branch.below}, value[i], item_path);
      }
    }
  }

  void check_scalar(const Parameter& row, const Json& value, const std::string& path) {
    const auto known = coerced(row.type, value);
    if (!known || !in_bounds(row, *known) || (!row.options.empty() && !named_option(row, *known))) {
      expect(allowed(row), value, path);
    }
  }

  std::vector<std::string> faults_;
  std::size_t count_ = 0;
};

}  // namespace

Status validate(const Table& table, const Json& spec) {
  Validator validator;
  if (spec.is_object()) {
    validator.check_object(table.parameters, spec, "");
  } else {
    validator.expect(noun(Type::object), spec, "");
  }
  return validator.status();
}

}  // namespace athanor::spec
