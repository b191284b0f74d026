#include "harness/bench/families.h"
#include "harness/bench/fused.h"
#include "model/data/vocabulary_spec.h"
#include "model/net/attention.h"
#include "model/net/packed_attention.h"

namespace ablate {
namespace {

enum class Kind { kSelf, kCausal, kCross };

// The same sentences packed and padded.
struct Sentences {
  explicit Sentences(const std::vector<int64_t>& of)
      : lengths(of), packed(PackedLayout(of, at::kCPU)), tokens(Sum(of)) {
    const auto count = static_cast<int64_t>(of.size());
    const at::Tensor ids = at::full({count, packed.longest}, kPad, at::kLong);
    for (int64_t i = 0; i < count; ++i) ids[i].slice(0, 0, of[i]).fill_(kSpecials);
    padded = PaddedLayout(ids, /*padded=*/true);
  }

  const TokenLayout& layout(bool is_packed) const { return is_packed ? packed : padded; }
  at::Tensor Rows(bool is_packed, int64_t columns, at::ScalarType type) const {
    if (is_packed) return BenchInput({tokens, columns}, type);
    return BenchInput({std::ssize(lengths), packed.longest, columns}, type);
  }

  std::vector<int64_t> lengths;
  TokenLayout packed, padded;
  int64_t tokens;
};

struct Batch64 {
  explicit Batch64(Kind kind)
      : corpus(64),
        queries(BenchLengths(corpus.split().target, 1)),
        keys(kind == Kind::kCross ? Sentences(BenchLengths(corpus.split().source, 2)) : queries) {}

  SyntheticSplit corpus;
  Sentences queries, keys;
};

// Scores and sums of values, a multiplication with its addition counted as two; the backward pass
// is four such products. Every query, key and value is read, and every result written.
Cost ForwardCost(const Batch64& batch, Kind kind, int64_t d_model, int64_t bytes) {
  Cost cost;
  const auto width = static_cast<double>(d_model);
  for (size_t i = 0; i < batch.queries.lengths.size(); ++i) {
    const auto queries = static_cast<double>(batch.queries.lengths[i]);
    const auto keys = static_cast<double>(batch.keys.lengths[i]);
    const double scores = kind == Kind::kCausal ? queries * (queries + 1) / 2 : queries * keys;
    cost.flops += 4 * scores * width;
    cost.bytes += (2 * queries + 2 * keys) * width * static_cast<double>(bytes);
  }
  return cost;
}

at::Tensor Plain(const Batch64& batch, Kind kind, int64_t heads, const at::Tensor& query,
                 const at::Tensor& key_value) {
  const std::optional<at::Tensor>& mask = batch.keys.padded.mask;
  if (kind == Kind::kCross) {
    const auto kv = SplitHeads(key_value, 2, heads);
    return DotProductAttention(SplitHeads(query, 1, heads)[0], {kv[0], kv[1]}, mask, false,
                               kBenchDropout);
  }
  const bool causal = kind == Kind::kCausal;
  const auto qkv = SplitHeads(query, 3, heads);
  return DotProductAttention(qkv[0], {qkv[1], qkv[2]}, causal ? std::nullopt : mask, causal,
                             kBenchDropout);
}

at::Tensor Blocked(const Batch64& batch, Kind kind, bool packed, int64_t heads,
                   const at::Tensor& query, const at::Tensor& key_value) {
  const PackedAttentionOptions options{heads, kind == Kind::kCausal, kBenchDropout};
  const TokenLayout& layout = batch.queries.layout(packed);
  if (kind != Kind::kCross) return BlockedSelfAttention(query, layout, options);
  return BlockedCrossAttention(query, layout, key_value, batch.keys.layout(packed), options);
}

FusedWork Attend(Kind kind, bool packed, bool fused, const FusedSize& size, at::ScalarType type) {
  const auto batch = std::make_shared<Batch64>(kind);
  const bool cross = kind == Kind::kCross;
  const at::Tensor query = batch->queries.Rows(packed, (cross ? 1 : 3) * size.d_model, type);
  at::Tensor key_value;
  FusedWork work;
  work.inputs = {query};
  if (cross) work.inputs.push_back(key_value = batch->keys.Rows(packed, 2 * size.d_model, type));
  work.tokens = static_cast<double>(batch->queries.tokens);
  work.forward_cost = ForwardCost(*batch, kind, size.d_model, at::elementSize(type));
  work.backward_cost = {2 * work.forward_cost.flops, 2 * work.forward_cost.bytes};
  work.forward = [=, heads = size.heads]() -> std::vector<at::Tensor> {
    return {fused ? Blocked(*batch, kind, packed, heads, query, key_value)
                  : Plain(*batch, kind, heads, query, key_value)};
  };
  return work;
}

// Plain tensor operations have no packed attention: the reference takes the same sentences padded.
void Register(const char* name, Kind kind, bool packed) {
  const auto make = [=](bool fused) -> MakeFusedWork {
    return [=](const FusedSize& size, at::ScalarType type) {
      return Attend(kind, packed && fused, fused, size, type);
    };
  };
  RegisterFusedOperation({name, {{"reference", make(false)}, {"fused", make(true)}}});
}

}  // namespace

void RegisterFusedAttention() {
  Register("Attention/packed_self", Kind::kSelf, true);
  Register("Attention/packed_causal", Kind::kCausal, true);
  Register("Attention/packed_cross", Kind::kCross, true);
  Register("Attention/padded_self", Kind::kSelf, false);
  Register("Attention/padded_causal", Kind::kCausal, false);
  Register("Attention/padded_cross", Kind::kCross, false);
}

}  // namespace ablate
