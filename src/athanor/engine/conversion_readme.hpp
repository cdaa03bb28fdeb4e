#pragma once

#include <string>

#include "athanor/data/preprocessing.hpp"
#include "athanor/runtime/engine.hpp"

namespace athanor::engine {

/// What a person needs to know who finds a model.engine, as Markdown: where it runs, what goes in
/// and comes out, and how to use it.
[[nodiscard]] std::string describe_engine(const runtime::Engine& engine,
                                          const data::Preprocessing& preprocessing);

}  // namespace athanor::engine
