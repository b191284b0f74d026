#include "model/net/fused/attention_kernel.h"

#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "model/net/fused/capability.h"
#include "model/net/fused/exponential.h"
#include "model/net/fused/head_panels.h"
#include "model/net/fused/small_product.h"
#include "model/net/fused/vectors.h"

namespace ablate::fused {
namespace {

// Scores lie [keys, queries of a block], so that maxima and sums over keys are ones of whole
// vectors.
using KeysByColumns = ProductLayout<kHeadPanel, 1, kQueryBlock>;
using QueriesByKeys = ProductLayout<1, kQueryBlock, kHeadPanel>;
using KeysByQueries = ProductLayout<kQueryBlock, 1, kHeadPanel>;

// A thread's scratch memory: panels of the keys of a head, then what belongs to a block of queries.
template <typename Sum>
struct Workspace {
  Workspace(int64_t width, int64_t keys, Sum* from, float* room_for_factors)
      : factors(room_for_factors) {
    const auto take = [&from](int64_t size) { return std::exchange(from, from + size); };
    const int64_t of_queries = Panels(width) * kQueryBlock * kHeadPanel;
    const int64_t of_keys = Panels(width) * keys * kHeadPanel;
    query = take(of_queries);
    query_columns = take(of_queries);
    d_result = take(of_queries);
    d_result_columns = take(of_queries);
    tile = take(kQueryBlock * kHeadPanel);
    key = take(of_keys);
    value = take(of_keys);
    d_key = take(of_keys);
    d_value = take(of_keys);
    scores = take(keys * kQueryBlock);
    d_scores = take(keys * kQueryBlock);
  }

  Sum *query, *query_columns, *d_result, *d_result_columns, *tile;
  Sum *key, *value, *d_key, *d_value;
  Sum *scores, *d_scores;
  float* factors;
};

// A head of a sequence.
template <typename Scalar>
struct Head {
  using Sum = SumOf<Scalar>;

  Head(const AttentionInputs<Scalar>& inputs, int64_t index)
      : in(inputs),
        task(index),
        first_query(in.queries.first[task / in.heads]),
        queries(in.queries.length[task / in.heads]),
        first_key(in.keys.first[task / in.heads]),
        keys(in.keys.length[task / in.heads]),
        scale(1 / std::sqrt(Sum(in.head_width))) {}

  // Gradients of keys are sums over blocks of queries, unless one block sees all keys.
  bool NeedsZeros() const {
    return queries == 0 || queries > kQueryBlock || (in.causal && queries < keys);
  }

  int64_t Column() const { return task % in.heads * in.head_width; }

  template <typename Row>
  StridedRows<Row> Of(StridedRows<Row> rows, int64_t first) const {
    return {rows.data + first * rows.stride + Column(), rows.stride};
  }

  const AttentionInputs<Scalar>& in;
  int64_t task;
  int64_t first_query, queries, first_key, keys;
  Sum scale;
};

// Queries from `first` on, and the keys that they see.
struct QueryBlock {
  int64_t first, count, keys;
};

template <typename Scalar, typename Body>
void ForQueryBlocks(const Head<Scalar>& head, const Body& body) {
  for (int64_t first = 0; first < head.queries; first += kQueryBlock) {
    const int64_t count = std::min(kQueryBlock, head.queries - first);
    const int64_t keys = head.in.causal ? std::min(head.keys, first + count) : head.keys;
    body(QueryBlock{first, count, keys});
  }
}

// Dropout's factors, [keys, stride]; null where nothing is dropped.
struct BlockFactors {
  const float* data;
  int64_t stride;
};

template <typename Scalar>
BlockFactors MakeFactors(const Head<Scalar>& head, const QueryBlock& block, float* to) {
  constexpr int64_t kRoundedTo = 16;  // whatever the size of vectors, so that masks do not change
  const RowMask& mask = head.in.mask;
  const int64_t stride = (block.count + kRoundedTo - 1) / kRoundedTo * kRoundedTo;
  if (mask.dropped == 0) return {nullptr, stride};
  const int64_t blocks_before =
      block.first / kQueryBlock * ((head.keys * kQueryBlock + kMaskBlock - 1) / kMaskBlock);
  MaskRow(mask.seed, static_cast<uint64_t>(head.task), block.keys * stride,
          {mask.dropped, mask.keep_scale}, to, static_cast<uint64_t>(blocks_before));
  return {to, stride};
}

template <typename Sum>
[[gnu::always_inline]] inline Vector<Sum> LoadFactors(const float* from) {
  if constexpr (std::is_same_v<Sum, float>) {
    return LoadVector(from);
  } else {
    Vector<Sum> factors;
    for (int64_t i = 0; i < kVectorSize<Sum>; ++i) factors[i] = from[i];
    return factors;
  }
}

// Of the block's queries, which lie as columns, and all keys that they see: to [keys, queries].
template <typename Scalar>
void MultiplyByKeys(const Head<Scalar>& head, const QueryBlock& block, const SumOf<Scalar>* keys,
                    const SumOf<Scalar>* columns, SumOf<Scalar>* scores) {
  ForPanels(head.in.head_width, [&](int64_t panel, int64_t width) {
    Multiply<KeysByColumns>({block.keys, width, block.count}, keys + panel * head.keys * kHeadPanel,
                            columns + panel * kQueryBlock * kHeadPanel, panel > 0, scores);
  });
}

template <typename Scalar>
void MakeScores(const Head<Scalar>& head, const QueryBlock& block,
                const Workspace<SumOf<Scalar>>& work) {
  using Sum = SumOf<Scalar>;
  const auto query = head.Of(head.in.query, head.first_query + block.first);
  Pack<Scalar>(query, block.count, head.in.head_width, head.scale * std::numbers::log2e_v<Sum>,
               kQueryBlock, work.query);
  Transpose(work.query, block.count, head.in.head_width, work.query_columns);
  MultiplyByKeys(head, block, work.key, work.query_columns, work.scores);
  if (!head.in.causal) return;
  for (int64_t key = block.first + 1; key < block.keys; ++key) {
    std::fill_n(work.scores + key * kQueryBlock, key - block.first,
                -std::numeric_limits<Sum>::infinity());
  }
}

// Sums over a long row of keys stay in the cache by pieces of it.
template <typename Sum>
void MultiplyScores(const QueryBlock& block, int64_t columns, const Sum* scores, const Sum* keys,
                    Sum* result) {
  constexpr int64_t kPiece = 128;
  for (int64_t key = 0; key < block.keys; key += kPiece) {
    Multiply<QueriesByKeys>({block.count, std::min(kPiece, block.keys - key), columns},
                            scores + key * kQueryBlock, keys + key * kHeadPanel, key > 0, result);
  }
}

// exp(score - maximum) of the queries of a vector, with the factors if any; their sums.
template <typename Sum>
struct Softmax {
  std::array<Sum, kQueryBlock> inverse_sums, log_sums;

  void Make(int64_t query, int64_t keys, const BlockFactors& factors, Sum* scores) {
    scores += query;
    Vector<Sum> maximum = LoadVector(scores);
    for (int64_t key = 1; key < keys; ++key) {
      const Vector<Sum> score = LoadVector(scores + key * kQueryBlock);
      maximum = maximum > score ? maximum : score;
    }
    Vector<Sum> sum{};
    for (int64_t key = 0; key < keys; ++key) {
      Vector<Sum> power = Exp2<Sum>(LoadVector(scores + key * kQueryBlock) - maximum);
      sum += power;
      if (factors.data != nullptr) {
        power *= LoadFactors<Sum>(factors.data + key * factors.stride + query);
      }
      StoreVector(power, scores + key * kQueryBlock);
    }
    StoreVector(1 / sum, inverse_sums.data() + query);
    StoreVector(sum, log_sums.data() + query);
    const auto logarithm = Vectorized<Sum>::loadu(log_sums.data() + query, kVectorSize<Sum>);
    logarithm.log2().store(log_sums.data() + query, kVectorSize<Sum>);
    StoreVector(maximum + LoadVector(log_sums.data() + query), log_sums.data() + query);
  }
};

template <typename Scalar>
void ForwardBlock(const AttentionForward<Scalar>& attention, const Head<Scalar>& head,
                  const QueryBlock& block, const Workspace<SumOf<Scalar>>& work) {
  using Sum = SumOf<Scalar>;
  MakeScores(head, block, work);
  const BlockFactors factors = MakeFactors(head, block, work.factors);
  Softmax<Sum> softmax;
  for (int64_t query = 0; query < block.count; query += kVectorSize<Sum>) {
    softmax.Make(query, block.keys, factors, work.scores);
  }
  const int64_t row = head.first_query + block.first;
  auto result = head.Of(attention.result, row);
  ForPanels(head.in.head_width, [&](int64_t panel, int64_t columns) {
    MultiplyScores(block, columns, work.scores, work.value + panel * head.keys * kHeadPanel,
                   work.tile);
    const auto scale = [&](int64_t query) { return softmax.inverse_sums[query]; };
    Unpack<Scalar>(work.tile, block.count, columns, scale,
                   {result.data + panel * kHeadPanel, result.stride});
  });
  if (attention.log_sums == nullptr) return;
  for (int64_t query = 0; query < block.count; ++query) {
    attention.log_sums[(row + query) * head.in.heads + head.task % head.in.heads] =
        softmax.log_sums[query];
  }
}

template <typename Scalar>
void PackKeys(const Head<Scalar>& head, const Workspace<SumOf<Scalar>>& work) {
  const int64_t width = head.in.head_width;
  Pack<Scalar>(head.Of(head.in.key, head.first_key), head.keys, width, 1, head.keys, work.key);
  Pack<Scalar>(head.Of(head.in.value, head.first_key), head.keys, width, 1, head.keys, work.value);
}

template <typename Scalar>
void Forward(const AttentionForward<Scalar>& attention, int64_t first, int64_t last,
             SumOf<Scalar>* scratch, float* factors) {
  for (int64_t task = first; task < last; ++task) {
    const Head<Scalar> head(attention.in, task);
    const Workspace<SumOf<Scalar>> work(head.in.head_width, head.keys, scratch, factors);
    PackKeys(head, work);
    ForQueryBlocks(head,
                   [&](const QueryBlock& block) { ForwardBlock(attention, head, block, work); });
  }
}

// Of the queries of a vector: scores and the gradients of dropped probabilities become dropped
// probabilities and the gradients of scores.
template <typename Sum>
void SoftmaxBackward(const Sum* log_sums, int64_t keys, const float* factors, int64_t factor_stride,
                     Sum* scores, Sum* d_scores) {
  const Vector<Sum> log_sum = LoadVector(log_sums);
  Vector<Sum> product{};
  for (int64_t key = 0; key < keys; ++key) {
    const int64_t at = key * kQueryBlock;
    const Vector<Sum> probability = Exp2<Sum>(LoadVector(scores + at) - log_sum);
    Vector<Sum> gradient = LoadVector(d_scores + at);
    if (factors != nullptr) gradient *= LoadFactors<Sum>(factors + key * factor_stride);
    product += probability * gradient;
    StoreVector(probability, scores + at);
    StoreVector(gradient, d_scores + at);
  }
  for (int64_t key = 0; key < keys; ++key) {
    const int64_t at = key * kQueryBlock;
    const Vector<Sum> probability = LoadVector(scores + at);
    StoreVector(probability * (LoadVector(d_scores + at) - product), d_scores + at);
    if (factors == nullptr) continue;
    StoreVector(probability * LoadFactors<Sum>(factors + key * factor_stride), scores + at);
  }
}

template <typename Scalar>
void BackwardBlock(const AttentionBackward<Scalar>& attention, const Head<Scalar>& head,
                   const QueryBlock& block, const Workspace<SumOf<Scalar>>& work) {
  using Sum = SumOf<Scalar>;
  const int64_t row = head.first_query + block.first;
  MakeScores(head, block, work);
  Pack<Scalar>(head.Of(attention.d_result, row), block.count, head.in.head_width, 1, kQueryBlock,
               work.d_result);
  Transpose(work.d_result, block.count, head.in.head_width, work.d_result_columns);
  MultiplyByKeys(head, block, work.value, work.d_result_columns, work.d_scores);
  const BlockFactors factors = MakeFactors(head, block, work.factors);
  std::array<Sum, kQueryBlock> log_sums;
  log_sums.fill(std::numeric_limits<Sum>::infinity());
  for (int64_t query = 0; query < block.count; ++query) {
    log_sums[query] = attention.log_sums[(row + query) * head.in.heads + head.task % head.in.heads];
  }
  for (int64_t query = 0; query < block.count; query += kVectorSize<Sum>) {
    SoftmaxBackward(log_sums.data() + query, block.keys,
                    factors.data == nullptr ? nullptr : factors.data + query, factors.stride,
                    work.scores + query, work.d_scores + query);
  }
  const auto d_query = head.Of(attention.d_query, row);
  const bool add = head.NeedsZeros();
  ForPanels(head.in.head_width, [&](int64_t panel, int64_t columns) {
    const int64_t of_keys = panel * head.keys * kHeadPanel;
    const int64_t of_queries = panel * kQueryBlock * kHeadPanel;
    const ProductSize size{block.keys, block.count, columns};
    Multiply<KeysByQueries>(size, work.scores, work.d_result + of_queries, add,
                            work.d_value + of_keys);
    Multiply<KeysByQueries>(size, work.d_scores, work.query + of_queries, add,
                            work.d_key + of_keys);
    MultiplyScores(block, columns, work.d_scores, work.key + of_keys, work.tile);
    Unpack<Scalar>(work.tile, block.count, columns, [&](int64_t) { return head.scale; },
                   {d_query.data + panel * kHeadPanel, d_query.stride});
  });
}

template <typename Scalar>
void UnpackKeys(const Head<Scalar>& head, const SumOf<Scalar>* panels, SumOf<Scalar> scale,
                StridedRows<Scalar> rows) {
  const auto to = head.Of(rows, head.first_key);
  ForPanels(head.in.head_width, [&](int64_t panel, int64_t columns) {
    Unpack<Scalar>(panels + panel * head.keys * kHeadPanel, head.keys, columns,
                   [scale](int64_t) { return scale; }, {to.data + panel * kHeadPanel, to.stride});
  });
}

template <typename Scalar>
void Backward(const AttentionBackward<Scalar>& attention, int64_t first, int64_t last,
              SumOf<Scalar>* scratch, float* factors) {
  using Sum = SumOf<Scalar>;
  for (int64_t task = first; task < last; ++task) {
    const Head<Scalar> head(attention.in, task);
    const Workspace<Sum> work(head.in.head_width, head.keys, scratch, factors);
    PackKeys(head, work);
    if (head.NeedsZeros()) {
      const int64_t of_keys = Panels(head.in.head_width) * head.keys * kHeadPanel;
      std::fill_n(work.d_key, of_keys, Sum(0));
      std::fill_n(work.d_value, of_keys, Sum(0));
    }
    ForQueryBlocks(head,
                   [&](const QueryBlock& block) { BackwardBlock(attention, head, block, work); });
    // The packed queries bear log2(e).
    UnpackKeys(head, work.d_key, std::numbers::ln2_v<Sum>, attention.d_key);
    UnpackKeys(head, work.d_value, Sum(1), attention.d_value);
  }
}

template <typename Scalar>
constexpr AttentionKernelsOf<Scalar> Of() {
  return {.forward = &Forward<Scalar>, .backward = &Backward<Scalar>};
}

}  // namespace

template <>
const AttentionKernels& KernelsFor<AttentionKernels, kThisUnit>() {
  static constexpr AttentionKernels kTable{{Of<float>(), Of<double>(), Of<c10::BFloat16>()}};
  return kTable;
}

}  // namespace ablate::fused
