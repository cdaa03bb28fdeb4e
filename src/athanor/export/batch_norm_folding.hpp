#pragma once

#include <onnx/onnx_pb.h>

namespace athanor::exporter {

/// Merges every BatchNormalization into the Conv before it, where nothing else reads that Conv or
/// its weights. In exact arithmetic the outputs stay the same.
void fold_batch_norms(onnx::GraphProto& graph);

}  // namespace athanor::exporter
