// How long a training of resnet50 waits for its checkpoints, and what they cost; see README.md.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
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
const double default_minutes = engine::TrainingOptions().checkpoint_minutes;

double seconds_of(const auto& run) {
  const auto begin = std::chrono::steady_clock::now();
  run();
  return Seconds(std::chrono::steady_clock::now() - begin).count();
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

/// What write() takes between steps, the disk being idle, and what the disk takes after it.
void measure_stalls(const char* name,
                    const fs::path& folder,
                    const engine::OptimizerOptions& options,
                    bool averages) {
  NoiseTask task(64, 1);
  task.module().train();
  const auto optimizer = engine::make_optimizer(options, {}, task.module());
  engine::MovingAverage average(task.module(), 0.99);
  engine::CheckpointWriter writer(engine::CheckpointFolder(
      folder, "stall", athanor::crypto::Passphrase(athanor::Secret(std::string("tlt_encode")))));
  const auto tensors = [&]() -> engine::CheckpointTensors {
    auto live = athanor::tensor::state_dict(task.module());
    auto states = engine::optimizer_state(*optimizer, task.module());
    if (!averages) {
      return {live, states, {}};
    }
    return {average.averaged(live), states, live};
  };
  const auto step = [&] {
    task.module().zero_grad(/*set_to_none=*/true);
    task.step(task.load(1, 0)).loss.backward();
    optimizer->step();
  };
  std::vector<double> waits;
  std::vector<double> writes;
  engine::Checkpoint checkpoint;
  checkpoint.network = "noise";
  step();
  writer.prepare(tensors());
  for (int i = 0; i < stalls; ++i) {
    step();
    writer.finish();
    ++checkpoint.batches;
    waits.push_back(1000 * seconds_of([&] { writer.write(checkpoint, tensors()); }));
    writes.push_back(seconds_of([&] { writer.finish(); }));
  }
  std::printf("%-28s %4.0f MB: stalls %5.1f ms (first %.1f, longest %.1f), then %.2f s to write\n",
              name,
              megabytes_of(tensors()),
              median(waits),
              waits.front(),
              *std::max_element(waits.begin(), waits.end()),
              median(writes));
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
  const double minutes = whole / 60 / 4;
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
  std::printf("price %.1f %% of the time, so %.2f %% with one every %.0f minutes\n",
              100 * price,
              100 * price * minutes / default_minutes,
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
  measure_stalls("SGD with momentum", folder / "sgd", {.kind = engine::Sgd{}}, false);
  measure_stalls("Adam", folder / "adam", {.kind = engine::Adam{}}, false);
  measure_stalls("Adam and a moving average", folder / "average", {.kind = engine::Adam{}}, true);
  measure_price(folder / "price",
                std::atoi(arguments[3]),
                static_cast<std::size_t>(std::atoi(arguments[4])),
                std::atoi(arguments[5]));
  return 0;
}
