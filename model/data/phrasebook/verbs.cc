#include <array>

#include "model/data/phrasebook/lexicon.h"

namespace ablate::phrasebook {
namespace {

constexpr Classes kAlive = kPerson | kAnimal;
constexpr Classes kEdible = kFood;
constexpr Classes kGoods = kFood | kDrink | kClothing | kThing | kVehicle | kFurniture;
constexpr Classes kOwned = kTame | kClothing | kThing | kVehicle | kMachine;
constexpr Classes kVisible = kAlive | kBuilding | kPlant | kTransport | kThing | kVehicle;
constexpr Classes kLiked = kAlive | kFood | kDrink | kText | kSeen | kHeard | kPlant | kBuilding;

constexpr Traits kState = kStative | kLasting | kInvoluntary;
constexpr Traits kLiking = kState | kGeneric;
constexpr Traits kFeeling = kStative | kInvoluntary;
constexpr Traits kEvent = kInvoluntary | kNoProgressive;

using enum Frame;

// clang-format off
constexpr std::array kVerbs = {
    // Something is done to something
    Verb{"eat", "manger", "", kTransitive, kAlive, kEdible, kPlaced},
    Verb{"drink", "boire", "", kTransitive, kAlive, kDrink, kPlaced},
    Verb{"taste", "goûter", "", kTransitive, kPerson, kFood | kDrink},
    Verb{"prepare", "préparer", "", kTransitive, kPerson, kFood | kDrink},
    Verb{"cut", "couper", "", kTransitive, kPerson, kFood | kPlant},
    Verb{"buy", "acheter", "", kTransitive, kPerson, kGoods, kPlaced},
    Verb{"sell", "vendre", "", kTransitive, kPerson, kGoods, kPlaced},
    Verb{"pay for", "payer", "", kTransitive, kPerson, kGoods},
    Verb{"choose", "choisir", "", kTransitive, kPerson, kGoods | kSeen},
    Verb{"order", "commander", "", kTransitive, kPerson, kFood | kDrink},
    Verb{"take", "prendre", "", kTransitive, kPerson, kThing | kTransport},
    Verb{"look for", "chercher", "", kTransitive, kPerson, kThing | kTame, kPlaced},
    Verb{"find", "trouver", "", kTransitive, kPerson, kThing | kTame, kEvent | kPlaced},
    Verb{"lose", "perdre", "", kTransitive, kPerson, kThing, kEvent | kPlaced},
    Verb{"forget", "oublier", "", kTransitive, kPerson, kThing, kEvent | kPlaced},
    Verb{"break", "casser", "", kTransitive, kPerson, kMachine, kEvent},
    Verb{"steal", "voler", "", kTransitive, kPerson, kThing | kVehicle, kInvoluntary},
    Verb{"wear", "porter", "", kTransitive, kPerson, kClothing},
    Verb{"wash", "laver", "", kTransitive, kPerson, kClothing | kVehicle},
    Verb{"iron", "repasser", "", kTransitive, kPerson, kClothing},
    Verb{"clean", "nettoyer", "", kTransitive, kPerson, kInPlace | kFurniture | kVehicle},
    Verb{"repair", "réparer", "", kTransitive, kPerson, kMachine | kFurniture},
    Verb{"use", "utiliser", "", kTransitive, kPerson, kMachine},
    Verb{"drive", "conduire", "", kTransitive, kPerson, kVehicle},
    Verb{"build", "construire", "", kTransitive, kPerson, kBuilding},
    Verb{"visit", "visiter", "", kTransitive, kPerson, kBuilding},
    Verb{"cross", "traverser", "", kTransitive, kAlive, kCrossed},
    Verb{"open", "ouvrir", "", kTransitive, kPerson, kOpenable},
    Verb{"close", "fermer", "", kTransitive, kPerson, kOpenable},
    Verb{"fill", "remplir", "", kTransitive, kPerson, kContainer},
    Verb{"empty", "vider", "", kTransitive, kPerson, kContainer},
    Verb{"read", "lire", "", kTransitive, kPerson, kText, kPlaced},
    Verb{"write", "écrire", "", kTransitive, kPerson, kText, kPlaced},
    Verb{"finish", "finir", "", kTransitive, kPerson, kText | kLearnt, kNoProgressive},
    Verb{"begin", "commencer", "", kTransitive, kPerson, kText | kLearnt, kNoProgressive},
    Verb{"learn", "apprendre", "", kTransitive, kPerson, kLearnt | kSung, kPlaced},
    Verb{"repeat", "répéter", "", kTransitive, kPerson, kIdea | kSung | kLearnt},
    Verb{"draw", "dessiner", "", kTransitive, kPerson, kAlive | kPlant | kBuilding},
    Verb{"see", "voir", "", kTransitive, kAlive, kVisible, kEvent | kPlaced},
    Verb{"watch", "regarder", "", kTransitive, kPerson, kSeen | kAnimal, kPlaced},
    Verb{"look at", "regarder", "", kTransitive, kAlive, kVisible},
    Verb{"hear", "entendre", "", kTransitive, kAlive, kHeard | kAlive, kEvent},
    Verb{"listen to", "écouter", "", kTransitive, kPerson, kHeard | kPerson},
    Verb{"sing", "chanter", "", kTransitive, kPerson, kSung},
    Verb{"wait for", "attendre", "", kTransitive, kPerson, kPerson | kTransport, kPlaced},
    Verb{"follow", "suivre", "", kTransitive, kAlive, kAlive},
    Verb{"help", "aider", "", kTransitive, kPerson, kPerson},
    Verb{"meet", "rencontrer", "", kTransitive, kPerson, kPerson, kEvent | kPlaced},
    Verb{"invite", "inviter", "", kTransitive, kPerson, kPerson},
    Verb{"thank", "remercier", "", kTransitive, kPerson, kPerson},
    Verb{"greet", "saluer", "", kTransitive, kPerson, kPerson},
    Verb{"call", "appeler", "", kTransitive, kPerson, kPerson},
    Verb{"wake", "réveiller", "", kTransitive, kAlive, kPerson, kNoProgressive},
    Verb{"protect", "protéger", "", kTransitive, kAlive, kPerson},
    Verb{"feed", "nourrir", "", kTransitive, kPerson, kTame},
    Verb{"stroke", "caresser", "", kTransitive, kPerson, kTame},
    Verb{"receive", "recevoir", "", kTransitive, kPerson, kText | kThing, kEvent},
    Verb{"throw away", "jeter", "", kTransitive, kPerson, kThing},
    Verb{"keep", "garder", "", kTransitive, kPerson, kThing, kNoProgressive},
    Verb{"understand", "comprendre", "", kTransitive, kPerson, kIdea | kLearnt, kEvent | kLasting},
    Verb{"know", "connaître", "", kTransitive, kPerson, kPerson | kSung, kState},
    Verb{"recognise", "reconnaître", "", kTransitive, kPerson, kPerson | kSung, kEvent},
    Verb{"have", "avoir", "", kTransitive, kPerson, kOwned, kState},
    Verb{"want", "vouloir", "", kTransitive, kPerson, kGoods, kState},
    Verb{"like", "aimer", "", kTransitive, kPerson, kLiked, kLiking},
    Verb{"love", "adorer", "", kTransitive, kPerson, kLiked, kLiking},
    Verb{"hate", "détester", "", kTransitive, kPerson, kLiked | kIdea, kLiking},
    Verb{"prefer", "préférer", "", kTransitive, kPerson, kFood | kDrink | kText | kSeen, kLiking},
    Verb{"cost", "coûter", "", kPrice, kThing | kVehicle | kFurniture, kMoney, kStative | kLasting | kInvoluntary},
    // With a preposition in French
    Verb{"answer", "répondre", "à", kTransitive, kPerson, kPerson | kIdea},
    Verb{"phone", "téléphoner", "à", kTransitive, kPerson, kPerson},
    Verb{"talk to", "parler", "à", kTransitive, kPerson, kPerson | kTame},
    Verb{"obey", "obéir", "à", kTransitive, kPerson, kPerson},
    Verb{"smile at", "sourire", "à", kTransitive, kPerson, kPerson},
    Verb{"look like", "ressembler", "à", kTransitive, kPerson, kPerson, kState},
    Verb{"talk about", "parler", "de", kTransitive, kPerson, kPerson | kText | kSeen | kIdea},
    Verb{"dream of", "rêver", "de", kTransitive, kPerson, kAlive | kBuilding | kVehicle, kInvoluntary},
    Verb{"take care of", "s'occuper", "de", kTransitive, kPerson, kPerson | kTame, kReflexive},
    Verb{"remember", "se souvenir", "de", kTransitive, kPerson, kPerson | kText | kSeen, kReflexive | kState},
    Verb{"need", "avoir besoin", "de", kTransitive, kPerson, kThing | kVehicle | kMachine | kDrink, kState},
    Verb{"be afraid of", "avoir peur", "de", kTransitive, kAlive, kAlive, kState},
    // Something is given to somebody
    Verb{"give", "donner", "", kDitransitive, kPerson, kThing | kFood},
    Verb{"show", "montrer", "", kDitransitive, kPerson, kThing | kText | kSeen},
    Verb{"send", "envoyer", "", kDitransitive, kPerson, kText},
    Verb{"lend", "prêter", "", kDitransitive, kPerson, kThing | kVehicle},
    Verb{"offer", "offrir", "", kDitransitive, kPerson, kThing},
    Verb{"bring", "apporter", "", kDitransitive, kPerson, kThing | kFood | kDrink},
    Verb{"return", "rendre", "", kDitransitive, kPerson, kThing},
    Verb{"explain", "expliquer", "", kDitransitive, kPerson, kLearnt},
    // Something is put somewhere
    Verb{"put", "mettre", "", kPut, kPerson, kThing | kFood},
    Verb{"leave", "laisser", "", kPut, kPerson, kThing | kFood},
    Verb{"hide", "cacher", "", kPut, kPerson, kThing | kFood},
    // Somebody does something, or is in a state
    Verb{"sleep", "dormir", "", kIntransitive, kAlive, 0, kSkilled | kMeasured | kPlaced},
    Verb{"work", "travailler", "", kIntransitive, kPerson, 0, kSkilled | kMeasured | kPaced | kPlaced},
    Verb{"dance", "danser", "", kIntransitive, kPerson, 0, kSkilled | kMeasured | kPlaced},
    Verb{"sing", "chanter", "", kIntransitive, kPerson, 0, kSkilled | kPlaced},
    Verb{"run", "courir", "", kIntransitive, kAlive, 0, kPaced | kMeasured | kPlaced},
    Verb{"swim", "nager", "", kIntransitive, kAlive, 0, kSkilled | kPaced},
    Verb{"walk", "marcher", "", kIntransitive, kAlive, 0, kPaced | kMeasured | kPlaced},
    Verb{"travel", "voyager", "", kIntransitive, kPerson, 0, kMeasured},
    Verb{"laugh", "rire", "", kIntransitive, kPerson, 0, kMeasured},
    Verb{"cry", "pleurer", "", kIntransitive, kPerson, 0, kMeasured},
    Verb{"shout", "crier", "", kIntransitive, kPerson, 0, kPlaced},
    Verb{"think", "réfléchir", "", kIntransitive, kPerson, 0, kMeasured},
    Verb{"fall", "tomber", "", kIntransitive, kAlive, 0, kEvent | kPlaced},
    Verb{"arrive", "arriver", "", kIntransitive, kPerson | kTransport, 0, kNoProgressive | kTimed},
    Verb{"leave", "partir", "", kIntransitive, kPerson | kTransport, 0, kTimed},
    Verb{"go out", "sortir", "", kIntransitive, kPerson, 0},
    Verb{"go home", "rentrer", "", kIntransitive, kPerson, 0, kTimed},
    Verb{"die", "mourir", "", kIntransitive, kAlive, 0, kEvent},
    Verb{"be born", "naître", "", kIntransitive, kPerson, 0, kEvent | kPastOnly | kPlaced},
    Verb{"get up", "se lever", "", kIntransitive, kPerson, 0, kReflexive | kTimed},
    Verb{"wake up", "se réveiller", "", kIntransitive, kPerson, 0, kReflexive | kTimed},
    Verb{"go to bed", "se coucher", "", kIntransitive, kPerson, 0, kReflexive | kTimed},
    Verb{"rest", "se reposer", "", kIntransitive, kAlive, 0, kReflexive | kPlaced},
    Verb{"go for a walk", "se promener", "", kIntransitive, kPerson, 0, kReflexive | kPlaced},
    Verb{"get dressed", "s'habiller", "", kIntransitive, kPerson, 0, kReflexive},
    Verb{"hurry", "se dépêcher", "", kIntransitive, kPerson, 0, kReflexive},
    Verb{"have breakfast", "prendre le petit déjeuner", "", kIntransitive, kPerson, 0, kTimed},
    Verb{"have lunch", "déjeuner", "", kIntransitive, kPerson, 0, kTimed | kPlaced},
    Verb{"have dinner", "dîner", "", kIntransitive, kPerson, 0, kTimed | kPlaced},
    Verb{"take a shower", "prendre une douche", "", kIntransitive, kPerson, 0},
    Verb{"play football", "jouer au football", "", kIntransitive, kPerson, 0, kSkilled | kPlaced},
    Verb{"play tennis", "jouer au tennis", "", kIntransitive, kPerson, 0, kSkilled},
    Verb{"play cards", "jouer aux cartes", "", kIntransitive, kPerson, 0, kPlaced},
    Verb{"play the piano", "jouer du piano", "", kIntransitive, kPerson, 0, kSkilled},
    Verb{"play the violin", "jouer du violon", "", kIntransitive, kPerson, 0, kSkilled},
    Verb{"do the housework", "faire le ménage", "", kIntransitive, kPerson, 0},
    Verb{"do the dishes", "faire la vaisselle", "", kIntransitive, kPerson, 0},
    Verb{"do the shopping", "faire les courses", "", kIntransitive, kPerson, 0},
    Verb{"make the bed", "faire le lit", "", kIntransitive, kPerson, 0},
    Verb{"speak French", "parler français", "", kIntransitive, kPerson, 0, kSkilled},
    Verb{"speak English", "parler anglais", "", kIntransitive, kPerson, 0, kSkilled},
    Verb{"speak German", "parler allemand", "", kIntransitive, kPerson, 0, kSkilled},
    Verb{"tell the truth", "dire la vérité", "", kIntransitive, kPerson, 0},
    Verb{"be hungry", "avoir faim", "", kIntransitive, kAlive, 0, kFeeling},
    Verb{"be thirsty", "avoir soif", "", kIntransitive, kAlive, 0, kFeeling},
    Verb{"be cold", "avoir froid", "", kIntransitive, kAlive, 0, kFeeling},
    Verb{"be hot", "avoir chaud", "", kIntransitive, kAlive, 0, kFeeling},
    Verb{"be sleepy", "avoir sommeil", "", kIntransitive, kAlive, 0, kFeeling},
    Verb{"be right", "avoir raison", "", kIntransitive, kPerson, 0, kFeeling},
    Verb{"be wrong", "avoir tort", "", kIntransitive, kPerson, 0, kFeeling},
    // Places
    Verb{"live", "habiter", "", kLocative, kPerson, 0, kStative | kLasting},
    Verb{"stay", "rester", "", kLocative, kPerson, 0},
    Verb{"study", "étudier", "", kLocative, kPerson, 0},
    Verb{"go", "aller", "", kMotion, kPerson, 0},
    Verb{"go back", "retourner", "", kMotion, kPerson, 0},
    Verb{"come", "venir", "", kMotion, kPerson, 0, kNoProgressive},
    Verb{"come from", "venir", "", kOrigin, kPerson, 0, kState},
    Verb{"come back from", "revenir", "", kOrigin, kPerson, 0},
    // Weather
    Verb{"rain", "pleuvoir", "", kWeather, 0, 0, kInvoluntary},
    Verb{"snow", "neiger", "", kWeather, 0, 0, kInvoluntary},
    Verb{"be cold", "faire froid", "", kWeather, 0, 0, kFeeling},
    Verb{"be hot", "faire chaud", "", kWeather, 0, 0, kFeeling},
    Verb{"be dark", "faire nuit", "", kWeather, 0, 0, kFeeling},
    // With a clause or an infinitive
    Verb{"think", "penser", "", kReport, kPerson, 0, kFeeling},
    Verb{"believe", "croire", "", kReport, kPerson, 0, kFeeling},
    Verb{"know", "savoir", "", kReport, kPerson, 0, kFeeling},
    Verb{"say", "dire", "", kReport, kPerson, 0, kInvoluntary},
    Verb{"hope", "espérer", "", kReport, kPerson, 0, kFeeling},
    Verb{"want to", "vouloir", "", kInfinitive, kPerson, 0, kState},
    Verb{"like to", "aimer", "", kInfinitive, kPerson, 0, kState},
    Verb{"hate to", "détester", "", kInfinitive, kPerson, 0, kState},
    Verb{"hope to", "espérer", "", kInfinitive, kPerson, 0, kFeeling},
    Verb{"have to", "devoir", "", kInfinitive, kPerson, 0, kFeeling},
    Verb{"need to", "avoir besoin", "de", kInfinitive, kPerson, 0, kFeeling},
    Verb{"know how to", "savoir", "", kInfinitive, kPerson, 0, kState},
    Verb{"decide to", "décider", "de", kInfinitive, kPerson, 0, kNoProgressive},
    Verb{"try to", "essayer", "de", kInfinitive, kPerson, 0},
    Verb{"refuse to", "refuser", "de", kInfinitive, kPerson, 0},
    Verb{"forget to", "oublier", "de", kInfinitive, kPerson, 0, kNoProgressive},
    Verb{"start to", "commencer", "à", kInfinitive, kPerson, 0, kNoProgressive},
    Verb{"learn to", "apprendre", "à", kInfinitive, kPerson, 0},
    Verb{"can", "pouvoir", "", kAuxiliary, kPerson, 0, kFeeling},
    Verb{"must", "devoir", "", kAuxiliary, kPerson, 0, kFeeling},
    Verb{"would like to", "vouloir", "", kAuxiliary, kPerson, 0, kFeeling},
};
// clang-format on

}  // namespace

const Verb kBe{"be", "être", "", kCopula, 0, 0, kFeeling};
const Verb kThereIs{"be", "avoir", "", kExistential, 0, 0, kFeeling};
const Verb kBeAged{"be", "avoir", "", kAge, kPerson, 0, kFeeling | kLasting};

std::span<const Verb> Verbs() { return kVerbs; }

}  // namespace ablate::phrasebook
