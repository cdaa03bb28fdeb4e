#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "athanor/core/error.hpp"
#include "athanor/datasets/packer.hpp"

namespace athanor::cli {

/// What a folder of pictures is for; names the archive's folder, images_train and so on.
enum class Split { train, val, test };

[[nodiscard]] std::string_view folder_of(Split split);

/// Maps a folder of labelled pictures to an archive of type image_classification, format default.
/// `directory` is either DIR/<class>/*.jpg or a dataset root that holds images_train/<class> (or
/// images_val, images_test); of several splits the wanted one is taken. Empty classes are refused.
[[nodiscard]] Result<std::vector<datasets::PackEntry>> labelled_entries(
    const std::filesystem::path& directory, Split split);

/// The same for pictures without labels (format raw): any tree of pictures becomes images_test.
[[nodiscard]] Result<std::vector<datasets::PackEntry>> unlabelled_entries(
    const std::filesystem::path& directory);

}  // namespace athanor::cli
