#include <libxml/HTMLparser.h>

#include <algorithm>
#include <array>
#include <memory>

#include "model/data/libreoffice_help.h"
#include "model/data/sentence_text.h"

namespace ablate {
namespace {

struct FreeDocument {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};

std::string_view View(const xmlChar* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

std::string_view Attribute(const xmlNode& node, std::string_view name) {
  for (const xmlAttr* attribute = node.properties; attribute != nullptr;
       attribute = attribute->next) {
    if (View(attribute->name) != name) continue;
    return attribute->children == nullptr ? "" : View(attribute->children->content);
  }
  return {};
}

bool IsParagraph(const xmlNode& node) {
  constexpr std::array<std::string_view, 8> kNames = {"p",  "h1", "h2", "h3",
                                                      "h4", "h5", "h6", "pre"};
  return node.type == XML_ELEMENT_NODE &&
         std::find(kNames.begin(), kNames.end(), View(node.name)) != kNames.end();
}

// Of the cases of a switch, the one that stands for all others, else the first.
const xmlNode* ChosenCase(const xmlNode& node) {
  const xmlNode* chosen = nullptr;
  for (const xmlNode* child = node.children; child != nullptr; child = child->next) {
    if (child->type != XML_ELEMENT_NODE) continue;
    if (Attribute(*child, "id").starts_with("default")) return child;
    if (chosen == nullptr) chosen = child;
  }
  return chosen;
}

void AppendText(const xmlNode& node, std::string& text) {
  if (node.type == XML_TEXT_NODE || node.type == XML_ENTITY_REF_NODE) text += View(node.content);
  if (node.type != XML_ELEMENT_NODE) return;
  if (View(node.name) == "br") text += ' ';
  if (Attribute(node, "class") == "switchinline") {
    if (const xmlNode* chosen = ChosenCase(node)) AppendText(*chosen, text);
    return;
  }
  for (const xmlNode* child = node.children; child != nullptr; child = child->next) {
    AppendText(*child, text);
  }
}

void CollectParagraphs(const xmlNode* node, std::vector<HelpParagraph>& paragraphs) {
  for (; node != nullptr; node = node->next) {
    const std::string_view id = Attribute(*node, "id");
    if (IsParagraph(*node) && !id.empty()) {
      std::string text;
      AppendText(*node, text);
      paragraphs.push_back({std::string(id), WithSingleBlanks(text)});
    } else if (node->type == XML_ELEMENT_NODE) {
      CollectParagraphs(node->children, paragraphs);
    }
  }
}

}  // namespace

std::vector<HelpParagraph> ParseHelpPage(std::string_view html) {
  constexpr int kOptions = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                           HTML_PARSE_NONET | HTML_PARSE_COMPACT;
  const std::unique_ptr<xmlDoc, FreeDocument> page(
      htmlReadMemory(html.data(), static_cast<int>(html.size()), nullptr, "UTF-8", kOptions));
  std::vector<HelpParagraph> paragraphs;
  if (page != nullptr) CollectParagraphs(page->children, paragraphs);
  return paragraphs;
}

}  // namespace ablate
