// Debian packages by `apt-get download`, which needs no root.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ablate {

// Puts the packages' files into `folder`. Throws Error, with what apt said and what to do, where
// that is not possible.
void AptDownload(const std::vector<std::string>& packages, const std::filesystem::path& folder);

}  // namespace ablate
