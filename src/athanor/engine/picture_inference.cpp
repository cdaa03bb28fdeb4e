#include "athanor/engine/picture_inference.hpp"

#include "athanor/core/value_or_throw.hpp"
#include "athanor/data/annotation.hpp"

namespace athanor::engine {

void annotate_picture(const Job& job,
                      const std::filesystem::path& picture,
                      const std::filesystem::path& root,
                      const std::string& caption) {
  throw_if_failed(
      data::write_annotated(picture, root, job.artifacts / "images_annotated", caption));
}

}  // namespace athanor::engine
