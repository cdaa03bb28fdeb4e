#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/core/json.hpp"
#include "athanor/data/preprocessing.hpp"
#include "athanor/runtime/session.hpp"

namespace athanor::predict {

struct PredictorOptions {
  std::size_t top_k = 5;
  int threads = 0;  ///< 0: as the engine says.
  /// Whether pictures are cut to their centre or squeezed to the network's size; absent: as the
  /// evaluations of its training did.
  std::optional<bool> center_crop = std::nullopt;
};

struct RankedLabel {
  std::string label;
  double probability = 0;
};

/// The likeliest classes, the likeliest first.
struct TaskAnswer {
  std::string task;  ///< Empty for a network that answers one question only.
  std::vector<RankedLabel> ranks;
};

/// Classifies pictures with an engine, preprocessed by the code that training uses. Needs engines
/// of classification or multitask classification: their metadata say what the outputs mean.
class Predictor {
 public:
  /// unsupported for an engine whose metadata name no classes or no preprocessing.
  [[nodiscard]] static Result<Predictor> create(runtime::Engine engine,
                                                const PredictorOptions& options);

  /// invalid_argument naming a picture that cannot be read.
  [[nodiscard]] Result<std::vector<TaskAnswer>> classify(const std::filesystem::path& picture);

 private:
  /// What one output of the engine answers.
  struct Question {
    std::string task;
    std::vector<std::string> classes;
    std::size_t output = 0;
  };

  Predictor(const runtime::Engine& engine,
            const PredictorOptions& options,
            std::vector<Question> questions,
            const data::Preprocessing& preprocessing);

  [[nodiscard]] static Result<std::vector<Question>> questions_of(const runtime::Engine& engine);

  runtime::Session session_;
  PredictorOptions options_;
  std::vector<Question> questions_;
  data::Preprocessing preprocessing_;
};

/// "cat 0.9731, dog 0.0214"; of several tasks "colour: red 0.9, blue 0.1; shape: round 1.0".
[[nodiscard]] std::string to_line(const std::vector<TaskAnswer>& answers);

/// {"predictions": [{"label": "cat", "probability": 0.97}]} or {"tasks": {"colour": [...]}}
[[nodiscard]] Json to_json(const std::vector<TaskAnswer>& answers);

}  // namespace athanor::predict
