#include "athanor/networks/@name@/network.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "athanor/engine/model_export.hpp"
#include "athanor/networks/@name@/evaluation.hpp"
#include "athanor/networks/@name@/export_model.hpp"
#include "athanor/networks/@name@/postprocess.hpp"
#include "athanor/networks/@name@/training.hpp"

namespace athanor::networks::@name@ {

namespace {

class @Name@ : public engine::Network {
 public:
  [[nodiscard]] std::string_view name() const override { return "@name@"; }

  [[nodiscard]] std::span<const std::string_view> actions() const override {
    static constexpr std::array<std::string_view, 5> names{
        "train", "evaluate", "export", "convert", "inference"};
    return names;
  }

  [[nodiscard]] engine::Training prepare_training(const engine::Job& job) const override {
    const auto options = read_train_options(spec::SpecView(job.request.spec));
    TrainingData data(job.request, options);
    std::optional<EvaluationData> validation;
    if (job.request.eval_dataset) {
      validation = EvaluationData(*job.request.eval_dataset);
    }
    engine::Training training;
    training.task = std::make_unique<@Name@Task>(
        make_model(options), std::move(data), std::move(validation), options);
    training.options.network = name();
    training.options.weights_name = name();
    training.options.epochs = options.epochs;
    training.options.seed = options.seed;
    return training;
  }

  [[nodiscard]] engine::Report evaluate(const engine::Job& job,
                                        const engine::FinishedModel& model) const override {
    return evaluate_model(load_predictor(model), job);
  }

  [[nodiscard]] engine::Metric measure(const engine::Job& job,
                                       const engine::FinishedModel& model) const override {
    return measure_model(load_predictor(model), job);
  }

  [[nodiscard]] engine::Report infer(const engine::Job& job,
                                     const engine::FinishedModel& model) const override {
    const auto& dataset =
        engine::require_dataset(job.request.inference_dataset, "inference_dataset");
    return infer_samples(job, load_predictor(model), dataset.root);
  }

  [[nodiscard]] engine::Report export_model(const engine::Job& job,
                                            const engine::Checkpoint& checkpoint) const override {
    return engine::export_model(job, graph_to_export(checkpoint));
  }
};

}  // namespace

std::unique_ptr<engine::Network> make_network() {
  return std::make_unique<@Name@>();
}

}  // namespace athanor::networks::@name@
