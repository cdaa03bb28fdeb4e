#include "athanor/engine/picture_inference.hpp"

#include "athanor/data/annotation.hpp"

namespace athanor::engine {

void annotate_picture(const Job& job,
                      const std::filesystem::path& picture,
                      const std::filesystem::path& root,
                      const std::string& caption) {
  const auto status =
      data::write_annotated(picture, root, job.artifacts / "images_annotated", caption);
  if (!status) {
    throw std::runtime_error(status.error().message);
  }
}

}  // namespace athanor::engine
