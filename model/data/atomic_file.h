// Files that are either as they were or whole.
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string_view>

namespace ablate {

// Writes beside `path` and renames, so that others never see it half done, whoever else writes it.
// When it returns, file and name are on disk: a power cut does not take them away. Throws Error
// where the folder is missing or not writable, or the disk is full.
void WriteByRename(const std::filesystem::path& path, std::string_view bytes);

// The same for what does not lie in memory as one piece and can be made anew: `write` writes it. It
// outlives this process, but waits for no disk; after a power cut it may be torn.
void WriteByRename(const std::filesystem::path& path,
                   const std::function<void(std::ostream&)>& write);

// Waits until what was made, renamed or removed in `folder` (empty: the working folder) is on disk.
// False, with errno, where that failed; a file system that knows no such thing has not failed.
bool SyncFolder(const std::filesystem::path& folder);

}  // namespace ablate
