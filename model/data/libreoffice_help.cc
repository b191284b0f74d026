#include "model/data/libreoffice_help.h"

#include <map>
#include <set>
#include <utility>

#include "model/data/apt.h"
#include "model/data/archive.h"
#include "model/error.h"

namespace ablate {
namespace {

constexpr const char* kEnglish = "libreoffice-help-en-us";
constexpr const char* kFrench = "libreoffice-help-fr";

std::string FileOf(const std::string& package) { return package + ".deb"; }

// By the path below the folder of the language.
using Pages = std::map<std::string, std::vector<HelpParagraph>>;

// Empty for what is no help page. "./usr/share/libreoffice/help/fr/text/swriter/main0000.html" ->
// "text/swriter/main0000.html"
std::string PageName(const std::string& path) {
  constexpr std::string_view kFolder = "/help/";
  const size_t help = path.find(kFolder);
  if (help == std::string::npos || !path.ends_with(".html")) return "";
  const size_t language_end = path.find('/', help + kFolder.size());
  return language_end == std::string::npos ? "" : path.substr(language_end + 1);
}

// A package is an `ar` archive that holds the files in a compressed tar.
Pages ReadPackage(const std::filesystem::path& path) {
  Archive package = Archive::Open(path);
  std::string entry;
  while (package.NextEntry(entry) && !entry.starts_with("data.tar")) {
  }
  if (!entry.starts_with("data.tar")) {
    throw Error(path.string() + " is no Debian package; fetch it again");
  }
  const std::string data = package.ReadAll();
  Archive files = Archive::OpenMemory(data, path.string());
  Pages pages;
  while (files.NextEntry(entry)) {
    const std::string name = PageName(entry);
    if (!name.empty()) pages[name] = ParseHelpPage(files.ReadAll());
  }
  return pages;
}

using Texts = std::map<std::string_view, std::vector<std::string_view>>;

Texts TextsById(const std::vector<HelpParagraph>& paragraphs) {
  Texts texts;
  for (const HelpParagraph& paragraph : paragraphs) texts[paragraph.id].push_back(paragraph.text);
  return texts;
}

// A page may embed others, so that an id stands in it more than once: the n-th then pairs with the
// n-th, where there are equally many.
void PairPages(const std::vector<HelpParagraph>& english, const std::vector<HelpParagraph>& french,
               PairIntake& intake) {
  const Texts sources = TextsById(english);
  const Texts targets = TextsById(french);
  std::set<std::string_view> paired;
  for (const auto& [id, texts] : sources) {
    const auto found = targets.find(id);
    if (found == targets.end() || found->second.size() != texts.size()) {
      for (size_t i = 0; i < texts.size(); ++i) intake.AddUnpaired();
      continue;
    }
    paired.insert(id);
    for (size_t i = 0; i < texts.size(); ++i) intake.AddTranslated(texts[i], found->second[i]);
  }
  for (const auto& [id, texts] : targets) {
    if (paired.contains(id)) continue;
    for (size_t i = 0; i < texts.size(); ++i) intake.AddUnpaired();
  }
}

void Read(const std::filesystem::path& folder, PairIntake& intake) {
  Pages english = ReadPackage(folder / FileOf(kEnglish));
  Pages french = ReadPackage(folder / FileOf(kFrench));
  for (const auto& [name, page] : french) english[name];  // pages of the French side alone
  for (const auto& [name, page] : english) PairPages(page, french[name], intake);
  if (intake.counts.read == 0) {
    throw Error("the packages in " + folder.string() + " hold no help pages; fetch them again");
  }
}

// The package's file in `folder`, under its own name or under ours.
std::filesystem::path FindPackage(const std::filesystem::path& folder, const std::string& package) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    const bool matches = name.starts_with(package + "_") || name == FileOf(package);
    if (matches && name.ends_with(".deb")) found.push_back(entry.path());
  }
  if (found.size() == 1) return found.front();
  throw Error(folder.string() + " holds " + std::to_string(found.size()) + " files " + package +
              "_….deb; put one of " + kEnglish + " and one of " + kFrench + " there");
}

std::filesystem::path FolderOfPackages(const std::string& from) {
  if (IsUrl(from)) {
    throw Error("libreoffice_help cannot be fetched from a URL; download the packages " +
                std::string(kEnglish) + " and " + kFrench + " and give their folder to --from");
  }
  const std::filesystem::path path = from;
  if (std::filesystem::is_directory(path)) return path;
  if (std::filesystem::exists(path)) return std::filesystem::absolute(path).parent_path();
  throw Error(from + " does not exist; give a folder that holds both packages");
}

// What a fetch that broke off has left may be of another version.
void RemovePackages(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".deb") std::filesystem::remove(entry.path());
  }
}

std::map<std::string, std::string> Obtain(const std::string& from,
                                          const std::filesystem::path& folder,
                                          const FetchProgress& progress) {
  if (from.empty()) {
    RemovePackages(folder);
    AptDownload({kEnglish, kFrench}, folder);
  }
  const std::filesystem::path source = from.empty() ? folder : FolderOfPackages(from);
  std::map<std::string, std::string> origins;
  for (const std::string package : {kEnglish, kFrench}) {
    const std::filesystem::path file = FindPackage(source, package);
    CopyInto(file, folder / FileOf(package), progress);
    origins[FileOf(package)] = from.empty() ? file.filename().string() : file.string();
  }
  return origins;
}

}  // namespace

FetchedCorpus LibreOfficeHelp() {
  return {"libreoffice_help", {FileOf(kEnglish), FileOf(kFrench)}, Obtain, Read};
}

}  // namespace ablate
