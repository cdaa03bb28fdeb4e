#pragma once

#include "athanor/data/random.hpp"

namespace athanor::engine {

/// Seeds torch's generator for what follows, so that initial weights, dropout and the like depend
/// on the key alone, not on what was drawn before.
void seed_torch(data::RandomKey key);

}  // namespace athanor::engine
