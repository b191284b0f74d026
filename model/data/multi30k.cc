#include "model/data/multi30k.h"

#include "model/data/parallel_files.h"

namespace ablate {
namespace {

constexpr const char* kEnglish = "train.en.gz";
constexpr const char* kFrench = "train.fr.gz";
constexpr const char* kBaseUrl =
    "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw/";

}  // namespace

FetchedCorpus Multi30k() {
  const auto obtain = [](const std::string& from, const std::filesystem::path& folder,
                         const FetchProgress& progress) {
    return ObtainFiles({kEnglish, kFrench}, kBaseUrl, from, folder, progress);
  };
  const auto read = [](const std::filesystem::path& folder, PairIntake& intake) {
    ReadParallelLines(folder / kEnglish, folder / kFrench, intake);
  };
  return {"multi30k", {kEnglish, kFrench}, obtain, read};
}

}  // namespace ablate
