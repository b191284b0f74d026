// Corpora of text files: two of a sentence a line, or one of "source<TAB>target" a line.
#pragma once

#include <filesystem>

#include "model/data/pair_intake.h"
#include "model/data/text_file.h"

namespace ablate {

// Throws Error, naming both files and their line counts, where these differ.
void ReadParallelLines(const std::filesystem::path& source, const std::filesystem::path& target,
                       PairIntake& intake);
void ReadParallelLines(TextFile& source, TextFile& target, PairIntake& intake);

// Throws Error, naming file and line, where a line has no tab or more than one.
void ReadTabSeparated(const std::filesystem::path& path, PairIntake& intake);

}  // namespace ablate
