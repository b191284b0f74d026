// The help pages of LibreOffice as Debian packages them, English and French: a page has the same
// path in both packages, and a paragraph the same HTML `id`.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "model/data/fetched_corpus.h"

namespace ablate {

// Obtained with `apt-get download`, or from a folder that holds both packages.
FetchedCorpus LibreOfficeHelp();

// A paragraph or heading with an id, as text with single blanks. Of words that differ by operating
// system or application the page's default is taken, as a browser would show them.
struct HelpParagraph {
  std::string id;
  std::string text;

  bool operator==(const HelpParagraph&) const = default;
};

// In the order of the page. Markup that is broken is read as well as can be.
std::vector<HelpParagraph> ParseHelpPage(std::string_view html);

}  // namespace ablate
