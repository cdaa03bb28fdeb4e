#pragma once

#include <filesystem>

#include "athanor/datasets/findings.hpp"

namespace athanor::datasets::labels {

/// Looks through train.csv and val.csv: a header, then a picture's file name and a value for each
/// task in every row. Counts the values of each task.
void check_tables(const std::filesystem::path& root,
                  const std::filesystem::path& pictures,
                  Findings& findings);

/// Compares classes.txt, where there is one, with the folders of classes.
void check_class_list(const std::filesystem::path& root,
                      const std::filesystem::path& pictures,
                      Findings& findings);

/// Looks through metadata.csv of LJSpeech: id|text|normalised text, and wavs/<id>.wav.
void check_speech(const std::filesystem::path& root, Findings& findings);

}  // namespace athanor::datasets::labels
