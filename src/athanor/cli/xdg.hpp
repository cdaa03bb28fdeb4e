#pragma once

#include <filesystem>

/// The folders of the XDG base directory specification.
namespace athanor::cli {

/// $XDG_DATA_HOME/athanor, else ~/.local/share/athanor; empty without a home.
[[nodiscard]] std::filesystem::path data_home();

/// $XDG_CONFIG_HOME/athanor, else ~/.config/athanor; empty without a home.
[[nodiscard]] std::filesystem::path config_home();

/// $XDG_STATE_HOME/athanor, else ~/.local/state/athanor; empty without a home.
[[nodiscard]] std::filesystem::path state_home();

/// $XDG_CACHE_HOME/athanor, else ~/.cache/athanor; empty without a home.
[[nodiscard]] std::filesystem::path cache_home();

}  // namespace athanor::cli
