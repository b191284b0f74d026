// Files that are either as they were or whole.
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string_view>

namespace ablate {

// Writes beside `path` and renames, so that others never see it half done, whoever else writes it.
// Throws Error where the folder is missing or not writable, or the disk is full.
void WriteByRename(const std::filesystem::path& path, std::string_view bytes);

// The same for what does not lie in memory as one piece: `write` writes it.
void WriteByRename(const std::filesystem::path& path,
                   const std::function<void(std::ostream&)>& write);

}  // namespace ablate
