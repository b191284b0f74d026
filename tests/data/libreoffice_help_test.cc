#include "model/data/libreoffice_help.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>

#include "model/data/corpus.h"
#include "model/data/fetch.h"
#include "model/error.h"
#include "tests/data/corpus_files.h"
#include "tests/support/process.h"

namespace ablate {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HelpPackages;
using ::testing::IsEmpty;
using testing::MessageOf;

CorpusSpec Spec() {
  CorpusSpec spec;
  spec.name = "libreoffice_help";
  return spec;
}

Corpus FetchAndLoad(const std::string& from) {
  const std::filesystem::path cache = testing::TemporaryFolder();
  FetchCorpus("libreoffice_help", cache, {.from = from});
  return LoadCorpus(Spec(), cache, "/");
}

std::vector<std::string> Lines(const Corpus& corpus) {
  std::vector<std::string> lines;
  for (const auto* split : {&corpus.train, &corpus.valid}) {
    for (const SentencePair& pair : *split) lines.push_back(pair.source + " | " + pair.target);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

TEST(HelpPageTest, GivesParagraphsAndHeadingsThatHaveAnId) {
  const auto paragraphs = ParseHelpPage(
      "<html><body><h1 id='a'>The <b>title</b></h1><p>no id</p><div id='d'><table><tr><td>"
      "<p id='b'>one\n  two&nbsp;&eacute;&#233;<br>three</p></td></tr></table></div>"
      "<p id='c'><img src='x'></p></body></html>");
  EXPECT_THAT(paragraphs,
              ElementsAre(HelpParagraph{"a", "The title"}, HelpParagraph{"b", "one two éé three"},
                          HelpParagraph{"c", ""}));
}

TEST(HelpPageTest, TakesTheDefaultOfWordsThatDifferBySystem) {
  const auto paragraphs = ParseHelpPage(
      "<p id='a'>Press <span class='switchinline'><span hidden='true' id='MACx' class='MAC'>Command"
      "</span><span hidden='true' id='defaultx'>Ctrl</span></span>+F, <span class='switchinline'>"
      "<span class='WRITER'>text</span><span class='CALC'>sheet</span></span></p>");
  EXPECT_THAT(paragraphs, ElementsAre(HelpParagraph{"a", "Press Ctrl+F, text"}));
}

TEST(HelpPageTest, SurvivesAnyBytes) {
  EXPECT_THAT(ParseHelpPage(""), IsEmpty());
  EXPECT_THAT(ParseHelpPage("\xff\xfe<p id="), IsEmpty());
  EXPECT_EQ(ParseHelpPage("<p id='a'>open").size(), 1u);
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "<div>";
  ParseHelpPage(deep);
}

TEST(LibreOfficeHelpTest, PairsParagraphsByTheirIdWhateverTheirOrder) {
  const Corpus corpus = FetchAndLoad(
      HelpPackages("<p id='a'>One</p><p id='b'>Two</p>", "<p id='b'>Deux</p><p id='a'>Un</p>"));
  EXPECT_THAT(Lines(corpus), ElementsAre("One | Un", "Two | Deux"));
}

TEST(LibreOfficeHelpTest, PairsRepeatedIdsInOrderWhereEquallyMany) {
  const Corpus corpus =
      FetchAndLoad(HelpPackages("<p id='a'>One</p><p id='a'>Two</p><p id='b'>x</p><p id='b'>y</p>",
                                "<p id='a'>Un</p><p id='a'>Deux</p><p id='b'>z</p>"));
  EXPECT_THAT(Lines(corpus), ElementsAre("One | Un", "Two | Deux"));
  EXPECT_EQ(corpus.counts.unpaired, 3);
}

TEST(LibreOfficeHelpTest, CountsWhatHasNoCounterpartOrNoTranslation) {
  const Corpus corpus = FetchAndLoad(HelpPackages(
      "<p id='a'>One</p><p id='b'>Two</p><p id='c'>print x</p><p id='e'></p><p id='f'>f</p>",
      "<p id='a'>Un</p><p id='b'>Deux</p><p id='c'>print x</p><p id='e'></p><p id='g'>g</p>"));
  EXPECT_EQ(corpus.counts.read, 6);
  EXPECT_EQ(corpus.counts.untranslated, 1);
  EXPECT_EQ(corpus.counts.empty, 1);
  EXPECT_EQ(corpus.counts.unpaired, 2);
  EXPECT_EQ(corpus.counts.train + corpus.counts.valid, 2);
}

TEST(LibreOfficeHelpTest, TakesTheFolderOfAPackageThatIsNamed) {
  const std::filesystem::path folder =
      HelpPackages("<p id='a'>One</p><p id='b'>Two</p>", "<p id='a'>Un</p><p id='b'>Deux</p>");
  EXPECT_EQ(FetchAndLoad(folder / "libreoffice-help-fr_4%3a7.4.7-1_all.deb").counts.read, 2);
}

TEST(LibreOfficeHelpTest, RefusesFoldersWithoutBothPackagesAndUrls) {
  const auto message = [](const std::string& from) {
    return MessageOf([&] { FetchAndLoad(from); });
  };
  EXPECT_THAT(message(testing::TemporaryFolder()), HasSubstr("libreoffice-help-en-us"));
  EXPECT_THAT(message("/nowhere/at/all"), HasSubstr("does not exist"));
  EXPECT_THAT(message("http://127.0.0.1/"), HasSubstr("give their folder to --from"));
}

TEST(LibreOfficeHelpTest, RefusesFilesThatAreNoPackagesOrTorn) {
  const std::filesystem::path folder = HelpPackages("<p id='a'>One</p>", "<p id='a'>Un</p>");
  const std::filesystem::path french = folder / "libreoffice-help-fr_4%3a7.4.7-1_all.deb";
  const std::string whole = testing::ReadFile(french);
  for (const std::string& content :
       {std::string("no archive"), std::string(), whole.substr(0, whole.size() / 2),
        whole.substr(0, whole.size() - 40), testing::Zip({{"a", "b"}}),
        testing::DebianPackage({{"./usr/share/doc/copyright", "none"}})}) {
    testing::WriteFile(french, content);
    EXPECT_THROW(FetchAndLoad(folder), Error) << content.size();
  }
}

TEST(LibreOfficeHelpTest, ReadsTheRealPackages) {
  const std::filesystem::path cache = DefaultCache();
  if (!std::filesystem::exists(cache / "corpora/libreoffice_help/manifest.json")) {
    GTEST_SKIP() << "libreoffice_help is not in " << cache;
  }
  const CorpusCounts counts = LoadCorpus(Spec(), cache, "/").counts;
  const int64_t kept = counts.train + counts.valid;
  EXPECT_GT(kept, 30000);
  EXPECT_EQ(kept + counts.empty + counts.unpaired + counts.untranslated + counts.duplicate +
                counts.too_long_line + counts.invalid_utf8,
            counts.read);
  EXPECT_LT(counts.unpaired, counts.read / 100);
}

// Puts a program named apt-get in front of the machine's, if it has one.
class AptTest : public ::testing::Test {
 protected:
  AptTest() : path_(std::getenv("PATH")) {}
  ~AptTest() override { setenv("PATH", path_.c_str(), 1); }

  void InstallAptGet(const std::string& script) const {
    const std::filesystem::path program = bin_ / "apt-get";
    testing::WriteFile(program, "#!/bin/sh\n" + script);
    chmod(program.c_str(), 0755);
    setenv("PATH", (bin_.string() + ":" + path_).c_str(), 1);
  }

  std::filesystem::path bin_ = testing::TemporaryFolder();
  std::string path_;
};

TEST_F(AptTest, DownloadsBothPackages) {
  const std::filesystem::path packages =
      HelpPackages("<p id='a'>One</p><p id='b'>Two</p>", "<p id='a'>Un</p><p id='b'>Deux</p>");
  InstallAptGet("echo \"$@\" > '" + (bin_ / "arguments").string() + "'; cp '" + packages.string() +
                "'/*.deb .");
  EXPECT_EQ(FetchAndLoad("").counts.read, 2);
  EXPECT_THAT(testing::ReadFile(bin_ / "arguments"),
              HasSubstr("download libreoffice-help-en-us libreoffice-help-fr"));
}

TEST_F(AptTest, SaysWhatAptSaidAndWhatToDo) {
  InstallAptGet("echo 'E: Unable to locate package' >&2; exit 100");
  EXPECT_THAT(MessageOf([] { FetchAndLoad(""); }),
              AllOf(HasSubstr("E: Unable to locate package"), HasSubstr("apt-get update"),
                    HasSubstr("--from")));
}

TEST_F(AptTest, SaysThatThereIsNoApt) {
  setenv("PATH", bin_.c_str(), 1);
  EXPECT_THAT(MessageOf([] { FetchAndLoad(""); }),
              AllOf(HasSubstr("no apt-get"), HasSubstr("--from")));
}

}  // namespace
}  // namespace ablate
