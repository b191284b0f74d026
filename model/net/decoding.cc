#include "model/net/decoding.h"

#include <algorithm>
#include <limits>

#include "model/data/vocabulary_spec.h"

namespace ablate {
namespace {

// Evaluation mode for a scope.
class EvaluationScope {
 public:
  explicit EvaluationScope(torch::nn::Module& model) : model_(model), mode_(model.is_training()) {
    model_.eval();
  }
  ~EvaluationScope() { model_.train(mode_); }
  EvaluationScope(const EvaluationScope&) = delete;
  EvaluationScope& operator=(const EvaluationScope&) = delete;

 private:
  torch::nn::Module& model_;
  bool mode_;
};

at::Tensor BestToken(at::Tensor logits_B1V) {
  constexpr double kNever = -std::numeric_limits<double>::infinity();
  logits_B1V.select(2, kPad).fill_(kNever);
  logits_B1V.select(2, kSos).fill_(kNever);
  return logits_B1V.argmax(2);
}

// Rows of ids [B, T] up to their EOS.
std::vector<std::vector<int32_t>> UpToEos(const at::Tensor& ids_BT) {
  const at::Tensor ids = ids_BT.to(at::kCPU).to(at::kInt).contiguous();
  std::vector<std::vector<int32_t>> sentences;
  for (int64_t row = 0; row < ids.size(0); ++row) {
    const int32_t* begin = ids.const_data_ptr<int32_t>() + row * ids.size(1);
    sentences.emplace_back(begin, std::find(begin, begin + ids.size(1), kEos));
  }
  return sentences;
}

}  // namespace

std::vector<std::vector<int32_t>> GreedyDecode(Transformer& model, const at::Tensor& source_BS,
                                               bool source_padded, int64_t max_new_tokens) {
  const at::NoGradGuard no_grad;
  const EvaluationScope evaluation(*model);
  const TokenLayout layout = PaddedLayout(source_BS, source_padded);
  const std::optional<at::Tensor>& source_mask = layout.mask;
  auto cache = model->StartDecoding(model->Encode(source_BS, layout));

  const int64_t rows = source_BS.size(0);
  const int64_t steps = std::min(max_new_tokens, model->config().max_length);
  at::Tensor token_B1 = at::full({rows, 1}, kSos, source_BS.options());
  at::Tensor ended_B1 = at::zeros({rows, 1}, source_BS.options().dtype(at::kBool));
  std::vector<at::Tensor> tokens = {at::empty({rows, 0}, source_BS.options())};
  for (int64_t position = 0; position < steps; ++position) {
    token_B1 = BestToken(model->Logits(model->DecodeStep(token_B1, position, cache, source_mask)));
    tokens.push_back(token_B1);
    ended_B1.logical_or_(token_B1 == kEos);
    if (ended_B1.all().item<bool>()) break;
  }
  return UpToEos(at::cat(tokens, 1));
}

}  // namespace ablate
