#pragma once

// The one way to LibTorch. clang rejects Debian's headers unless ivalue.h comes first, and their
// warnings are not ours.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wall"
#include <ATen/core/ivalue.h>
#include <torch/torch.h>
#pragma GCC diagnostic pop
