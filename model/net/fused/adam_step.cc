#include "model/net/fused/adam_step.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

#include "model/net/fused/adam_step_kernel.h"
#include "model/net/fused/capability.h"
#include "model/net/fused/parallel.h"

namespace ablate::fused {
namespace {

// Elements that one thread takes at a time, and whose squares have a sum of their own.
constexpr int64_t kChunk = 16384;
constexpr int64_t kNoRow = std::numeric_limits<int64_t>::max();

template <typename Scalar>
const AdamKernelsOf<Scalar>& KernelsOf() {
  if constexpr (std::is_same_v<Scalar, double>) {
    return Kernels<AdamKernels>().of_double;
  } else {
    return Kernels<AdamKernels>().of_float;
  }
}

// One part, ready for reading by rows.
struct Part {
  explicit Part(const at::Tensor& tensor) : is_sparse(tensor.is_sparse()) {
    if (is_sparse) {
      TORCH_CHECK(tensor.sparse_dim() == 1 && tensor.is_coalesced(),
                  "AdamStep: a sparse gradient must be coalesced and of rows");
      indices = tensor._indices().contiguous();
      values = tensor._values().contiguous();
      rows = indices.const_data_ptr<int64_t>();
      row_count = indices.numel();
    } else {
      values = tensor.contiguous();
    }
    bfloat16 = values.scalar_type() == at::kBFloat16;
    element_size = static_cast<int64_t>(values.element_size());
  }

  PartPointer At(int64_t element) const {
    return {static_cast<const char*>(values.const_data_ptr()) + element * element_size, bfloat16};
  }
  int64_t RowAt(int64_t entry) const { return entry < row_count ? rows[entry] : kNoRow; }

  bool is_sparse;
  at::Tensor values, indices;
  const int64_t* rows = nullptr;  // ascending
  int64_t row_count = 0;
  bool bfloat16 = false;
  int64_t element_size = 0;
};

// A gradient whose parts are contiguous in pieces: whole, or, with sparse parts, by rows.
class Gradient {
 public:
  Gradient(const GradientParts& parts, const at::Tensor& like)
      : size_(like.numel()), width_(like.dim() > 0 && like.size(0) > 0 ? size_ / like.size(0) : 1) {
    for (const at::Tensor& part : parts) {
      TORCH_CHECK(part.sizes() == like.sizes(), "AdamStep: a gradient of shape ", part.sizes(),
                  " for a parameter of shape ", like.sizes());
      parts_.emplace_back(part);
      const at::ScalarType type = parts_.back().values.scalar_type();
      const bool bfloat16_of_float = type == at::kBFloat16 && WideType(like) == at::kFloat;
      TORCH_CHECK(type == WideType(like) || bfloat16_of_float, "AdamStep: a gradient of type ",
                  type, " for a parameter of type ", like.scalar_type());
      any_sparse_ = any_sparse_ || parts_.back().is_sparse;
    }
  }

  // float64 of float64, float32 of the rest.
  static at::ScalarType WideType(const at::Tensor& of) {
    return of.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  }

  int64_t size() const { return size_; }
  // Elements of a chunk: whole rows where rows matter.
  int64_t ChunkSize() const {
    return any_sparse_ && width_ > 0 ? std::max<int64_t>(kChunk / width_, 1) * width_ : kChunk;
  }

  // body(first element, piece) over [begin, end), which is a chunk.
  template <typename Body>
  void ForPieces(int64_t begin, int64_t end, Body body) const {
    std::vector<PartPointer> pointers(parts_.size());
    const auto piece = [&](int64_t first, int64_t last, auto pointer_of) {
      if (first == last) return;
      int64_t count = 0;
      for (size_t part = 0; part < parts_.size(); ++part) {
        const PartPointer pointer = pointer_of(part);
        if (pointer.values != nullptr) pointers[count++] = pointer;
      }
      body(first, GradientPiece{pointers.data(), count, last - first});
    };
    const auto dense_at = [&](size_t part, int64_t element) {
      return parts_[part].is_sparse ? PartPointer{} : parts_[part].At(element);
    };
    if (!any_sparse_) {
      piece(begin, end, [&](size_t part) { return dense_at(part, begin); });
      return;
    }
    std::vector<int64_t> entries = EntriesFrom(begin / width_);
    for (int64_t row = begin / width_; row < end / width_; ++row) {
      const int64_t next = std::min(NextRow(entries), end / width_);
      piece(row * width_, next * width_, [&](size_t part) { return dense_at(part, row * width_); });
      row = next;
      if (row == end / width_) return;
      piece(row * width_, (row + 1) * width_, [&](size_t part) {
        if (!parts_[part].is_sparse) return dense_at(part, row * width_);
        if (parts_[part].RowAt(entries[part]) != row) return PartPointer{};
        return parts_[part].At(entries[part]++ * width_);
      });
    }
  }

 private:
  // The first entry of each sparse part whose row is at least `row`.
  std::vector<int64_t> EntriesFrom(int64_t row) const {
    std::vector<int64_t> entries(parts_.size());
    for (size_t i = 0; i < parts_.size(); ++i) {
      const int64_t* const rows = parts_[i].rows;
      entries[i] = std::lower_bound(rows, rows + parts_[i].row_count, row) - rows;
    }
    return entries;
  }
  int64_t NextRow(const std::vector<int64_t>& entries) const {
    int64_t next = kNoRow;
    for (size_t i = 0; i < parts_.size(); ++i) {
      if (parts_[i].is_sparse) next = std::min(next, parts_[i].RowAt(entries[i]));
    }
    return next;
  }

  std::vector<Part> parts_;
  int64_t size_, width_;
  bool any_sparse_ = false;
};

struct Chunk {
  size_t gradient;
  int64_t begin, end;
};

std::vector<Chunk> ChunksOf(const std::vector<Gradient>& gradients) {
  std::vector<Chunk> chunks;
  for (size_t i = 0; i < gradients.size(); ++i) {
    const int64_t step = gradients[i].ChunkSize();
    for (int64_t begin = 0; begin < gradients[i].size(); begin += step) {
      chunks.push_back({i, begin, std::min(begin + step, gradients[i].size())});
    }
  }
  return chunks;
}

// body(index of the chunk, chunk), side by side.
template <typename Body>
void ForChunks(const std::vector<Chunk>& chunks, Body body) {
  ParallelFor(0, static_cast<int64_t>(chunks.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) body(static_cast<size_t>(i), chunks[i]);
  });
}

// body(Scalar()) with the type in which `of` is summed.
template <typename Body>
auto WithWideType(const at::Tensor& of, Body body) {
  return Gradient::WideType(of) == at::kDouble ? body(double()) : body(float());
}

AdamScalars ScalarsOf(const AdamSettings& settings, int64_t update, double gradient_scale) {
  const auto count = static_cast<double>(update);
  const double decay = settings.weight_decay;
  return {.gradient_scale = gradient_scale,
          .coupled_decay = settings.decoupled_decay ? 0 : decay,
          .keep = settings.decoupled_decay ? 1 - settings.learning_rate * decay : 1,
          .beta1 = settings.beta1,
          .beta2 = settings.beta2,
          .step_size = settings.learning_rate / (1 - std::pow(settings.beta1, count)),
          .inverse_root = 1 / std::sqrt(1 - std::pow(settings.beta2, count)),
          .epsilon = settings.epsilon};
}

void CheckTensors(at::TensorList parameters, at::TensorList others, const char* name) {
  TORCH_CHECK(parameters.size() == others.size(), "AdamStep: ", parameters.size(),
              " parameters, but ", others.size(), " ", name);
  for (size_t i = 0; i < parameters.size(); ++i) {
    TORCH_CHECK(others[i].is_contiguous() && others[i].sizes() == parameters[i].sizes() &&
                    others[i].scalar_type() == parameters[i].scalar_type(),
                "AdamStep: ", name, " ", i,
                " must be contiguous, in shape and type as the parameter");
  }
}

void CheckCopies(at::TensorList parameters, at::TensorList copies) {
  if (copies.empty()) return;
  TORCH_CHECK(copies.size() == parameters.size(), "AdamStep: ", parameters.size(),
              " parameters, but ", copies.size(), " copies");
  for (size_t i = 0; i < copies.size(); ++i) {
    if (!copies[i].defined()) continue;
    TORCH_CHECK(copies[i].is_contiguous() && copies[i].sizes() == parameters[i].sizes() &&
                    copies[i].scalar_type() == at::kBFloat16,
                "AdamStep: copy ", i, " must be contiguous bfloat16 of the parameter's shape");
  }
}

}  // namespace

at::Tensor GradientSum(const GradientParts& parts, const at::Tensor& like, double scale) {
  const at::NoGradGuard no_gradients;
  const std::vector<Gradient> gradients{Gradient(parts, like)};
  at::Tensor sum = at::empty(like.sizes(), like.options().dtype(Gradient::WideType(like)));
  WithWideType(like, [&](auto type) {
    using Scalar = decltype(type);
    auto* const to = sum.mutable_data_ptr<Scalar>();
    ForChunks(ChunksOf(gradients), [&](size_t, const Chunk& chunk) {
      gradients[0].ForPieces(chunk.begin, chunk.end,
                             [&](int64_t first, const GradientPiece& piece) {
                               KernelsOf<Scalar>().sum(piece, scale, to + first);
                             });
    });
  });
  return sum;
}

double SquaredNorm(const std::vector<GradientParts>& all) {
  std::vector<Gradient> gradients;
  std::vector<bool> is_double;
  for (const GradientParts& parts : all) {
    if (parts.empty()) continue;
    gradients.emplace_back(parts, parts[0]);
    is_double.push_back(parts[0].scalar_type() == at::kDouble);
  }
  const std::vector<Chunk> chunks = ChunksOf(gradients);
  std::vector<double> sums(chunks.size());
  ForChunks(chunks, [&](size_t index, const Chunk& chunk) {
    const auto norm = is_double[chunk.gradient] ? KernelsOf<double>().squared_norm
                                                : KernelsOf<float>().squared_norm;
    gradients[chunk.gradient].ForPieces(
        chunk.begin, chunk.end,
        [&](int64_t, const GradientPiece& piece) { sums[index] += norm(piece); });
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

double ClipCoefficient(double squared_norm, double limit) {
  constexpr double kAgainstZero = 1e-6;  // PyTorch's
  if (limit <= 0) return 1;
  const double coefficient = limit / (std::sqrt(squared_norm) + kAgainstZero);
  return coefficient > 1 ? 1 : coefficient;  // a NaN stays one
}

void AdamStep(at::TensorList parameters, const std::vector<GradientParts>& all,
              at::TensorList first_moments, at::TensorList second_moments, int64_t update,
              const AdamSettings& settings, double gradient_scale, at::TensorList copies) {
  const at::NoGradGuard no_gradients;
  TORCH_CHECK(all.size() == parameters.size(), "AdamStep: ", parameters.size(), " parameters, but ",
              all.size(), " gradients");
  TORCH_CHECK(update >= 1, "AdamStep: updates are counted from 1, not ", update);
  CheckTensors(parameters, parameters, "parameter");
  CheckTensors(parameters, first_moments, "first moment");
  CheckTensors(parameters, second_moments, "second moment");
  CheckCopies(parameters, copies);
  std::vector<Gradient> gradients;
  gradients.reserve(all.size());
  for (size_t i = 0; i < all.size(); ++i) gradients.emplace_back(all[i], parameters[i]);
  const AdamScalars scalars = ScalarsOf(settings, update, gradient_scale);
  ForChunks(ChunksOf(gradients), [&](size_t, const Chunk& chunk) {
    const size_t at = chunk.gradient;
    WithWideType(parameters[at], [&](auto type) {
      using Scalar = decltype(type);
      const AdamPiece<Scalar> whole{
          parameters[at].mutable_data_ptr<Scalar>(), first_moments[at].mutable_data_ptr<Scalar>(),
          second_moments[at].mutable_data_ptr<Scalar>(),
          copies.empty() || !copies[at].defined() ? nullptr
                                                  : copies[at].mutable_data_ptr<at::BFloat16>()};
      gradients[at].ForPieces(
          chunk.begin, chunk.end, [&](int64_t first, const GradientPiece& piece) {
            KernelsOf<Scalar>().step(
                piece,
                {whole.parameter + first, whole.first_moment + first, whole.second_moment + first,
                 whole.copy == nullptr ? nullptr : whole.copy + first},
                scalars);
          });
    });
  });
  for (const at::Tensor& parameter : parameters) parameter.unsafeGetTensorImpl()->bump_version();
}

}  // namespace ablate::fused
