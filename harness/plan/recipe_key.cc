#include "harness/plan/recipe_key.h"

#include <bit>
#include <numeric>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace ablate {
namespace {

// Stands for a value of any type where members are counted.
struct Anything {
  template <typename T>
  operator T() const;
};

// Members of an aggregate, so that a slot which a technique adds is hashed without being named
// here.
template <typename T, typename... Values>
constexpr size_t MembersOf() {
  if constexpr (requires { T{Values{}..., Anything{}}; }) {
    return MembersOf<T, Values..., Anything>();
  } else {
    return sizeof...(Values);
  }
}

template <typename T, typename Visit>
void ForEachMember(const T& t, Visit visit) {
  const auto all = [&](const auto&... members) { (visit(members), ...); };
  constexpr size_t kMembers = MembersOf<T>();
  static_assert(kMembers >= 1 && kMembers <= 16, "add a line below");
  // clang-format off
  if constexpr (kMembers == 1) { const auto& [a] = t; all(a); }
  if constexpr (kMembers == 2) { const auto& [a, b] = t; all(a, b); }
  if constexpr (kMembers == 3) { const auto& [a, b, c] = t; all(a, b, c); }
  if constexpr (kMembers == 4) { const auto& [a, b, c, d] = t; all(a, b, c, d); }
  if constexpr (kMembers == 5) { const auto& [a, b, c, d, e] = t; all(a, b, c, d, e); }
  if constexpr (kMembers == 6) { const auto& [a, b, c, d, e, f] = t; all(a, b, c, d, e, f); }
  if constexpr (kMembers == 7) { const auto& [a, b, c, d, e, f, g] = t; all(a, b, c, d, e, f, g); }
  if constexpr (kMembers == 8) {
    const auto& [a, b, c, d, e, f, g, h] = t; all(a, b, c, d, e, f, g, h);
  }
  if constexpr (kMembers == 9) {
    const auto& [a, b, c, d, e, f, g, h, i] = t; all(a, b, c, d, e, f, g, h, i);
  }
  if constexpr (kMembers == 10) {
    const auto& [a, b, c, d, e, f, g, h, i, j] = t; all(a, b, c, d, e, f, g, h, i, j);
  }
  if constexpr (kMembers == 11) {
    const auto& [a, b, c, d, e, f, g, h, i, j, k] = t; all(a, b, c, d, e, f, g, h, i, j, k);
  }
  if constexpr (kMembers == 12) {
    const auto& [a, b, c, d, e, f, g, h, i, j, k, l] = t; all(a, b, c, d, e, f, g, h, i, j, k, l);
  }
  if constexpr (kMembers == 13) {
    const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = t;
    all(a, b, c, d, e, f, g, h, i, j, k, l, m);
  }
  if constexpr (kMembers == 14) {
    const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = t;
    all(a, b, c, d, e, f, g, h, i, j, k, l, m, n);
  }
  if constexpr (kMembers == 15) {
    const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = t;
    all(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o);
  }
  if constexpr (kMembers == 16) {
    const auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = t;
    all(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);
  }
  // clang-format on
}

class Hash {
 public:
  // Steele, Lea and Flood's SplitMix64 of what came before and the bits.
  void AddBits(uint64_t bits) {
    state_ = (state_ ^ bits) + 0x9e3779b97f4a7c15;
    state_ = (state_ ^ (state_ >> 30)) * 0xbf58476d1ce4e5b9;
    state_ = (state_ ^ (state_ >> 27)) * 0x94d049bb133111eb;
    state_ ^= state_ >> 31;
  }

  template <typename T>
  void Add(const T& value) {
    if constexpr (std::is_same_v<T, double>) {
      AddBits(std::bit_cast<uint64_t>(value));
    } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
      AddBits(static_cast<uint64_t>(value));
    } else {
      ForEachMember(value, [&](const auto& member) { Add(member); });
    }
  }
  void Add(const std::string& text) { AddAll(text); }
  template <typename T>
  void Add(const std::vector<T>& values) {
    AddAll(values);
  }
  template <typename... T>
  void Add(const std::variant<T...>& variant) {
    AddBits(variant.index());
    std::visit([&](const auto& value) { Add(value); }, variant);
  }

  template <typename Values>
  void AddAll(const Values& values) {
    AddBits(values.size());
    for (const auto& value : values) Add(value);
  }

  uint64_t value() const { return state_; }

 private:
  uint64_t state_ = 0;
};

void WriteDefaultsOut(double max_epochs, Recipe& recipe) {
  std::vector<int64_t>& layers = recipe.sharing.layer_of_depth;
  if (layers.empty()) {
    layers.resize(static_cast<size_t>(recipe.model.layers));
    std::iota(layers.begin(), layers.end(), int64_t{0});
  }
  std::visit(
      [&](auto& schedule) {
        if (schedule.horizon_epochs == 0) schedule.horizon_epochs = max_epochs;
      },
      recipe.schedule);
  if (auto* onecycle = std::get_if<OneCycleSchedule>(&recipe.schedule)) {
    if (onecycle->max_lr == 0) onecycle->max_lr = recipe.optimizer.learning_rate;
  }
}

}  // namespace

uint64_t RecipeKey(Recipe recipe, double max_epochs, std::span<const uint64_t> others) {
  WriteDefaultsOut(max_epochs, recipe);
  Hash hash;
  hash.Add(recipe);
  hash.AddAll(others);
  return hash.value();
}

}  // namespace ablate
