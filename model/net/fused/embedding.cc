#include "model/net/fused/embedding.h"

#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

#include <array>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "model/net/cuda/launch.h"
#include "model/net/cuda/operations.h"
#include "model/net/fused/capability.h"
#include "model/net/fused/embedding_kernel.h"
#include "model/net/fused/rows.h"

namespace ablate::fused {
namespace {

using torch::autograd::Node;
using torch::autograd::SavedVariable;
using torch::autograd::variable_list;

template <typename Body>
void WithKernels(at::ScalarType type, const Body& body) {
  WithKernelsOf<EmbeddingKernels>("embedding", type, body);
}

// Tokens in the order of their ids, those of an id in their own order.
struct TokensById {
  std::vector<int64_t> tokens;
  std::vector<int64_t> ids;       // without repetition
  std::vector<int64_t> first_of;  // tokens of ids[g] start there; and the number of tokens
};

struct Token {
  int64_t id, index;
};

// A radix sort: std::sort took longer than all that follows.
void SortById(std::vector<Token>& tokens, int64_t largest) {
  constexpr int kBits = 8;
  std::vector<Token> sorted(tokens.size());
  for (int shift = 0; largest >> shift != 0; shift += kBits) {
    const auto digit = [shift](const Token& token) {
      return static_cast<size_t>(token.id >> shift) & ((1 << kBits) - 1);
    };
    std::array<int64_t, 1 << kBits> place{};
    for (const Token& token : tokens) ++place[digit(token)];
    int64_t before = 0;
    for (int64_t& count : place) count = std::exchange(before, before + count);
    for (const Token& token : tokens) sorted[place[digit(token)]++] = token;
    tokens.swap(sorted);
  }
}

TokensById Group(const at::Tensor& ids, int64_t padding) {
  const int64_t* const id = ids.const_data_ptr<int64_t>();
  std::vector<Token> sorted;
  sorted.reserve(ids.numel());
  int64_t largest = 0;
  for (int64_t i = 0; i < ids.numel(); ++i) {
    if (id[i] == padding) continue;
    sorted.push_back({id[i], i});
    largest = std::max(largest, id[i]);
  }
  SortById(sorted, largest);
  TokensById groups;
  groups.tokens.reserve(sorted.size());
  for (const Token& token : sorted) {
    if (groups.ids.empty() || groups.ids.back() != token.id) {
      groups.ids.push_back(token.id);
      groups.first_of.push_back(static_cast<int64_t>(groups.tokens.size()));
    }
    groups.tokens.push_back(token.index);
  }
  groups.first_of.push_back(static_cast<int64_t>(groups.tokens.size()));
  return groups;
}

void CheckIndices(const at::Tensor& indices, int64_t rows, const char* name) {
  const int64_t* const index = indices.const_data_ptr<int64_t>();
  uint64_t largest = 0;
  for (int64_t i = 0; i < indices.numel(); ++i) {
    largest = std::max(largest, static_cast<uint64_t>(index[i]));
  }
  TORCH_CHECK_INDEX(indices.numel() == 0 || largest < static_cast<uint64_t>(rows), name,
                    ": an index is not below ", rows, ", the number of rows, or is negative");
}

// Gradient of weight.
class EmbeddingNode final : public Node {
 public:
  EmbeddingNode(const at::Tensor& weight, const at::Tensor& ids, double scale, int64_t padding,
                const RowMask& mask, at::Tensor counter, bool row_gradient)
      : vocabulary_(weight.size(0)),
        columns_(weight.size(1)),
        options_(weight.options().requires_grad(false)),
        scale_(scale),
        padding_(padding),
        mask_(mask),
        counter_(std::move(counter)),
        row_gradient_(row_gradient),
        ids_(ids, /*is_output=*/false) {}

  std::string name() const override { return "FusedEmbeddingBackward"; }

  void release_variables() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    ids_.reset_data();
  }

 private:
  variable_list apply(variable_list&& incoming) override {
    CheckDifferentiatedOnce("embedding");
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!incoming[0].defined()) return variable_list(1);
    if (cuda::Computes(incoming[0].device())) return {SumOnDevice(incoming[0].contiguous())};
    const TokensById groups = Group(ids_.unpack(), padding_);
    const auto group_count = static_cast<int64_t>(groups.ids.size());
    const at::Tensor rows = row_gradient_ ? at::empty({group_count, columns_}, options_)
                                          : at::zeros({vocabulary_, columns_}, options_);
    Sum(incoming[0].contiguous(), groups, rows);
    return {row_gradient_ ? Sparse(groups, rows) : rows};
  }

  at::Tensor SumOnDevice(const at::Tensor& d_result) {
    at::Tensor d_weight = at::zeros({vocabulary_, columns_}, options_);
    cuda::EmbeddingBackward(d_result, ids_.unpack(), scale_, padding_, {mask_, counter_}, d_weight);
    return d_weight;
  }

  void Sum(const at::Tensor& d_result, const TokensById& groups, const at::Tensor& d_weight) const {
    WithKernels(d_result.scalar_type(), [&]<typename Scalar>(
                                            const EmbeddingKernelsOf<Scalar>& kernels) {
      const EmbeddingBackward<Scalar> rows{.columns = columns_,
                                           .mask = mask_,
                                           .d_result = Pointer<Scalar>(d_result),
                                           .tokens = groups.tokens.data(),
                                           .first_of = groups.first_of.data(),
                                           .row_of = row_gradient_ ? nullptr : groups.ids.data(),
                                           .scale = static_cast<SumOf<Scalar>>(scale_),
                                           .d_weight = MutablePointer<Scalar>(d_weight)};
      ForRows(static_cast<int64_t>(groups.ids.size()), columns_,
              [&](int64_t first, int64_t last, float* factors) {
                Scratch<SumOf<Scalar>> sums(std::max<int64_t>(columns_, 1));
                kernels.backward(rows, first, last, sums.data(), factors);
              });
    });
  }

  at::Tensor Sparse(const TokensById& groups, const at::Tensor& values) const {
    const auto count = static_cast<int64_t>(groups.ids.size());
    at::Tensor indices = at::empty({1, count}, options_.dtype(at::kLong));
    std::copy(groups.ids.begin(), groups.ids.end(), indices.mutable_data_ptr<int64_t>());
    return at::_sparse_coo_tensor_with_dims_and_tensors(
        /*sparse_dim=*/1, /*dense_dim=*/1, {vocabulary_, columns_}, indices, values,
        options_.layout(at::kSparse), /*is_coalesced=*/true);
  }

  int64_t vocabulary_, columns_;
  at::TensorOptions options_;
  double scale_;
  int64_t padding_;
  RowMask mask_;
  at::Tensor counter_;
  bool row_gradient_;
  SavedVariable ids_;
};

struct Operands {
  at::Tensor weight, ids, position_of, positions;
};

void Check(const Operands& in) {
  TORCH_CHECK(CheckRows(in.weight, "embedding weight").dim() == 2, "embedding weight: [V, D]");
  TORCH_CHECK(in.positions.dim() == 2 && Columns(in.positions) == Columns(in.weight) &&
                  in.positions.scalar_type() == in.weight.scalar_type(),
              "embedding positions: [P, ", Columns(in.weight), "] of weight's type is needed");
  TORCH_CHECK(in.ids.scalar_type() == at::kLong && in.position_of.scalar_type() == at::kLong &&
                  in.ids.sizes() == in.position_of.sizes(),
              "embedding: ids and position_of are int64 of one shape");
}

at::Tensor Forward(const Operands& in, double scale, const RowMask& mask,
                   const at::Tensor& counter) {
  auto sizes = in.ids.sizes().vec();
  sizes.push_back(in.weight.size(1));
  at::Tensor result = at::empty(sizes, in.weight.options().requires_grad(false));
  if (cuda::Computes(result.device())) {
    cuda::EmbeddingForward(in.weight, in.ids, in.position_of, in.positions, scale, {mask, counter},
                           result);
    return result;
  }
  CheckIndices(in.ids, in.weight.size(0), "embedding ids");
  CheckIndices(in.position_of, in.positions.size(0), "embedding position_of");
  WithKernels(
      in.weight.scalar_type(), [&]<typename Scalar>(const EmbeddingKernelsOf<Scalar>& kernels) {
        const EmbeddingForward<Scalar> rows{.columns = sizes.back(),
                                            .mask = mask,
                                            .weight = Pointer<Scalar>(in.weight),
                                            .positions = Pointer<Scalar>(in.positions),
                                            .ids = Pointer<int64_t>(in.ids),
                                            .position_of = Pointer<int64_t>(in.position_of),
                                            .scale = static_cast<SumOf<Scalar>>(scale),
                                            .result = MutablePointer<Scalar>(result)};
        ForRows(in.ids.numel(), rows.columns, [&](int64_t first, int64_t last, float* factors) {
          kernels.forward(rows, first, last, factors);
        });
      });
  return result;
}

}  // namespace

at::Tensor Embed(const at::Tensor& weight, const at::Tensor& ids, const at::Tensor& position_of,
                 const at::Tensor& positions, double scale, int64_t padding,
                 const RowDropout& dropout, bool row_gradient) {
  Check({weight, ids, position_of, positions});
  TORCH_CHECK(!row_gradient || !cuda::Computes(weight.device()),
              "embedding: a gradient of rows is made on a CPU alone");
  const RowMask mask = MaskOf(dropout);
  Operands in;
  {
    const at::AutoDispatchBelowADInplaceOrView no_autograd;
    in = {weight.contiguous(), ids.contiguous(), position_of.contiguous(), positions.contiguous()};
  }
  at::Tensor result = Forward(in, scale, mask, dropout.counter);
  if (!torch::autograd::compute_requires_grad(weight)) return result;
  const auto node = std::shared_ptr<EmbeddingNode>(
      new EmbeddingNode(weight, in.ids, scale, padding, mask, dropout.counter, row_gradient),
      torch::autograd::deleteNode);
  node->set_next_edges(torch::autograd::collect_next_edges(weight));
  torch::autograd::set_history(result, node);
  return result;
}

}  // namespace ablate::fused
