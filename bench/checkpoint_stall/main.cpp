// How long a training of resnet50 waits for its checkpoints, and what they cost; see README.md.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "athanor/backbones/backbone.hpp"
#include "athanor/contract/job_request.hpp"
#include "athanor/core/files.hpp"
#include "athanor/engine/optimizer_state.hpp"
#include "athanor/engine/trainer.hpp"
#include "athanor/tensor/channels_last.hpp"
#include "athanor/tensor/runtime.hpp"
#include "athanor/tensor/state_dict.hpp"

namespace {

namespace engine = athanor::engine;
namespace fs = std::filesystem;
using Seconds = std::chrono::duration<double>;

constexpr std::int64_t batch_size = 4;
constexpr int stalls = 9;
constexpr int checkpoints_of_price = 4;
const double default_minutes = engine::TrainingOptions().checkpoint_minutes;

double seconds_of(const auto& run) {
  const auto begin = std::chrono::steady_clock::now();
  run();
  return Seconds(std::chrono::steady_clock::now() - begin).count();
}

double milliseconds_of(const auto& run) {
  return 1000 * seconds_of(run);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Resnet50 on pictures of noise.
class NoiseTask : public engine::TrainingTask {
 public:
  NoiseTask(std::int64_t side, std::size_t batches) : side_(side), batches_(batches) {
    torch::manual_seed(1);
    athanor::backbones::BackboneOptions resnet50;
    resnet50.n_layers = 50;
    backbone_ = athanor::backbones::make_backbone(resnet50).value();
    athanor::tensor::use_channels_last(*backbone_);
    pixels_ =
        torch::randn({batch_size, 3, side_, side_}).contiguous(torch::MemoryFormat::ChannelsLast);
  }

  torch::nn::Module& module() override { return *backbone_; }

  [[nodiscard]] std::size_t batches_per_epoch() const override { return batches_; }

  [[nodiscard]] engine::Batch load(std::uint32_t, std::size_t) const override {
    return {pixels_, {torch::arange(batch_size, torch::kInt64)}, batch_size};
  }

  engine::StepResult step(const engine::Batch& batch) override {
    return {torch::nn::functional::cross_entropy(backbone_->forward(batch.input),
                                                 batch.targets.front()),
            {}};
  }

  engine::Figures validate(const std::stop_token&) override { return {}; }

  [[nodiscard]] athanor::Json model_description() const override { return {}; }

  [[nodiscard]] Monitor monitor() const override { return {"loss", false}; }

  [[nodiscard]] std::vector<std::string> kpi_names() const override { return {}; }

 private:
  std::int64_t side_;
  std::size_t batches_;
  std::shared_ptr<athanor::backbones::Backbone> backbone_;
  torch::Tensor pixels_;
};

double megabytes_of(const engine::CheckpointTensors& tensors) {
  double bytes = 0;
  for (const auto* group : {&tensors.weights, &tensors.optimizer, &tensors.live}) {
    for (const auto& [name, value] : *group) {
      bytes += static_cast<double>(value.nbytes());
    }
  }
  return bytes / 1e6;
}

/// What a checkpoint costs the step that follows it, in milliseconds.
struct Stall {
  double at_safe_point = 0;  ///< Until the step may begin.
  double before_update = 0;  ///< Until the optimiser may change the weights.
  double longer = 0;         ///< Than the step before, waiting included.
  double written = 0;        ///< From the safe point until the disk has it all.

  [[nodiscard]] double waited() const { return at_safe_point + before_update; }
};

/// The steps of a training, and checkpoints between them while the disk is idle.
class SteppedTraining {
 public:
  SteppedTraining(const fs::path& folder,
                  std::int64_t side,
                  const engine::OptimizerOptions& options,
                  double moving_average_decay)
      : task_(side, 1),
        writer_(engine::CheckpointFolder(
            folder,
            "stall",
            athanor::crypto::Passphrase(athanor::Secret(std::string("tlt_encode"))))) {
    task_.module().train();
    optimizer_ = engine::make_optimizer(options, {}, task_.module());
    if (moving_average_decay > 0) {
      average_ = std::make_unique<engine::MovingAverage>(task_.module(), moving_average_decay);
    }
    checkpoint_.network = "noise";
    (void)step();
    writer_.prepare(tensors());
    writer_.finish();
  }

  [[nodiscard]] engine::CheckpointTensors tensors() {
    auto live = athanor::tensor::state_dict(task_.module());
    auto states = engine::optimizer_state(*optimizer_, task_.module());
    if (!average_) {
      return {std::move(live), std::move(states), {}};
    }
    auto averaged = average_->averaged(live);
    return {std::move(averaged), std::move(states), std::move(live)};
  }

  /// A checkpoint, and the step after it against the one before.
  Stall checkpoint() {
    const double undisturbed = milliseconds_of([&] { (void)step(); });
    Stall stall;
    stall.written = milliseconds_of([&] {
      stall.longer = milliseconds_of([&] {
        stall.at_safe_point = milliseconds_of([&] { save(); });
        stall.before_update = step();
      });
      writer_.finish();
    });
    stall.longer -= undisturbed;
    return stall;
  }

 private:
  /// As the trainer's; the milliseconds that it waits for copies.
  double step() {
    task_.module().zero_grad(/*set_to_none=*/true);
    task_.step(task_.load(1, 0)).loss.backward();
    const double waited = milliseconds_of([&] { writer_.wait_for_copies(); });
    optimizer_->step();
    if (average_) {
      average_->update(++steps_);
    }
    return waited;
  }

  void save() {
    ++checkpoint_.batches;
    writer_.write(checkpoint_, tensors(), task_.module().buffers());
  }

  NoiseTask task_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  std::unique_ptr<engine::MovingAverage> average_;
  std::int64_t steps_ = 0;
  engine::Checkpoint checkpoint_;
  engine::CheckpointWriter writer_;
};

/// Of several checkpoints, the median of one member.
double median_of(const std::vector<Stall>& all, const auto& member) {
  std::vector<double> values;
  for (const auto& stall : all) {
    values.push_back(std::invoke(member, stall));
  }
  return median(std::move(values));
}

void measure_stalls(const char* name,
                    const fs::path& folder,
                    std::int64_t side,
                    const engine::OptimizerOptions& options,
                    double moving_average_decay) {
  SteppedTraining training(folder, side, options, moving_average_decay);
  std::vector<Stall> all;
  for (int i = 0; i < stalls; ++i) {
    all.push_back(training.checkpoint());
  }
  const auto longest = std::max_element(
      all.begin(), all.end(), [](const auto& a, const auto& b) { return a.waited() < b.waited(); });
  std::printf(
      "%-26s %4.0f MB: waits %5.1f ms (first %.1f, longest %.1f), of these %.1f at the safe point; "
      "step longer by %.1f ms; written after %.2f s\n",
      name,
      megabytes_of(training.tensors()),
      median_of(all, &Stall::waited),
      all.front().waited(),
      longest->waited(),
      median_of(all, &Stall::at_safe_point),
      median_of(all, &Stall::longer),
      median_of(all, &Stall::written) / 1000);
  std::fflush(stdout);
}

/// Seconds of a training.
double train(const fs::path& folder, std::int64_t side, std::size_t batches, double minutes) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  NoiseTask task(side, batches);
  athanor::contract::JobRequest request;
  engine::StatusWriter status(folder / athanor::contract::status_file);
  const engine::Job job{request, folder, status, {}, [](std::string_view) {}};
  engine::TrainingOptions options;
  options.network = "noise";
  options.weights_name = "noise";
  options.workers = 0;
  options.optimizer = {.kind = engine::Sgd{}, .learning_rate = 1e-3};
  options.checkpoint_minutes = minutes;
  return seconds_of([&] { (void)engine::Trainer(job, task, options).run(); });
}

void measure_price(const fs::path& folder, std::int64_t side, std::size_t batches, int rounds) {
  const double whole = train(folder, side, batches, 0);  // Warms up and tells how long it takes.
  // In the last tenth of an interval before the end there would be none.
  const double minutes = whole / 60 / (checkpoints_of_price + 1);
  std::vector<double> ratios;
  for (int round = 0; round < rounds; ++round) {
    double with = 0;
    double without = 0;
    for (const bool saves : {round % 2 == 0, round % 2 != 0}) {
      (saves ? with : without) = train(folder, side, batches, saves ? minutes : 0);
    }
    ratios.push_back(with / without);
    std::printf("%.1f s with a checkpoint every %.0f s, %.1f s without: ratio %.3f\n",
                with,
                minutes * 60,
                without,
                ratios.back());
    std::fflush(stdout);
  }
  const double price = median(ratios) - 1;
  const double minutes_of_one = price * whole / 60 / checkpoints_of_price;
  std::printf("price %.1f %% of the time, so %.2f %% with one every %.0f minutes\n",
              100 * price,
              100 * minutes_of_one / default_minutes,
              default_minutes);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) {
    std::puts("Usage: checkpoint_stall FOLDER THREADS PIXELS STEPS ROUNDS");
    return 2;
  }
  const fs::path folder = arguments[1];
  athanor::tensor::set_up_runtime({.threads = std::atoi(arguments[2])});
  const std::int64_t side = std::atoi(arguments[3]);
  const engine::OptimizerOptions adam = {.kind = engine::Adam{}};
  measure_stalls("SGD with momentum", folder / "sgd", side, {.kind = engine::Sgd{}}, 0);
  measure_stalls("Adam", folder / "adam", side, adam, 0);
  measure_stalls("Adam and a moving average", folder / "average", side, adam, 0.99);
  measure_price(folder / "price",
                side,
                static_cast<std::size_t>(std::atoi(arguments[4])),
                std::atoi(arguments[5]));
  return 0;
}
