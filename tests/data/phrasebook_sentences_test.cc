#include "tests/data/phrasebook_sentences.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/data/phrasebook/english.h"
#include "model/data/phrasebook/french.h"

namespace ablate::phrasebook {
namespace {

using Kind = NounPhrase::Kind;
using D = Determiner;

struct Golden {
  Sentence sentence;
  std::string english;
  std::string french;
};

void Expect(const std::vector<Golden>& cases) {
  for (const Golden& golden : cases) {
    EXPECT_EQ(EnglishSentence(golden.sentence), golden.english);
    EXPECT_EQ(FrenchSentence(golden.sentence), golden.french);
  }
}

NounPhrase It() {
  NounPhrase phrase = Pronoun(kHe);
  phrase.thing = true;
  return phrase;
}

// The pronoun for a thing that French has as feminine.
NounPhrase ItsSister() {
  NounPhrase phrase = Pronoun(kShe);
  phrase.thing = true;
  return phrase;
}

TEST(PhrasebookSentence, ArticlesElideAndAgree) {
  Expect({
      {Said(The("friend"), "sleep", Frame::kIntransitive), "The friend sleeps.", "L'ami dort."},
      {Said(The("hero"), "sleep", Frame::kIntransitive), "The hero sleeps.", "Le héros dort."},
      {Said(The("heroine"), "sleep", Frame::kIntransitive), "The heroine sleeps.",
       "L'héroïne dort."},
      {Said(A("child", D::kIndefinite), "cry", Frame::kIntransitive).In(Tense::kProgressive),
       "A child is crying.", "Un enfant pleure."},
      {Said(Pronoun(kI), "like").Object(A("hatred", D::kDefinite)), "I like the hatred.",
       "J'aime la haine."},
      {Said(Named({"Anna"}), "wear").Object(A("uniform", D::kIndefinite)), "Anna wears a uniform.",
       "Anna porte un uniforme."},
      {Said(Named({"Anna"}), "eat").Object(A("apple", D::kIndefinite)), "Anna eats an apple.",
       "Anna mange une pomme."},
      {Said(Pronoun(kShe), kBe).With(BakerLike("architect", {})), "She is an architect.",
       "Elle est architecte."},
  });
}

TEST(PhrasebookSentence, PartitivesFollowTheNounAndNegation) {
  Expect({
      {Said(Pronoun(kHe), "eat").Object(A("bread", D::kBare)), "He eats bread.",
       "Il mange du pain."},
      {Said(Pronoun(kHe), "eat").Object(A("meat", D::kSome)), "He eats some meat.",
       "Il mange de la viande."},
      {Said(Pronoun(kShe), "drink").Object(A("water", D::kBare)), "She drinks water.",
       "Elle boit de l'eau."},
      {Said(Pronoun(kShe), "drink").Denied().Object(A("water", D::kBare)),
       "She doesn't drink water.", "Elle ne boit pas d'eau."},
      {Said(Pronoun(kHe), "eat").Denied(Polarity::kNoLonger).Object(A("meat", D::kBare)),
       "He no longer eats meat.", "Il ne mange plus de viande."},
      {Said(Pronoun(kI), "have").Denied().Object(A("car", D::kIndefinite)), "I don't have a car.",
       "Je n'ai pas de voiture."},
      {Said(Pronoun(kThey), "buy").Object(Many(A("house", D::kBare))), "They buy houses.",
       "Ils achètent des maisons."},
      {Said(Pronoun(kThey), "visit").Object(Many(A("house", D::kBare, {"beautiful"}))),
       "They visit beautiful houses.", "Ils visitent de belles maisons."},
      {Said(Pronoun(kWe), "like").Denied().Object(Many(A("cat", D::kBare))), "We don't like cats.",
       "Nous n'aimons pas les chats."},
      {Said(Pronoun(kYou), "need").Object(A("water", D::kBare)), "You need water.",
       "Vous avez besoin d'eau."},
      {Said(Pronoun(kYou), "need").Denied().Object(A("key", D::kIndefinite)),
       "You don't need a key.", "Vous n'avez pas besoin d'une clé."},
      {Said(Pronoun(kI), "want").Object(Amount("a glass of", "water")), "I want a glass of water.",
       "Je veux un verre d'eau."},
      {Said(Pronoun(kI), "buy").In(Tense::kFuture).Object(Amount("a kilo of", "apple")),
       "I will buy a kilo of apples.", "J'achèterai un kilo de pommes."},
      {Said(Pronoun(kYou), "drink").Object(Amount("too much", "coffee")),
       "You drink too much coffee.", "Vous buvez trop de café."},
      {Said(Special(Kind::kNobody), "eat").Object(A("fish", D::kSome)), "Nobody eats any fish.",
       "Personne ne mange de poisson."},
  });
}

TEST(PhrasebookSentence, PrepositionsContract) {
  Expect({
      {Said(Pronoun(kHe), "go", Frame::kMotion).In(Tense::kProgressive).At("to", The("market")),
       "He is going to the market.", "Il va au marché."},
      {Said(Pronoun(kShe), "go", Frame::kMotion).In(Tense::kPast).At("to", The("school")),
       "She went to the school.", "Elle est allée à l'école."},
      {Said(Pronoun(kWe), "talk to").Object(Many(The("neighbour"))), "We talk to the neighbours.",
       "Nous parlons aux voisins."},
      {Said(Pronoun(kI), "talk about").Object(The("film")), "I talk about the film.",
       "Je parle du film."},
      {Said(Pronoun(kI), "talk about").Object(Many(The("film"))), "I talk about the films.",
       "Je parle des films."},
      {Said(The("dog"), kBe).At("next to", The("bed")), "The dog is next to the bed.",
       "Le chien est à côté du lit."},
      {Said(Pronoun(kHe), "be afraid of").Object(Many(A("wolf", D::kBare))),
       "He is afraid of wolves.", "Il a peur de loups."},
      {Said(Named({"Paul", "Anna"}), "come from", Frame::kOrigin)
           .When(Town{&FindRegion("Japan"), Town::Way::kFrom}),
       "Paul and Anna come from Japan.", "Paul et Anna viennent du Japon."},
      {Said(Pronoun(kThey), "live", Frame::kLocative)
           .When(Town{&FindRegion("the United States"), Town::Way::kIn}),
       "They live in the United States.", "Ils habitent aux États-Unis."},
      {Said(Pronoun(kI), "phone").In(Tense::kPast).Object(Named({"Anna", "Paul"})),
       "I phoned Anna and Paul.", "J'ai téléphoné à Anna et à Paul."},
  });
}

TEST(PhrasebookSentence, PossessivesAndDemonstrativesAgree) {
  Expect({
      {Said(Of(kI, "school"), kBe).Quality("big"), "My school is big.", "Mon école est grande."},
      {Said(Of(kShe, "brother"), "work", Frame::kIntransitive), "Her brother works.",
       "Son frère travaille."},
      {Said(Of(kHe, "sister"), "work", Frame::kIntransitive), "His sister works.",
       "Sa sœur travaille."},
      {Said(Many(Of(kThey, "child")), "laugh", Frame::kIntransitive), "Their children laugh.",
       "Leurs enfants rient."},
      {Said(A("tree", D::kThis), kBe).Quality("beautiful"), "This tree is beautiful.",
       "Cet arbre est beau."},
      {Said(A("hero", D::kThat), kBe).Quality("tired"), "That hero is tired.",
       "Ce héros est fatigué."},
      {Said(A("woman", D::kThat), kBe).Quality("proud"), "That woman is proud.",
       "Cette femme est fière."},
      {Said(Many(A("man", D::kThis)), kBe).Quality("jealous"), "These men are jealous.",
       "Ces hommes sont jaloux."},
      {Said(A("mouse", D::kEvery), "sleep", Frame::kIntransitive), "Every mouse sleeps.",
       "Chaque souris dort."},
      {Said(Many(A("mouse", D::kAll)), "sleep", Frame::kIntransitive), "All the mice sleep.",
       "Toutes les souris dorment."},
  });
}

TEST(PhrasebookSentence, AdjectivesAgreeAndStandInPlace) {
  Expect({
      {Said(A("man", D::kIndefinite, {"old"}), "walk", Frame::kIntransitive), "An old man walks.",
       "Un vieil homme marche."},
      {Said(A("man", D::kIndefinite, {"beautiful"}), "walk", Frame::kIntransitive),
       "A beautiful man walks.", "Un bel homme marche."},
      {Said(Pronoun(kShe), "have").Object(A("computer", D::kIndefinite, {"new"})),
       "She has a new computer.", "Elle a un nouvel ordinateur."},
      {Said(Pronoun(kHe), "want").Object(A("car", D::kIndefinite, {"beautiful", "red"})),
       "He wants a beautiful red car.", "Il veut une belle voiture rouge."},
      {Said(A("hero", D::kIndefinite, {"old"}), "die", Frame::kIntransitive).In(Tense::kPast),
       "An old hero died.", "Un vieux héros est mort."},
      {Said(Many(The("shirt", {"white"})), kBe).Quality("expensive"),
       "The white shirts are expensive.", "Les chemises blanches sont chères."},
      {Said(Many(The("shoe")), kBe).Quality("brown"), "The shoes are brown.",
       "Les chaussures sont marron."},
      {Said(A("woman", D::kIndefinite, {"honest"}), "talk to").Object(The("king")),
       "An honest woman talks to the king.", "Une femme honnête parle au roi."},
  });
}

TEST(PhrasebookSentence, QualitiesCompare) {
  Expect({
      {Said(Named({"Marie"}), kBe).Quality("tall", Degree::kMore).Than(Named({"Paul"})),
       "Marie is taller than Paul.", "Marie est plus grande que Paul."},
      {Said(Pronoun(kHe), kBe).Quality("intelligent", Degree::kMore).Than(Pronoun(kShe)),
       "He is more intelligent than her.", "Il est plus intelligent qu'elle."},
      {Said(Pronoun(kThey), kBe).Quality("rich", Degree::kLess).Than(Pronoun(kWe)),
       "They are less rich than us.", "Ils sont moins riches que nous."},
      {Said(The("house"), kBe).Quality("old", Degree::kAsMuch).Than(The("hotel")),
       "The house is as old as the hotel.", "La maison est aussi vieille que l'hôtel."},
      {Said(Many(The("apple")), kBe).Quality("good", Degree::kMore).Than(The("bread")),
       "The apples are better than the bread.", "Les pommes sont meilleures que le pain."},
      {Said(The("film"), kBe).Quality("bad", Degree::kMore).Than(The("book")),
       "The film is worse than the book.", "Le film est pire que le livre."},
      {Said(The("soup"), kBe).Denied().Quality("fresh", Degree::kVery),
       "The soup isn't very fresh.", "La soupe n'est pas très fraîche."},
      {Said(The("train"), kBe).In(Tense::kFuture).Quality("late"), "The train will be late.",
       "Le train sera en retard."},
  });
}

TEST(PhrasebookSentence, TensesCorrespond) {
  const auto eats = [](Tense tense) {
    return Said(Named({"Sophie"}), "eat").In(tense).Object(A("cake", D::kIndefinite));
  };
  Expect({
      {eats(Tense::kPresent), "Sophie eats a cake.", "Sophie mange un gâteau."},
      {eats(Tense::kProgressive), "Sophie is eating a cake.", "Sophie mange un gâteau."},
      {eats(Tense::kPast), "Sophie ate a cake.", "Sophie a mangé un gâteau."},
      {eats(Tense::kPerfect), "Sophie has eaten a cake.", "Sophie a mangé un gâteau."},
      {eats(Tense::kImperfect), "Sophie was eating a cake.", "Sophie mangeait un gâteau."},
      {eats(Tense::kRecent), "Sophie has just eaten a cake.", "Sophie vient de manger un gâteau."},
      {eats(Tense::kFuture), "Sophie will eat a cake.", "Sophie mangera un gâteau."},
      {eats(Tense::kNearFuture), "Sophie is going to eat a cake.", "Sophie va manger un gâteau."},
      {Said(Pronoun(kHe), "know").In(Tense::kPast).Object(Named({"Luc"})), "He knew Luc.",
       "Il connaissait Luc."},
      {Said(Pronoun(kWe), "be hungry", Frame::kIntransitive).In(Tense::kPast), "We were hungry.",
       "Nous avions faim."},
  });
}

TEST(PhrasebookSentence, CompoundPastsTakeTheirAuxiliary) {
  Expect({
      {Said(Named({"Julie", "Emma"}), "arrive", Frame::kIntransitive).In(Tense::kPast),
       "Julie and Emma arrived.", "Julie et Emma sont arrivées."},
      {Said(Named({"Julie", "Luc"}), "leave", Frame::kIntransitive).In(Tense::kPast),
       "Julie and Luc left.", "Julie et Luc sont partis."},
      {Said(Pronoun(kShe), "get up", Frame::kIntransitive).In(Tense::kPast).Adverb("early"),
       "She got up early.", "Elle s'est levée tôt."},
      {Said(Pronoun(kI), "hurry", Frame::kIntransitive).In(Tense::kPast), "I hurried.",
       "Je me suis dépêché."},
      {Said(Of(kI, "mother"), "be born", Frame::kIntransitive)
           .In(Tense::kPast)
           .When(Town{&FindRegion("Athens"), Town::Way::kIn}),
       "My mother was born in Athens.", "Ma mère est née à Athènes."},
      {Said(Pronoun(kHe), "sleep", Frame::kIntransitive).In(Tense::kPast).Denied().Adverb("well"),
       "He didn't sleep well.", "Il n'a pas bien dormi."},
      {Said(Pronoun(kHe), "eat").In(Tense::kPerfect).Denied(Polarity::kNotYet).Object(The("soup")),
       "He hasn't eaten the soup yet.", "Il n'a pas encore mangé la soupe."},
      {Said(Pronoun(kWe), "visit").In(Tense::kPast).Denied(Polarity::kNever).Object(The("museum")),
       "We never visited the museum.", "Nous n'avons jamais visité le musée."},
  });
}

TEST(PhrasebookSentence, PronounsStandBeforeTheirVerb) {
  Expect({
      {Said(Pronoun(kI), "see").Object(Pronoun(kShe)), "I see her.", "Je la vois."},
      {Said(Pronoun(kI), "see").In(Tense::kPast).Object(Pronoun(kShe)), "I saw her.",
       "Je l'ai vue."},
      {Said(Pronoun(kShe), "see").In(Tense::kPast).Denied().Object(Pronoun(kThey)),
       "She didn't see them.", "Elle ne les a pas vus."},
      {Said(Pronoun(kHe), "help").In(Tense::kNearFuture).Object(Pronoun(kI)),
       "He is going to help me.", "Il va m'aider."},
      {Said(Pronoun(kYou), "phone").Object(Pronoun(kShe)), "You phone her.",
       "Vous lui téléphonez."},
      {Said(Pronoun(kShe), "look like").Object(Pronoun(kThey)), "She looks like them.",
       "Elle leur ressemble."},
      {Said(Pronoun(kHe), "talk about").Object(Pronoun(kShe)), "He talks about her.",
       "Il parle d'elle."},
      {Said(Pronoun(kHe), "give", Frame::kDitransitive)
           .In(Tense::kPast)
           .Object(The("book"))
           .To(Pronoun(kShe)),
       "He gave her the book.", "Il lui a donné le livre."},
      {Said(Pronoun(kHe), "give", Frame::kDitransitive).Object(The("book")).To(The("queen")),
       "He gives the book to the queen.", "Il donne le livre à la reine."},
      {Said(Named({"Marie"}), "buy")
           .In(Tense::kPast)
           .Object(A("car", D::kIndefinite))
           .Linked("and", Said(Pronoun(kShe), "sell").In(Tense::kPast).Object(ItsSister())),
       "Marie bought a car and she sold it.", "Marie a acheté une voiture et elle l'a vendue."},
      {Said(The("film"), kBe)
           .Quality("long")
           .Linked(", but", Said(It(), kBe).Quality("interesting")),
       "The film is long, but it is interesting.", "Le film est long, mais il est intéressant."},
  });
}

TEST(PhrasebookSentence, QuestionsInvertOrAskWithEstCeQue) {
  Expect({
      {Said(Pronoun(kHe), "speak French", Frame::kIntransitive).Asking(), "Does he speak French?",
       "Parle-t-il français ?"},
      {Said(Pronoun(kShe), "take").Object(The("train")).Asking(), "Does she take the train?",
       "Prend-elle le train ?"},
      {Said(Pronoun(kYou), "like").Denied().Object(Many(A("cat", D::kBare))).Asking(),
       "Don't you like cats?", "N'aimez-vous pas les chats ?"},
      {Said(Named({"Anna"}), "sing", Frame::kIntransitive).Asking(), "Does Anna sing?",
       "Est-ce qu'Anna chante ?"},
      {Said(Pronoun(kI), "leave", Frame::kIntransitive).Governed("can", Frame::kAuxiliary).Asking(),
       "Can I leave?", "Est-ce que je peux partir ?"},
      {Said(Pronoun(kThey), "have").Object(A("car", D::kIndefinite)).Asking(),
       "Do they have a car?", "Ont-ils une voiture ?"},
      {Said(Pronoun(kShe), "live", Frame::kLocative).Asking(Asked::kWhere), "Where does she live?",
       "Où habite-t-elle ?"},
      {Said(The("cat"), kBe).Asking(Asked::kWhere), "Where is the cat?", "Où est le chat ?"},
      {Said(The("bus"), "leave", Frame::kIntransitive).Asking(Asked::kWhatTime),
       "What time does the bus leave?", "À quelle heure est-ce que le bus part ?"},
      {Said(Pronoun(kYou), "cry", Frame::kIntransitive).In(Tense::kProgressive).Asking(Asked::kWhy),
       "Why are you crying?", "Pourquoi pleurez-vous ?"},
      {Said(Pronoun(kHe), "go out", Frame::kIntransitive).In(Tense::kFuture).Asking(Asked::kWhen),
       "When will he go out?", "Quand sortira-t-il ?"},
      {Said(Pronoun(kHe), "break").Object(The("clock")).In(Tense::kPast).Asking(Asked::kSubject),
       "Who broke the clock?", "Qui a cassé l'horloge ?"},
      {Said(Pronoun(kShe), "eat").In(Tense::kPast).Asking(Asked::kObject), "What did she eat?",
       "Qu'a-t-elle mangé ?"},
      {Said(Named({"Paul"}), "eat").In(Tense::kProgressive).Asking(Asked::kObject),
       "What is Paul eating?", "Qu'est-ce que Paul mange ?"},
      {Said(Pronoun(kYou), "buy")
           .In(Tense::kPast)
           .Object(Many(A("flower", D::kWhich)))
           .Asking(Asked::kObject),
       "Which flowers did you buy?", "Quelles fleurs avez-vous achetées ?"},
      {Said(The("boy"), "look for")
           .In(Tense::kProgressive)
           .Object(A("key", D::kWhich))
           .Asking(Asked::kObject),
       "Which key is the boy looking for?", "Quelle clé est-ce que le garçon cherche ?"},
      {Said(Pronoun(kHe), "have").Object(Many(A("onion", D::kHowMany))).Asking(Asked::kObject),
       "How many onions does he have?", "Combien d'oignons a-t-il ?"},
      {Said(Pronoun(kShe), "get up", Frame::kIntransitive).Adverb("early").Asking(),
       "Does she get up early?", "Se lève-t-elle tôt ?"},
  });
}

TEST(PhrasebookSentence, CommandsPlaceTheirPronouns) {
  const NounPhrase you = Pronoun(kYou);
  const NounPhrase we = Pronoun(kWe);
  Expect({
      {Said(you, "close").Object(The("door")).Command(), "Close the door!", "Fermez la porte !"},
      {Said(you, "open").Denied().Object(A("window", D::kThis)).Command(),
       "Don't open this window!", "N'ouvrez pas cette fenêtre !"},
      {Said(you, "open").Denied(Polarity::kNever).Object(A("box", D::kThis)).Command(),
       "Never open this box!", "N'ouvrez jamais cette boîte !"},
      {Said(you, "help").Object(Pronoun(kI)).Command(), "Help me!", "Aidez-moi !"},
      {Said(you, "phone").Denied().Object(Pronoun(kHe)).Command(), "Don't phone him!",
       "Ne lui téléphonez pas !"},
      {Said(you, "get up", Frame::kIntransitive).Command(), "Get up!", "Levez-vous !"},
      {Said(you, "hurry", Frame::kIntransitive).Denied().Command(), "Don't hurry!",
       "Ne vous dépêchez pas !"},
      {Said(we, "eat").Object(A("soup", D::kBare)).Command(Mood::kLets), "Let's eat soup!",
       "Mangeons de la soupe !"},
      {Said(we, "begin").Denied().Object(The("lesson")).Command(Mood::kLets),
       "Let's not begin the lesson!", "Ne commençons pas la leçon !"},
      {Said(we, "go", Frame::kMotion).At("to", The("beach")).Command(Mood::kLets),
       "Let's go to the beach!", "Allons à la plage !"},
  });
}

TEST(PhrasebookSentence, VerbsGovernInfinitives) {
  Expect({
      {Said(Pronoun(kShe), "buy").Governed("want to").Object(A("coat", D::kIndefinite)),
       "She wants to buy a coat.", "Elle veut acheter un manteau."},
      {Said(Pronoun(kHe), "leave", Frame::kIntransitive)
           .Governed("must", Frame::kAuxiliary)
           .Denied(),
       "He mustn't leave.", "Il ne doit pas partir."},
      {Said(Pronoun(kWe), "dance", Frame::kIntransitive)
           .Governed("can", Frame::kAuxiliary)
           .In(Tense::kPast),
       "We could dance.", "Nous pouvions danser."},
      {Said(Pronoun(kI), "drink")
           .Governed("would like to", Frame::kAuxiliary)
           .Object(Amount("a cup of", "tea")),
       "I would like to drink a cup of tea.", "Je voudrais boire une tasse de thé."},
      {Said(Pronoun(kThey), "invite")
           .Governed("decide to")
           .In(Tense::kPast)
           .Object(Named({"Emma"})),
       "They decided to invite Emma.", "Ils ont décidé d'inviter Emma."},
      {Said(Pronoun(kI), "rest", Frame::kIntransitive).Governed("need to"), "I need to rest.",
       "J'ai besoin de me reposer."},
      {Said(Pronoun(kHe), "swim", Frame::kIntransitive).Governed("know how to"),
       "He knows how to swim.", "Il sait nager."},
  });
}

TEST(PhrasebookSentence, NumbersAgesPricesAndTimes) {
  const NounPhrase it = Special(Kind::kWeather);
  using Part = ClockTime::Part;
  Expect({
      {Said(Pronoun(kWe), "have").Object(Some(21, "plate")), "We have twenty-one plates.",
       "Nous avons vingt et une assiettes."},
      {Said(Pronoun(kShe), kBeAged).With(71), "She is seventy-one years old.",
       "Elle a soixante et onze ans."},
      {Said(The("baby"), kBeAged).With(1), "The baby is one year old.", "Le bébé a un an."},
      {Said(The("hat"), "cost", Frame::kPrice).Object(Some(80, "euro")),
       "The hat costs eighty euros.", "Le chapeau coûte quatre-vingts euros."},
      {Said(it, kBe).With(ClockTime{7, 30, Part::kUnsaid}), "It is half past seven.",
       "Il est sept heures et demie."},
      {Said(it, kBe).With(ClockTime{9, -15, Part::kMorning}),
       "It is a quarter to nine in the morning.", "Il est neuf heures moins le quart du matin."},
      {Said(it, kBe).With(ClockTime{1, 5, Part::kUnsaid}), "It is five past one.",
       "Il est une heure cinq."},
      {Said(it, kBe).With(ClockTime{12, 0, Part::kUnsaid}), "It is noon.", "Il est midi."},
      {Said(The("train"), "arrive", Frame::kIntransitive).When(ClockTime{11, 0, Part::kEvening}),
       "The train arrives at eleven o'clock in the evening.",
       "Le train arrive à onze heures du soir."},
      {Said(Pronoun(kHe), "leave", Frame::kIntransitive)
           .In(Tense::kPast)
           .When(Duration{Duration::Kind::kAgo, 2, &FindUnit("day")}),
       "He left two days ago.", "Il est parti il y a deux jours."},
      {Said(Pronoun(kHe), "work", Frame::kIntransitive)
           .In(Tense::kPast)
           .When(Duration{Duration::Kind::kFor, 1, &FindUnit("hour")}),
       "He worked for one hour.", "Il a travaillé pendant une heure."},
      {Said(Pronoun(kWe), "leave", Frame::kIntransitive)
           .In(Tense::kFuture)
           .When(Date{11, &FindUnit("March")}),
       "We will leave on the eleventh of March.", "Nous partirons le onze mars."},
      {Said(Pronoun(kWe), "leave", Frame::kIntransitive)
           .In(Tense::kFuture)
           .When(Date{1, &FindUnit("May")}),
       "We will leave on the first of May.", "Nous partirons le premier mai."},
      {Said(Pronoun(kThey), "eat").In(Tense::kPast).Object(The("lobster")).After("yesterday"),
       "Yesterday, they ate the lobster.", "Hier, ils ont mangé le homard."},
  });
}

TEST(PhrasebookSentence, ExistenceWeatherAndProfessions) {
  const NounPhrase there = Special(Kind::kThere);
  const NounPhrase it = Special(Kind::kWeather);
  Expect({
      {Said(there, kThereIs).Object(A("cat", D::kIndefinite)).At("under", The("table")),
       "There is a cat under the table.", "Il y a un chat sous la table."},
      {Said(there, kThereIs).In(Tense::kPast).Object(Many(A("egg", D::kSome))).At("in", The("box")),
       "There were some eggs in the box.", "Il y avait des œufs dans la boîte."},
      {Said(there, kThereIs).Denied().Object(A("milk", D::kSome)), "There isn't any milk.",
       "Il n'y a pas de lait."},
      {Said(there, kThereIs).Object(A("bread", D::kSome)).Asking(), "Is there any bread?",
       "Y a-t-il du pain ?"},
      {Said(it, "rain", Frame::kWeather).In(Tense::kProgressive), "It is raining.", "Il pleut."},
      {Said(it, "be cold", Frame::kWeather).In(Tense::kFuture).Time("tomorrow"),
       "It will be cold tomorrow.", "Il fera froid demain."},
      {Said(Named({"Claire"}), kBe).With(BakerLike("baker")), "Claire is a baker.",
       "Claire est boulangère."},
      {Said(Named({"Luc"}), kBe).With(BakerLike("lawyer", {"good"})), "Luc is a good lawyer.",
       "Luc est un bon avocat."},
      {Said(Pronoun(kThey), kBe).With(BakerLike("nurse")), "They are nurses.",
       "Ils sont infirmiers."},
  });
}

TEST(PhrasebookSentence, ClausesCombine) {
  Expect({
      {Said(WhoDoes(The("man"), "sell", A("bread", D::kBare)), "laugh", Frame::kIntransitive),
       "The man who sells bread laughs.", "L'homme qui vend du pain rit."},
      {Said(Many(WhoDoes(The("cat"), "drink", A("milk", D::kBare))), "sleep", Frame::kIntransitive),
       "The cats that drink milk sleep.", "Les chats qui boivent du lait dorment."},
      {Said(Named({"Luc"}), "think", Frame::kReport)
           .Linked("that", Said(Pronoun(kHe), "be right", Frame::kIntransitive)),
       "Luc thinks that he is right.", "Luc pense qu'il a raison."},
      {Said(Pronoun(kWe), "stay", Frame::kLocative)
           .At("in", The("kitchen"))
           .Linked("because",
                   Said(Special(Kind::kWeather), "snow", Frame::kWeather).In(Tense::kProgressive)),
       "We stay in the kitchen because it is snowing.",
       "Nous restons dans la cuisine parce qu'il neige."},
      {Said(Pronoun(kI), "play the piano", Frame::kIntransitive).Adverb("often"),
       "I often play the piano.", "Je joue souvent du piano."},
  });
}

}  // namespace
}  // namespace ablate::phrasebook
