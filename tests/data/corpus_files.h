// Files for tests to read: plain, compressed, archives, Debian packages.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace ablate::testing {

using Entries = std::vector<std::pair<std::string, std::string>>;  // name, content

void WriteFile(const std::filesystem::path& path, const std::string& content);
std::string ReadFile(const std::filesystem::path& path);

std::string Gzip(const std::string& content);
std::string Zip(const Entries& entries);
// A package whose data.tar.xz holds `files`.
std::string DebianPackage(const Entries& files);

// A folder with both packages of LibreOffice's help, with one page of the given bodies.
std::filesystem::path HelpPackages(const std::string& english_body, const std::string& french_body);

// The message of the Error that `call` throws; a failed test where it throws none.
std::string MessageOf(const std::function<void()>& call);

}  // namespace ablate::testing
