#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "athanor/batches/picture_batches.hpp"
#include "athanor/engine/job.hpp"
#include "athanor/engine/training_task.hpp"

namespace athanor::engine {

/// A training on pictures, validated on others where there are any, and judged by one of its
/// figures. What a network adds is its model, the loss and the figures.
///
/// `Images` makes the batches: size() pictures in batches(), and load(), as data::TrainingPictures
/// has them. `Labelled` is what validation reads, size() pictures.
template <class Images, class Labelled>
class PictureTask : public TrainingTask {
 public:
  [[nodiscard]] std::size_t batches_per_epoch() const override { return images_.batches(); }

  [[nodiscard]] Batch load(std::uint32_t epoch, std::size_t index) const override {
    return images_.load(epoch, index);
  }

  [[nodiscard]] Batch load_first(std::int64_t most) const override {
    return images_.load(1, 0, static_cast<std::size_t>(most));
  }

  [[nodiscard]] Figures validate(const std::stop_token& stop) override {
    if (!validation_) {
      return {};
    }
    return measure(*validation_, [&stop](std::int64_t) {
      if (stop.stop_requested()) {
        throw Stopped("Stopped during validation");
      }
    });
  }

  [[nodiscard]] Extent extent() const override {
    return {.samples = static_cast<std::int64_t>(images_.size()),
            .batch_size = batch_size_,
            .validation_samples = validation_ ? static_cast<std::int64_t>(validation_->size()) : 0,
            .validation_batch_size = validation_reading_.batch_size,
            .validation_workers = validation_reading_.workers};
  }

  [[nodiscard]] Monitor monitor() const override { return monitor_; }

 protected:
  /// Hears how many pictures more are done; may throw.
  using Advance = std::function<void(std::int64_t)>;

  /// Without `validation` there are no figures of it. `monitored` is as monitor_of() has it.
  PictureTask(Images images,
              std::optional<Labelled> validation,
              std::int64_t batch_size,
              const data::ReadingOptions& validation_reading,
              std::string monitored)
      : images_(std::move(images)),
        validation_(std::move(validation)),
        batch_size_(batch_size),
        validation_reading_(validation_reading),
        monitor_(monitor_of(std::move(monitored), validation_.has_value())) {}

  /// The figures on these pictures; `advance` is told of each batch.
  [[nodiscard]] virtual Figures measure(const Labelled& labelled, const Advance& advance) = 0;

  [[nodiscard]] const Images& images() const { return images_; }

  [[nodiscard]] const data::ReadingOptions& validation_reading() const {
    return validation_reading_;
  }

 private:
  Images images_;
  std::optional<Labelled> validation_;
  std::int64_t batch_size_;
  data::ReadingOptions validation_reading_;
  Monitor monitor_;
};

}  // namespace athanor::engine
