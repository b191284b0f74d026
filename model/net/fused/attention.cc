#include "model/net/fused/attention.h"

#include <ATen/OpMathType.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "model/net/fused/attention_kernel.h"
#include "model/net/fused/capability.h"
#include "model/net/fused/parallel.h"
#include "model/net/fused/rows.h"
#include "model/net/fused/sequence_spans.h"

namespace ablate::fused {
namespace {

using torch::autograd::Node;
using torch::autograd::SavedVariable;
using torch::autograd::variable_list;

template <typename Body>
void WithKernels(at::ScalarType type, const Body& body) {
  WithKernelsOf<AttentionKernels>("attention", type, body);
}

// Of self-attention both tensors and both spans are the same.
struct Attention {
  bool self;
  int64_t width;  // H * K
  Spans queries, keys;
  AttentionOptions options;
  RowMask mask;

  int64_t Tasks() const { return queries.count() * options.heads; }
};

struct Operands {
  at::Tensor query, key_value;
};

// What of a row of keys and values is what.
template <typename Scalar>
struct Views {
  StridedRows<Scalar> query, key, value;
};
template <typename Scalar>
Views<Scalar> ViewsOf(const Attention& attention, Scalar* query, Scalar* key_value) {
  const int64_t width = attention.width;
  if (attention.self) {
    return {{query, 3 * width}, {query + width, 3 * width}, {query + 2 * width, 3 * width}};
  }
  return {{query, width}, {key_value, 2 * width}, {key_value + width, 2 * width}};
}

template <typename Scalar>
AttentionInputs<Scalar> InputsOf(const Attention& attention, const Operands& in) {
  const auto views =
      ViewsOf<const Scalar>(attention, Pointer<Scalar>(in.query), Pointer<Scalar>(in.key_value));
  return {.heads = attention.options.heads,
          .head_width = attention.width / attention.options.heads,
          .causal = attention.options.causal,
          .mask = attention.mask,
          .queries = attention.queries.pointers(),
          .keys = attention.keys.pointers(),
          .query = views.query,
          .key = views.key,
          .value = views.value};
}

// body(first task, last task, scratch, factors).
template <typename Sum, typename Body>
void ForTasks(const Attention& attention, const Body& body) {
  constexpr int64_t kProducts = 1 << 19;  // that a thread is worth waking for
  const int64_t width = attention.width / attention.options.heads, keys = attention.keys.longest();
  const int64_t a_task = std::max<int64_t>(attention.queries.longest() * keys * width, 1);
  ParallelFor(0, attention.Tasks(), std::max<int64_t>(kProducts / a_task, 1),
              [&](int64_t first, int64_t last) {
                Scratch<Sum> scratch(AttentionScratch(width, keys));
                Scratch<float> factors(AttentionFactors(keys));
                body(first, last, scratch.data(), factors.data());
              });
}

// Rows of no sequence are 0.
at::Tensor MakeRows(const Spans& spans, at::IntArrayRef sizes, const at::TensorOptions& options) {
  return spans.cover_all_rows() ? at::empty(sizes, options) : at::zeros(sizes, options);
}

struct Outputs {
  at::Tensor result, log_sums;
};

Outputs Forward(const Attention& attention, const Operands& in, bool keep_log_sums) {
  auto sizes = in.query.sizes().vec();
  sizes.back() = attention.width;
  const auto options = in.query.options().requires_grad(false);
  Outputs out{.result = MakeRows(attention.queries, sizes, options), .log_sums = {}};
  if (keep_log_sums) {
    out.log_sums = at::empty({attention.queries.rows(), attention.options.heads},
                             options.dtype(at::toOpMathType(in.query.scalar_type())));
  }
  WithKernels(
      in.query.scalar_type(), [&]<typename Scalar>(const AttentionKernelsOf<Scalar>& kernels) {
        using Sum = SumOf<Scalar>;
        const AttentionForward<Scalar> arguments{
            .in = InputsOf<Scalar>(attention, in),
            .result = {MutablePointer<Scalar>(out.result), attention.width},
            .log_sums = MutablePointer<Sum>(out.log_sums)};
        ForTasks<Sum>(attention, [&](int64_t first, int64_t last, Sum* scratch, float* factors) {
          kernels.forward(arguments, first, last, scratch, factors);
        });
      });
  return out;
}

// Gradients of the query and of keys and values, or of the tensor that is all of them.
class AttentionNode final : public Node {
 public:
  AttentionNode(const Attention& attention, const Operands& in, at::Tensor log_sums)
      : attention_(attention),
        query_(in.query, /*is_output=*/false),
        log_sums_(std::move(log_sums)) {
    if (!attention.self) key_value_ = SavedVariable(in.key_value, /*is_output=*/false);
  }

  std::string name() const override { return "FusedAttentionBackward"; }

  void release_variables() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    query_.reset_data();
    key_value_.reset_data();
    log_sums_.reset();
  }

 private:
  variable_list apply(variable_list&& incoming) override {
    CheckDifferentiatedOnce("attention");
    const std::lock_guard<std::mutex> lock(mutex_);
    variable_list gradients(attention_.self ? 1 : 2);
    if (!incoming[0].defined()) return gradients;
    Operands in{.query = query_.unpack(), .key_value = {}};
    if (!attention_.self) in.key_value = key_value_.unpack();
    const Operands d_in{.query = MakeLike(attention_.queries, in.query),
                        .key_value = MakeLike(attention_.keys, in.key_value)};
    Make(incoming[0].contiguous(), in, d_in);
    gradients[0] = d_in.query;
    if (!attention_.self) gradients[1] = d_in.key_value;
    return gradients;
  }

  static at::Tensor MakeLike(const Spans& spans, const at::Tensor& rows) {
    if (!rows.defined()) return {};
    return MakeRows(spans, rows.sizes(), rows.options().requires_grad(false));
  }

  void Make(const at::Tensor& d_result, const Operands& in, const Operands& d_in) const {
    WithKernels(
        in.query.scalar_type(), [&]<typename Scalar>(const AttentionKernelsOf<Scalar>& kernels) {
          using Sum = SumOf<Scalar>;
          const auto views = ViewsOf<Scalar>(attention_, MutablePointer<Scalar>(d_in.query),
                                             MutablePointer<Scalar>(d_in.key_value));
          const AttentionBackward<Scalar> arguments{
              .in = InputsOf<Scalar>(attention_, in),
              .log_sums = Pointer<Sum>(log_sums_),
              .d_result = {Pointer<Scalar>(d_result), attention_.width},
              .d_query = views.query,
              .d_key = views.key,
              .d_value = views.value};
          ForTasks<Sum>(attention_, [&](int64_t first, int64_t last, Sum* scratch, float* factors) {
            kernels.backward(arguments, first, last, scratch, factors);
          });
        });
  }

  Attention attention_;
  SavedVariable query_, key_value_;
  at::Tensor log_sums_;
};

void Check(const Attention& attention, const at::Tensor& query, const at::Tensor& key_value) {
  const int64_t heads = attention.options.heads;
  const int64_t query_parts = attention.self ? 3 : 1;
  TORCH_CHECK(heads >= 1 && attention.width >= heads && attention.width % heads == 0 &&
                  Columns(query) == attention.width * query_parts,
              "attention: rows of ", Columns(query), " columns do not fall into ", query_parts,
              " x ", heads, " heads");
  attention.queries.CheckDisjoint();
  if (attention.self) return;
  TORCH_CHECK(Columns(key_value) == 2 * attention.width, "attention: keys and values of ",
              Columns(key_value), " columns beside queries of ", attention.width);
  TORCH_CHECK(key_value.scalar_type() == query.scalar_type(), "attention: keys and values of ",
              key_value.scalar_type(), " beside queries of ", query.scalar_type());
  TORCH_CHECK(attention.keys.count() == attention.queries.count(),
              "attention: ", attention.keys.count(), " sequences of keys for ",
              attention.queries.count(), " of queries");
  const auto queries = attention.queries.pointers(), keys = attention.keys.pointers();
  for (int64_t b = 0; b < attention.keys.count(); ++b) {
    TORCH_CHECK(keys.length[b] > 0 || queries.length[b] == 0, "attention: sequence ", b,
                " has no keys for its ", queries.length[b], " queries");
  }
}

at::Tensor Apply(const Attention& attention, const at::Tensor& query, const at::Tensor& key_value) {
  Check(attention, query, key_value);
  Operands in;
  {
    const at::AutoDispatchBelowADInplaceOrView no_autograd;
    in = {Contiguous(query), Contiguous(key_value)};
  }
  const bool differentiable = torch::autograd::compute_requires_grad(query, key_value);
  if (differentiable) attention.keys.CheckDisjoint();
  const Outputs out = Forward(attention, in, differentiable);
  if (!differentiable) return out.result;
  const auto node = std::shared_ptr<AttentionNode>(new AttentionNode(attention, in, out.log_sums),
                                                   torch::autograd::deleteNode);
  node->set_next_edges(attention.self ? torch::autograd::collect_next_edges(query)
                                      : torch::autograd::collect_next_edges(query, key_value));
  torch::autograd::set_history(out.result, node);
  return out.result;
}

}  // namespace

at::Tensor SelfAttention(const at::Tensor& query_key_value, const Sequences& sequences,
                         const AttentionOptions& options) {
  const Spans spans(sequences, RowCount(CheckRows(query_key_value, "attention")), "sequences");
  const Attention attention{.self = true,
                            .width = Columns(query_key_value) / 3,
                            .queries = spans,
                            .keys = spans,
                            .options = options,
                            .mask = MaskOf({options.dropout, options.seed})};
  return Apply(attention, query_key_value, {});
}

at::Tensor CrossAttention(const at::Tensor& query, const at::Tensor& key_value,
                          const Sequences& query_sequences, const Sequences& key_sequences,
                          const AttentionOptions& options) {
  const Spans queries(query_sequences, RowCount(CheckRows(query, "attention queries")),
                      "sequences of queries");
  const Spans keys(key_sequences, RowCount(CheckRows(key_value, "attention keys and values")),
                   "sequences of keys");
  const Attention attention{.self = false,
                            .width = Columns(query),
                            .queries = queries,
                            .keys = keys,
                            .options = options,
                            .mask = MaskOf({options.dropout, options.seed})};
  return Apply(attention, query, key_value);
}

}  // namespace ablate::fused
