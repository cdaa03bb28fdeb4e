#pragma once

#include <optional>
#include <span>
#include <string_view>

/// One row of a parameter table (specs/<subject>/<action>.tsv), as compiled into the programs.
/// Schema, defaults, validation, AutoML ranges and the worker's typed access all read these.
namespace athanor::spec {

enum class Type {
  object,  ///< A group; children have its path as prefix. Also free maps of key to value.
  list,    ///< An array; `item` tells of what. Child rows describe one object item.
  integer,
  number,
  boolean,
  string,
};

/// Whether AutoML searches a parameter.
enum class AutomlUse {
  on_request,  ///< The user may add it.
  searched,    ///< Searched unless removed.
  never,
};

struct Parameter {
  std::string_view path = {};  ///< Dotted, from the root: "train_config.n_epochs".
  Type type = Type::string;
  Type item = Type::object;                        ///< Of a list.
  std::string_view default_json = {};              ///< JSON text; empty when there is none.
  std::optional<double> minimum = {};              ///< Inclusive.
  std::optional<double> maximum = {};              ///< Inclusive.
  std::span<const std::string_view> options = {};  ///< As text, of integers too; empty for any.
  std::string_view examples_json = {};             ///< A JSON array.
  std::string_view regex = {};                     ///< A hint to forms, not enforced.
  std::string_view title = {};
  std::string_view description = {};
  bool required = false;       ///< A hint to forms, not enforced.
  bool popular = false;        ///< Shown first by forms.
  bool hidden = false;         ///< Filled by the server; not in the schema.
  bool constant = false;       ///< The schema has {"const": default} only.
  bool bounds_others = false;  ///< Others name it in `depends`.
  bool repeated = false;       ///< A list of such values is as good as one.
  bool effective = false;      ///< Takes effect today; others are marked and warned about.
  AutomlUse automl = AutomlUse::on_request;
  std::string_view depends = {};  ///< "<other.path": bounded by the value drawn for another.
  std::string_view follows = {};  ///< Path whose value it takes where the user gives none.
  int multiple_of = 0;            ///< AutoML rounds up to a multiple; 0 for none.
  /// The default where the model starts from pretrained weights; empty where it is the same.
  std::string_view ptm_json = {};
  /// Instead: under which name the weights that a training starts from tell it (SchemaContext).
  std::string_view ptm_property = {};
};

/// All rows of one subject and action, in the order that schemas show: every row stands below the
/// row of its parent, and whatever is below one row stands together.
struct Table {
  std::string_view subject;  ///< A network ("classification") or dataset type.
  std::string_view action;   ///< "train"
  std::span<const Parameter> parameters;
};

/// Every table, sorted by subject and action.
[[nodiscard]] std::span<const Table> tables();

[[nodiscard]] const Table* find_table(std::string_view subject, std::string_view action);

/// The row at a dotted path, or nullptr.
[[nodiscard]] const Parameter* find_parameter(const Table& table, std::string_view path);

}  // namespace athanor::spec
