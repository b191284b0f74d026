#include "model/data/opus_books.h"

#include "model/data/parallel_files.h"
#include "model/error.h"

namespace ablate {
namespace {

constexpr const char* kZip = "en-fr.txt.zip";
constexpr const char* kBaseUrl = "https://object.pouta.csc.fi/OPUS-Books/v1/moses/";

void SeekEntry(Archive& archive, const std::string& ending, const std::string& zip) {
  std::string entry;
  while (archive.NextEntry(entry)) {
    if (entry.ends_with(ending)) return;
  }
  throw Error(zip + " holds no file that ends in " + ending + "; it is not the Moses zip of en-fr");
}

void Read(const std::filesystem::path& folder, PairIntake& intake) {
  const std::string zip = (folder / kZip).string();
  // Opened twice, since an archive gives one entry at a time and the two are read side by side.
  Archive english = Archive::Open(zip);
  Archive french = Archive::Open(zip);
  SeekEntry(english, ".en-fr.en", zip);
  SeekEntry(french, ".en-fr.fr", zip);
  TextFile source(english, zip + "(.en-fr.en)");
  TextFile target(french, zip + "(.en-fr.fr)");
  ReadParallelLines(source, target, intake);
}

}  // namespace

FetchedCorpus OpusBooks() {
  const auto obtain = [](const std::string& from, const std::filesystem::path& folder,
                         const FetchProgress& progress) {
    return ObtainFiles({kZip}, kBaseUrl, from, folder, progress);
  };
  return {"opus_books", {kZip}, obtain, Read};
}

}  // namespace ablate
