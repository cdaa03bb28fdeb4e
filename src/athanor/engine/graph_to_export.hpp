#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "athanor/batches/picture_batches.hpp"
#include "athanor/contract/job_request.hpp"
#include "athanor/core/json.hpp"
#include "athanor/data/preprocessing.hpp"
#include "athanor/engine/finished_model.hpp"
#include "athanor/engine/training_task.hpp"
#include "athanor/export/traced_graph.hpp"
#include "athanor/tensor/named_tensors.hpp"

namespace athanor::engine {

inline constexpr const char* input_name = "input_1";

/// An output of a graph that gives a probability to each class.
struct GraphOutput {
  std::string name;                  ///< "predictions"
  std::vector<std::string> classes;  ///< In the order of its columns.
  std::string labels_file;           ///< "labels.txt"
};

/// Figures of a graph on labelled pictures: "accuracy", "loss".
using Measure = std::function<Figures(const RunGraph& run)>;

/// A network's model as its exporter wants it.
struct GraphToExport {
  std::string network;  ///< "classification"
  Json model;           ///< What open_exported_model() gives back as the description.
  Json classes;         ///< For readers of the file, as the network always writes them.
  data::Preprocessing preprocessing;
  bool center_crop = false;          ///< How its pictures are fitted, see data::fit().
  std::string data_digest;           ///< Checkpoint::data_digest
  exporter::Forward forward;         ///< Pictures to outputs, post-processing included.
  tensor::NamedTensors weights;      ///< All that `forward` reads, shared with it: state_dict().
  std::vector<GraphOutput> outputs;  ///< In the order of `forward`.
  /// What a training for int8 left of the model, as engine::read_trained_ranges() gives it by the
  /// names of `weights`; none where there is no such training.
  std::function<tensor::NamedTensors()> read_trained_ranges;
  /// Lists at most proof_pictures labelled pictures of a dataset, evenly spread. Throws
  /// std::invalid_argument where its labels are not those of the model.
  std::function<Measure(const contract::DatasetInput&)> measure_on;
};

/// On how many pictures a written file is compared with its model.
inline constexpr std::size_t proof_pictures = 64;

/// So many at once, which is neither what a graph is traced with nor a divisor: the proof shows
/// batches of other sizes to a graph that is to take any.
inline constexpr std::int64_t proof_batch = 24;

/// How they are read.
[[nodiscard]] data::ReadingOptions proof_reading(const GraphToExport& graph);

[[nodiscard]] std::vector<std::string> output_names(const GraphToExport& graph);

}  // namespace athanor::engine
