// Small files, read whole and written by rename.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ablate {

// nullopt where the file can't be read.
std::optional<std::string> ReadText(const std::filesystem::path& path);

// A reader sees the old file or the new one, never a part; the text is on disk when this returns.
// Throws Error where the folder can't be written.
void WriteTextByRename(const std::filesystem::path& path, std::string_view text);

// The seconds that `time_t` counts as "2026-01-31T12:00:00Z".
std::string UtcTime(int64_t seconds);
// Now.
std::string UtcNow();

}  // namespace ablate
