#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "athanor/core/error.hpp"

namespace athanor::datasets {

/// Checks that an unpacked dataset has the layout of its type and format (contract 3.2) and, for
/// classification, that no class folder is empty. The error names what is missing and the mend.
[[nodiscard]] Status check_layout(const std::filesystem::path& root,
                                  const std::string& type,
                                  const std::string& format);

/// The one folder of pictures of a classification dataset: images, images_train, images_val or
/// images_test. invalid_argument where there is none or more. Throws filesystem_error.
[[nodiscard]] Result<std::filesystem::path> picture_folder(const std::filesystem::path& root);

/// The classes of a dataset: those that its conversion found (a list in `classes.json`), else the
/// class folders of a labelled classification dataset, sorted; empty where neither is.
[[nodiscard]] Result<std::vector<std::string>> class_names(const std::filesystem::path& root,
                                                           const std::string& type,
                                                           const std::string& format);

}  // namespace athanor::datasets
