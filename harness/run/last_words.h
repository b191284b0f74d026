// What a process that has ended wrote last, as it may stand in a record.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace ablate {

// The log's last lines that aren't empty, joined by " / ", without folders; empty where it has
// none.
std::string LastWords(const std::filesystem::path& log);

// "<what>; its last words: …", or `what` alone.
std::string WithLastWords(const std::string& what, const std::filesystem::path& log);

// Folders taken off the paths in `text`: records are committed and must not tell where a machine
// keeps its files.
std::string WithoutFolders(std::string_view text);

}  // namespace ablate
