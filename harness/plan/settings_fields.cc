#include "harness/plan/settings_fields.h"

#include <algorithm>
#include <type_traits>

namespace ablate {
namespace {

using Type = ValueRule::Type;
using nlohmann::json;

template <typename T>
inline constexpr bool kIsOptional = false;
template <typename T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <typename T>
json Written(const T& value) {
  if constexpr (kIsOptional<T>)
    return value ? json(*value) : json(nullptr);
  else
    return value;
}

template <typename T>
void Assign(T& to, const json& value) {
  if constexpr (kIsOptional<T>)
    to = value.is_null() ? T() : T(value.get<typename T::value_type>());
  else
    to = value.get<T>();
}

template <typename T>
Type TypeOf(const ValueRule& rule) {
  if constexpr (std::is_same_v<T, std::string>)
    return rule.choices.empty() ? Type::kText : Type::kChoice;
  else if constexpr (std::is_same_v<T, bool>)
    return Type::kBoolean;
  else if constexpr (std::is_same_v<T, double>)
    return Type::kNumber;
  else
    return Type::kInteger;
}

// Makes fields of the struct that `section` points to; a field's type is that of its member.
template <typename S>
auto FieldsOf(S Settings::*section) {
  return [section]<typename T>(std::string name, T S::*member, std::string help,
                               ValueRule rule = {}) {
    rule.type = TypeOf<T>(rule);
    rule.nullable = kIsOptional<T>;
    return Field{.name = std::move(name),
                 .help = std::move(help),
                 .rule = std::move(rule),
                 .get = [=](const Settings& s) { return Written(s.*section.*member); },
                 .set = [=](Settings& s, const json& value) { Assign(s.*section.*member, value); }};
  };
}

Field OnlyFor(std::string selected, Field field) {
  field.only_for = std::move(selected);
  return field;
}

Field Required(Field field) {
  field.required = true;
  return field;
}

Field ChangesTrainLoss(Field field) {
  field.changes_train_loss = true;
  return field;
}

ValueRule Between(double minimum, double maximum) {
  return {.minimum = minimum, .maximum = maximum};
}
ValueRule AtLeast(double minimum) { return {.minimum = minimum, .maximum = kLargestInteger}; }
ValueRule Positive() { return {.minimum = 0, .minimum_exclusive = true}; }
ValueRule NotNegative() { return {.minimum = 0}; }
ValueRule ProbabilityBelowOne() { return {.minimum = 0, .maximum = 1, .maximum_exclusive = true}; }
ValueRule ProperFraction() {
  return {.minimum = 0, .maximum = 1, .minimum_exclusive = true, .maximum_exclusive = true};
}
ValueRule OneOf(std::vector<std::string> choices) { return {.choices = std::move(choices)}; }

Section CorpusSection() {
  const auto field = FieldsOf(&Settings::corpus);
  using S = CorpusSpec;
  Section section = {"corpus", "The sentence pairs that are trained on.", "name"};
  section.fields = {
      Required(field(
          "name", &S::name, "which corpus",
          OneOf({"phrasebook", "libreoffice_help", "opus_books", "multi30k", "lines", "tsv"}))),
      OnlyFor("phrasebook", field("seed", &S::seed, "of the generator", AtLeast(0))),
      OnlyFor("phrasebook",
              field("pairs", &S::pairs, "distinct pairs that are generated", Between(1, 1e7))),
      OnlyFor("lines", Required(field("source", &S::source,
                                      "file of English sentences, one a line; relative to the "
                                      "suite's folder"))),
      OnlyFor("lines",
              Required(field("target", &S::target, "file of their translations, line by line"))),
      OnlyFor("tsv", Required(field("path", &S::path,
                                    "file of source, tab, target, a pair a line; relative to the "
                                    "suite's folder"))),
      field("max_pairs", &S::max_pairs,
            "pairs that are kept of those that pass the filters; null: all", AtLeast(1)),
      field("min_source_words", &S::min_source_words,
            "shorter sources are left out; null: no limit", AtLeast(0)),
      field("max_source_chars", &S::max_source_chars,
            "longer sources are left out, in code points; null: no limit", AtLeast(1)),
      field("max_target_excess_chars", &S::max_target_excess_chars,
            "targets longer than their source by more are left out; null: no limit",
            Between(-1e9, kLargestInteger)),
      field("valid_fraction", &S::valid_fraction,
            "of the distinct source sentences, for validation", ProperFraction()),
      field("split_seed", &S::split_seed, "of the shuffle before the split", AtLeast(0)),
  };
  for (Field& f : section.fields) f = ChangesTrainLoss(std::move(f));
  return section;
}

Section VocabularySection() {
  const auto field = FieldsOf(&Settings::vocabulary);
  using S = VocabularySpec;
  Section section = {"vocabulary", "How sentences become tokens.", "type"};
  section.fields = {
      field("type", &S::type, "whole words, or SentencePiece's byte-pair encoding",
            OneOf({"word", "bpe"})),
      field("size", &S::size, "tokens a language, the four specials included",
            Between(kSpecials + 1, 1e6)),
      OnlyFor("word",
              field("min_frequency", &S::min_frequency, "rarer words become UNK", Between(1, 1e9))),
  };
  for (Field& f : section.fields) f = ChangesTrainLoss(std::move(f));
  return section;
}

Section ModelSection() {
  const auto field = FieldsOf(&Settings::model);
  using S = TransformerConfig;
  Section section = {"model", "The encoder-decoder Transformer.", ""};
  section.fields = {
      field("d_model", &S::d_model, "width; divisible by heads", Between(1, 65536)),
      field("layers", &S::layers, "depth of the encoder, and of the decoder", Between(1, 1024)),
      field("heads", &S::heads, "attention heads", Between(1, 1024)),
      field("d_ff", &S::d_ff,
            "hidden units of the feed-forward blocks; swiglu has two thirds of it",
            Between(1, 1 << 20)),
      ChangesTrainLoss(field("dropout", &S::dropout, "probability", ProbabilityBelowOne())),
      field("activation", &S::activation, "of the feed-forward blocks",
            OneOf({"relu", "gelu", "swiglu"})),
      field("norm", &S::norm, "layers are normalised before each branch, or after its residual sum",
            OneOf({"pre", "post"})),
      field("tied_embeddings", &S::tied_embeddings,
            "target embedding and output projection are one matrix"),
      field("attention_bias", &S::attention_bias, "biases in the attention projections"),
      field("max_length", &S::max_length, "positions, specials included", Between(3, 65536)),
  };
  return section;
}

Section TrainingSection() {
  const auto field = FieldsOf(&Settings::training);
  using S = TrainingSettings;
  Section section = {"training", "How the parameters are updated.", ""};
  section.fields = {
      field("batch_size", &S::batch_size, "sentences an update", Between(1, 1 << 20)),
      ChangesTrainLoss(
          field("label_smoothing", &S::label_smoothing, "probability mass", ProbabilityBelowOne())),
      field("learning_rate", &S::learning_rate, "of a constant schedule, and the default of others",
            Positive()),
      field("gradient_clip", &S::gradient_clip, "global norm; 0: none", NotNegative()),
      field("weight_decay", &S::weight_decay,
            "of matrices: L2 for adam and sgd, decoupled for the other optimizers", NotNegative()),
  };
  return section;
}

Section TargetSection() {
  const auto field = FieldsOf(&Settings::target);
  using S = TargetSettings;
  Section section = {"target", "When a run has arrived, and how long it may take.", ""};
  section.not_a_factor = "the target is what cells are compared by";
  section.fields = {
      field("metric", &S::metric, "the loss that has to come down",
            OneOf({"train_loss", "valid_loss"})),
      field("value", &S::value, "to which value", Positive()),
      field("max_epochs", &S::max_epochs, "a run that takes longer is censored", Positive()),
      field("max_seconds", &S::max_seconds,
            "of the train clock; a run that takes longer is "
            "censored",
            Positive()),
      field("window_examples", &S::window_examples,
            "trailing examples that train_loss is averaged over; 0: one epoch", AtLeast(0)),
      field("loss_interval", &S::loss_interval, "updates between readings of the loss",
            Between(1, 1e9)),
      field("evaluate_every_examples", &S::evaluate_every_examples,
            "examples between evaluations of valid_loss; 0: one epoch", AtLeast(0)),
  };
  return section;
}

Section QualitySection() {
  const auto field = FieldsOf(&Settings::quality);
  Section section = {"quality", "How the trained model's translations are judged.", ""};
  section.not_a_factor = "it changes nothing that is trained";
  section.fields = {field("max_sentences", &QualitySettings::max_sentences,
                          "validation sentences that are translated for BLEU; 0: none",
                          Between(0, 1e7))};
  return section;
}

Section RootSection() {
  Section section = {"", "", ""};
  section.fields = {
      {.name = "deterministic",
       .help = "on CUDA, deterministic kernels alone",
       .rule = {.type = Type::kBoolean},
       .get = [](const Settings& s) { return json(s.deterministic); },
       .set = [](Settings& s, const json& value) { s.deterministic = value.get<bool>(); }}};
  return section;
}

const Field* FindIn(const Section& section, std::string_view name) {
  for (const Field& field : section.fields)
    if (field.name == name) return &field;
  return nullptr;
}

std::string Selected(const Section& section, const Settings& settings) {
  return FindIn(section, section.selector)->get(settings).get<std::string>();
}

}  // namespace

std::vector<std::string> Section::FieldNames() const {
  std::vector<std::string> names;
  for (const Field& field : fields) names.push_back(field.name);
  return names;
}

const std::vector<Section>& SettingsSections() {
  static const std::vector<Section> sections = {
      CorpusSection(), VocabularySection(), ModelSection(), TrainingSection(),
      TargetSection(), QualitySection(),    RootSection()};
  return sections;
}

std::string PathOf(const Section& section, const Field& field) {
  return section.name.empty() ? field.name : section.name + "." + field.name;
}

FieldAt FindField(std::string_view path) {
  for (const Section& section : SettingsSections())
    for (const Field& field : section.fields)
      if (PathOf(section, field) == path) return {&section, &field};
  return {};
}

std::vector<std::string> FactorPaths() {
  std::vector<std::string> paths;
  for (const Section& section : SettingsSections()) {
    if (!section.not_a_factor.empty()) continue;
    for (const Field& field : section.fields) paths.push_back(PathOf(section, field));
  }
  return paths;
}

bool Belongs(const Section& section, const Field& field, const Settings& settings) {
  return field.only_for.empty() || field.only_for == Selected(section, settings);
}

std::string WhereItBelongs(const Section& section, const Field& field) {
  return "belongs to " + section.name + "." + section.selector + " '" + field.only_for + "' alone";
}

void ReadSection(const Section& section, const JsonReader& object, Settings& settings) {
  if (!section.name.empty()) object.ExpectObject(section.FieldNames());
  for (const Field& field : section.fields) {  // the selector stands first
    const auto member = object.Find(field.name);
    if (!Belongs(section, field, settings)) {
      if (!member) continue;
      member->Fail(WhereItBelongs(section, field) + "; here it is '" + Selected(section, settings) +
                   "'");
    }
    if (member) field.set(settings, Checked(*member, field.rule));
    if (!member && field.required) object.Need(field.name);
  }
}

}  // namespace ablate
