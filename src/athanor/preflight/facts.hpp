#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/catalog/chaining.hpp"
#include "athanor/spec/spec_view.hpp"

/// Judges a job before anything is run: its spec alone, which both programs do, and its spec
/// against what reports say of the data, which the server does when the job is posted. Where a
/// fact is not known, nothing is judged by it.
namespace athanor::preflight {

/// How often each value of something occurs.
using Counts = std::map<std::string, std::uint64_t>;

/// A table of labels, train.csv or val.csv.
struct TableFacts {
  std::map<std::string, Counts> columns;  ///< The values of each; missing ones are "".
  std::string fault;                      ///< Why it cannot be read, with the mend; or empty.
};

/// What is known of the data of one dataset.
struct DataFacts {
  std::string format;  ///< "default", "custom"
  /// Pictures in each class folder.
  std::optional<Counts> classes = std::nullopt;
  /// All that there are, by file name.
  std::optional<std::map<std::string, TableFacts>> tables = std::nullopt;
  std::optional<std::uint64_t> bytes = std::nullopt;
};

/// What is known of the weights that a training starts from.
struct PretrainedFacts {
  std::string arch;
  std::int64_t n_layers = 0;
  std::optional<int> channels;  ///< Of the pictures that they were made for.
};

/// A training that a model comes from.
struct TrainingFacts {
  spec::SpecView spec;
  std::vector<DataFacts> data;  ///< What it learns from; empty where that is not known.
};

/// One job, as far as it is known.
struct JobFacts {
  std::string_view network;  ///< "classification"
  std::string_view action;   ///< "train"
  const spec::SpecView& spec;
  /// Those of the spec that its user did not choose count as defaults. None: all are chosen.
  const Json* defaults = nullptr;
  std::vector<DataFacts> train = {};
  /// The training that the parent's model comes from, however many jobs are between.
  std::optional<TrainingFacts> origin = std::nullopt;
  std::optional<DataFacts> eval = std::nullopt;
  std::optional<DataFacts> inference = std::nullopt;
  std::optional<PretrainedFacts> pretrained = std::nullopt;
  std::optional<std::uint64_t> free_bytes = std::nullopt;  ///< Where the job writes.

  [[nodiscard]] bool trains() const { return catalog::is_training(action); }

  /// Reads labels to tell how good a model is, of which a conversion makes sure.
  [[nodiscard]] bool measures() const {
    return action == "evaluate" || action == "confmat" || action == "convert";
  }

  /// A retraining has the parent's network, whatever its spec says of one.
  [[nodiscard]] bool builds_network() const { return action == "train"; }
};

}  // namespace athanor::preflight
