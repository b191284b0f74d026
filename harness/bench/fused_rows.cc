// Operations on rows: embedding, the end of a residual branch, hidden units.
#include "harness/bench/families.h"
#include "harness/bench/fused.h"
#include "model/data/vocabulary_spec.h"
#include "model/net/dropout.h"
#include "model/net/fused/activation.h"
#include "model/net/fused/embedding.h"
#include "model/net/fused/half_linear.h"
#include "model/net/fused/residual.h"

namespace ablate {
namespace {

fused::RowDropout MaskOf() { return {kBenchDropout, 1}; }

using Tensors = std::vector<at::Tensor>;

int64_t BatchTokens() { return Sum(BenchLengths(SyntheticSplit(64).split().target, 1)); }

double Size(const at::Tensor& tensor) { return static_cast<double>(tensor.numel()); }
double Bytes(const at::Tensor& tensor) { return static_cast<double>(tensor.nbytes()); }

// --- Embedding: the weight, and so its gradient, is float32 in every number format.

struct Lookup {
  explicit Lookup(const FusedSize& size)
      : weight(BenchInput({size.vocabulary, size.d_model}, at::kFloat)),
        ids(at::randint(kSpecials, size.vocabulary, {BatchTokens()}, at::kLong)),
        position_of(at::arange(ids.numel(), at::kLong).remainder(40)),
        positions(at::randn({40, size.d_model})) {}

  at::Tensor Plain() const {
    const at::Tensor embedded = at::embedding(weight, ids, kPad);
    return Dropout(at::add(positions.index_select(0, position_of), embedded, kScale),
                   kBenchDropout);
  }
  at::Tensor Fused(bool row_gradient) const {
    return fused::Embed(weight, ids, position_of, positions, kScale, kPad, MaskOf(), row_gradient);
  }

  static constexpr double kScale = 11;
  at::Tensor weight, ids, position_of, positions;
};

enum class Embedder { kPlain, kFused, kFusedRowGradient };

FusedWork Embed(Embedder embedder, const FusedSize& size) {
  const Lookup lookup(size);
  const double rows = Size(lookup.ids) * static_cast<double>(size.d_model);
  FusedWork work;
  work.inputs = {lookup.weight};
  work.tokens = Size(lookup.ids);
  work.forward_cost = {3 * rows, 3 * 4 * rows};
  // The dense gradient is what the reference gives.
  work.backward_cost = {3 * rows, 4 * rows + Bytes(lookup.weight)};
  work.forward = [=]() -> Tensors {
    if (embedder == Embedder::kPlain) return {lookup.Plain()};
    return {lookup.Fused(embedder == Embedder::kFusedRowGradient)};
  };
  return work;
}

void RegisterEmbedding() {
  const auto make = [](Embedder embedder) -> MakeFusedWork {
    return [=](const FusedSize& size, at::ScalarType) { return Embed(embedder, size); };
  };
  RegisterFusedOperation({.name = "Embedding/rows",
                          .variants = {{"reference", make(Embedder::kPlain)},
                                       {"fused", make(Embedder::kFused)},
                                       {"fused_row_gradient", make(Embedder::kFusedRowGradient)}},
                          .types = {at::kFloat}});
}

// --- The end of a residual branch: float32 rows, to which a branch of `type` is added; what is
// normed goes into a product of `type`.

struct Branch {
  Branch(const FusedSize& size, at::ScalarType product_type)
      : type(product_type),
        x(BenchInput({BatchTokens(), size.d_model}, at::kFloat)),
        branch(BenchInput(x.sizes(), type)),
        bias(BenchInput({size.d_model}, at::kFloat)),
        gain(BenchInput({size.d_model}, at::kFloat)),
        shift(BenchInput({size.d_model}, at::kFloat)) {}

  at::Tensor PlainSum() const { return x + Dropout(branch + bias.to(type), kBenchDropout); }
  Tensors PlainSumAndNorm() const {
    const at::Tensor sum = PlainSum();
    return {sum, at::layer_norm(sum, {sum.size(-1)}, gain, shift).to(type)};
  }
  at::Tensor FusedSum() const { return fused::Add(x, branch, bias, MaskOf()); }
  Tensors FusedSumAndNorm() const {
    const auto result = fused::AddNorm(x, branch, bias, MaskOf(), {gain, shift}, type);
    return {result.sum, result.normed};
  }

  at::ScalarType type;
  at::Tensor x, branch, bias, gain, shift;
};

FusedWork EndBranch(bool normed, bool fused, const FusedSize& size, at::ScalarType type) {
  const Branch rows(size, type);
  FusedWork work;
  work.inputs = {rows.x, rows.branch, rows.bias};
  if (normed) work.inputs.insert(work.inputs.end(), {rows.gain, rows.shift});
  work.tokens = static_cast<double>(rows.x.size(0));
  // Bias, mask and sum are three operations an element; mean, variance, scale, gain and shift of
  // the norm seven, and its gradients twice that.
  const double elements = Size(rows.x);
  work.forward_cost = {(normed ? 10 : 3) * elements, 2 * Bytes(rows.x) + Bytes(rows.branch)};
  work.backward_cost = {(normed ? 16 : 2) * elements, 2 * Bytes(rows.x) + Bytes(rows.branch)};
  if (normed) {
    work.forward_cost.bytes += Bytes(rows.branch);
    work.backward_cost.bytes += Bytes(rows.x) + Bytes(rows.branch);
  }
  work.forward = [=]() -> Tensors {
    if (normed) return fused ? rows.FusedSumAndNorm() : rows.PlainSumAndNorm();
    return {fused ? rows.FusedSum() : rows.PlainSum()};
  };
  return work;
}

void RegisterResidual(const char* name, bool normed) {
  const auto make = [=](bool fused) -> MakeFusedWork {
    return [=](const FusedSize& size, at::ScalarType type) {
      return EndBranch(normed, fused, size, type);
    };
  };
  RegisterFusedOperation({name, {{"reference", make(false)}, {"fused", make(true)}}});
}

// A norm alone, as a layer begins with.
FusedWork Norm(bool fused, const FusedSize& size, at::ScalarType type) {
  const Branch rows(size, type);
  FusedWork work;
  work.inputs = {rows.x, rows.gain, rows.shift};
  work.tokens = static_cast<double>(rows.x.size(0));
  work.forward_cost = {7 * Size(rows.x), Bytes(rows.x) + Bytes(rows.branch)};
  work.backward_cost = {14 * Size(rows.x), 2 * Bytes(rows.x) + Bytes(rows.branch)};
  work.forward = [=]() -> Tensors {
    if (fused) return {fused::Norm(rows.x, {rows.gain, rows.shift}, type)};
    return {at::layer_norm(rows.x, {rows.x.size(-1)}, rows.gain, rows.shift).to(type)};
  };
  return work;
}

void RegisterNorm() {
  const auto make = [](bool fused) -> MakeFusedWork {
    return [=](const FusedSize& size, at::ScalarType type) { return Norm(fused, size, type); };
  };
  RegisterFusedOperation({"Residual/norm", {{"reference", make(false)}, {"fused", make(true)}}});
}

// --- Hidden units: rows of `type`.

at::Tensor PlainHidden(const at::Tensor& hidden, const at::Tensor& bias, Activation activation) {
  const at::Tensor sum = hidden + bias.to(hidden.scalar_type());
  if (activation == Activation::kRelu) return Dropout(at::relu(sum), kBenchDropout);
  if (activation == Activation::kGelu) return Dropout(at::gelu(sum), kBenchDropout);
  const auto halves = sum.chunk(2, -1);
  return Dropout(at::silu(halves[0]) * halves[1], kBenchDropout);
}

FusedWork Hidden(Activation activation, bool fused, const FusedSize& size, at::ScalarType type) {
  const bool gated = activation == Activation::kSwiGlu;
  const int64_t columns = (gated ? 2 : 1) * size.d_ff;
  const at::Tensor hidden = BenchInput({BatchTokens(), columns}, type);
  const at::Tensor bias = BenchInput({columns}, at::kFloat);
  FusedWork work;
  work.inputs = {hidden, bias};
  work.tokens = static_cast<double>(hidden.size(0));
  // Bias, activation and mask; what an exponential or erf takes is counted as one operation.
  const double result_bytes = Bytes(hidden) / (gated ? 2 : 1);
  work.forward_cost = {3 * Size(hidden), Bytes(hidden) + result_bytes};
  work.backward_cost = {3 * Size(hidden), 2 * Bytes(hidden) + result_bytes};
  work.forward = [=]() -> Tensors {
    return {fused ? fused::Activate(hidden, bias, activation, MaskOf())
                  : PlainHidden(hidden, bias, activation)};
  };
  return work;
}

void RegisterHidden(const char* name, Activation activation) {
  const auto make = [=](bool fused) -> MakeFusedWork {
    return [=](const FusedSize& size, at::ScalarType type) {
      return Hidden(activation, fused, size, type);
    };
  };
  RegisterFusedOperation({name, {{"reference", make(false)}, {"fused", make(true)}}});
}

// --- A linear layer of bfloat16, as that which makes hidden units.

FusedWork Linear(bool fused, const FusedSize& size, at::ScalarType type) {
  const at::Tensor x = BenchInput({BatchTokens(), size.d_model}, type);
  const at::Tensor weight = BenchInput({size.d_ff, size.d_model}, fused ? at::kFloat : type);
  const at::Tensor bias = BenchInput({size.d_ff}, fused ? at::kFloat : type);
  const double product = 2 * Size(x) * static_cast<double>(size.d_ff);
  const auto result = static_cast<double>(x.size(0) * size.d_ff);
  const double bytes = 2 * (Size(x) + Size(weight) + result);
  FusedWork work;
  work.inputs = {x, weight, bias};
  work.tokens = static_cast<double>(x.size(0));
  work.forward_cost = {product, bytes};
  work.backward_cost = {2 * product, 2 * bytes};
  if (!fused) {
    work.forward = [=]() -> Tensors { return {at::linear(x, weight, bias)}; };
    return work;
  }
  // Once an update, as a cast is.
  const fused::WeightPanels panels = fused::MakePanels(weight);
  work.forward = [=]() -> Tensors { return {fused::HalfLinear(x, weight, panels, bias)}; };
  return work;
}

void RegisterLinear() {
  const auto make = [](bool fused) -> MakeFusedWork {
    return [=](const FusedSize& size, at::ScalarType type) { return Linear(fused, size, type); };
  };
  FusedOperation operation{
      .name = "Linear/hidden", .variants = {{"reference", make(false)}}, .types = {at::kBFloat16}};
  if (fused::HasBlockProducts()) operation.variants.push_back({"fused", make(true)});
  RegisterFusedOperation(operation);
}

}  // namespace

void RegisterFusedRows() {
  RegisterEmbedding();
  RegisterResidual("Residual/dropout_sum", false);
  RegisterResidual("Residual/dropout_sum_norm", true);
  RegisterNorm();
  RegisterHidden("FeedForward/bias_relu_dropout", Activation::kRelu);
  RegisterHidden("FeedForward/bias_gelu_dropout", Activation::kGelu);
  RegisterHidden("FeedForward/bias_swiglu_dropout", Activation::kSwiGlu);
  RegisterLinear();
}

}  // namespace ablate
