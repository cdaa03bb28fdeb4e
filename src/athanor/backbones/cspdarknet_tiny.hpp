#pragma once

#include "athanor/backbones/backbone.hpp"

namespace athanor::backbones {

/// The backbone of YOLOv4-tiny (Wang et al., 2020): conv0, conv1, csp2, csp3, csp4 and conv5, which
/// are the blocks 0 to 5. The taps csp2 to csp4 are what their detector takes: the half of each
/// block that went through its convolutions. conv0 and conv5 are taps too.
[[nodiscard]] Result<std::shared_ptr<Backbone>> make_cspdarknet_tiny(
    const BackboneOptions& options);

}  // namespace athanor::backbones
