#pragma once

#include "athanor/data/preprocessing.hpp"
#include "athanor/engine/job.hpp"
#include "athanor/export/onnx_export.hpp"

namespace athanor::engine {

/// Pictures of the job's evaluation data, evenly spread, as a network sees them; noise where the
/// job has none. With a `batch_size` above 0 exactly as many, repeated where needed.
[[nodiscard]] torch::Tensor sample_pictures(const Job& job,
                                            const data::Preprocessing& preprocessing,
                                            std::int64_t batch_size = 0);

/// Writes artifacts/model.onnx, then runs it through an independent path on the request's inputs
/// and compares with `forward`. Throws std::runtime_error where an output differs by more than is
/// allowed.
[[nodiscard]] Report export_and_prove(const Job& job, const exporter::ExportRequest& request);

}  // namespace athanor::engine
