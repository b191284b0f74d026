#include "tests/cuda/emulated_kernels.h"

#include <stdexcept>

#include "model/net/cuda/activation.cu"
#include "model/net/cuda/embedding.cu"
#include "model/net/cuda/projection_loss.cu"
#include "model/net/cuda/residual_norm.cu"

namespace ablate::cuda {
namespace {

template <typename Scalar>
constexpr at::ScalarType kTypeOf = at::kFloat;
template <>
constexpr at::ScalarType kTypeOf<double> = at::kDouble;
template <>
constexpr at::ScalarType kTypeOf<BFloat16> = at::kBFloat16;
template <>
constexpr at::ScalarType kTypeOf<Half> = at::kHalf;

class Table {
 public:
  Table() {
    AddResidual<double, double, double>();
    AddResidualBranches<float>();
    AddResidualBranches<BFloat16>();
    AddResidualBranches<Half>();
    AddFor<float>();
    AddFor<double>();
    AddFor<BFloat16>();
    AddFor<Half>();
    AddEmbedding<float>();
    AddEmbedding<double>();
  }

  std::vector<EmulatedKernel> kernels;

 private:
  template <typename Rows>
  void Add(const std::string& source, const std::string& name, void (*kernel)(Rows)) {
    kernels.push_back(
        {source, name, [kernel](const void* rows) { kernel(*static_cast<const Rows*>(rows)); }});
  }

  template <typename X, typename Branch, typename Normed>
  void AddResidual() {
    const std::vector<at::ScalarType> types{kTypeOf<X>, kTypeOf<Branch>, kTypeOf<Normed>};
    Add("residual_norm", KernelName("ResidualForward", types), &ResidualForward<X, Branch, Normed>);
    Add("residual_norm", KernelName("ResidualBackward", types),
        &ResidualBackward<X, Branch, Normed>);
  }

  template <typename Branch>
  void AddResidualBranches() {
    AddResidual<float, Branch, float>();
    AddResidual<float, Branch, BFloat16>();
    AddResidual<float, Branch, Half>();
  }

  template <typename Scalar>
  void AddFor() {
    AddActivation<Relu, Scalar>("Relu");
    AddActivation<Gelu, Scalar>("Gelu");
    AddActivation<SwiGlu, Scalar>("SwiGlu");
    const std::vector<at::ScalarType> type{kTypeOf<Scalar>};
    Add("activation", KernelName("ReluBackward", type), &ReluBackward<Scalar>);
    Add("projection_loss", KernelName("ProjectionLoss", type), &ProjectionLoss<Scalar>);
    Add("projection_loss", KernelName("Scale", type), &Scale<Scalar>);
  }

  template <typename Function, typename Scalar>
  void AddActivation(const std::string& function) {
    const std::vector<at::ScalarType> type{kTypeOf<Scalar>};
    Add("activation", KernelName("ActivationForward", type, function),
        &ActivationForward<Function, Scalar>);
    if constexpr (!std::is_same_v<Function, Relu>) {
      Add("activation", KernelName("ActivationBackward", type, function),
          &ActivationBackward<Function, Scalar>);
    }
  }

  template <typename Scalar>
  void AddEmbedding() {
    const std::vector<at::ScalarType> type{kTypeOf<Scalar>};
    Add("embedding", KernelName("EmbeddingForward", type), &EmbeddingForward<Scalar>);
    Add("embedding", KernelName("EmbeddingBackward", type), &EmbeddingBackward<Scalar>);
    Add("embedding", KernelName("EmbeddingBackwardOverParts", type),
        &EmbeddingBackwardOverParts<Scalar>);
  }
};

}  // namespace

const std::vector<EmulatedKernel>& EmulatedKernels() {
  static const Table table;
  return table.kernels;
}

void EmulatedLauncher::Launch(const KernelCall& call, at::Device /*device*/) {
  ++launches_;
  for (const EmulatedKernel& kernel : EmulatedKernels()) {
    if (kernel.source != call.source || kernel.name != call.kernel) continue;
    emulation::RunGrid(
        {.blocks = {call.blocks.x, call.blocks.y, 1}, .threads = call.threads, .order = order_},
        [&] { kernel.run(call.arguments); });
    return;
  }
  throw std::logic_error("no kernel " + call.source + ": " + call.kernel);
}

}  // namespace ablate::cuda
