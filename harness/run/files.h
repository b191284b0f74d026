// Small files, read whole and written by rename.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace ablate {

// The whole of a file; nullopt, with errno, where it can't be read to its end.
std::optional<std::string> ReadText(const std::filesystem::path& path);

// Throws Error for a write to `path` that failed with `errno`. Where the disk is full, or a limit
// on the size of files is reached, it says that the same command goes on once there is room.
[[noreturn]] void ThrowUnwritable(const std::filesystem::path& path);

// Returns false, with errno, where not all of it could be written, or brought to disk.
bool WriteAll(int file, std::string_view text);
bool WriteAndSync(int file, std::string_view text);

// A reader sees the old file or the new one, never a part. `synced`: text and name are on disk when
// this returns; what can be made anew need not wait for that. Throws Error where the folder can't
// be written; the old file then stands.
void WriteTextByRename(const std::filesystem::path& path, std::string_view text,
                       bool synced = true);

// Makes `folder` and what is missing above it; their names are on disk when this returns. Throws
// Error where that can't be done.
void MakeFolder(const std::filesystem::path& folder);

// The seconds that `time_t` counts as "2026-01-31T12:00:00Z".
std::string UtcTime(int64_t seconds);
// Now.
std::string UtcNow();

}  // namespace ablate
