#include "techniques/data_parallel_torch.h"

#include <algorithm>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/csrc/distributed/c10d/reducer.hpp>

namespace ablate {
namespace {

using BucketIndices = std::vector<std::vector<size_t>>;

BucketIndices Buckets(const std::vector<at::Tensor>& parameters, int64_t first_bytes,
                      int64_t bytes) {
  BucketIndices buckets = std::get<0>(c10d::compute_bucket_assignment_by_size(
      parameters, {static_cast<size_t>(first_bytes), static_cast<size_t>(bytes)}));
  // In the order in which the backward pass is likely to fill them.
  std::reverse(buckets.begin(), buckets.end());
  return buckets;
}

}  // namespace

struct DataParallel::Impl {
  Impl(const std::vector<at::Tensor>& parameters, const Ranks& ranks, int64_t first_bytes,
       int64_t bytes)
      : size(ranks.size()),
        reducer(parameters, Buckets(parameters, first_bytes, bytes), ranks.group(),
                std::vector<bool>(parameters.size(), false), bytes,
                /*find_unused_parameters=*/false, /*gradient_as_bucket_view=*/true,
                /*param_names=*/{}, first_bytes, /*skip_all_reduce_unused_params=*/false,
                /*use_python_reducer=*/false, /*bucket_bytes_cap_list=*/{}) {}

  int64_t size;
  c10d::Reducer reducer;
};

DataParallel::DataParallel(std::vector<at::Tensor> parameters, Ranks& ranks, double bucket_mb) {
  CheckEqual(parameters, ranks);
  const auto bytes = std::max<int64_t>(1, static_cast<int64_t>(bucket_mb * (1 << 20)));
  impl_ = std::make_unique<Impl>(parameters, ranks,
                                 std::min<int64_t>(bytes, c10d::kDefaultFirstBucketBytes), bytes);
}

DataParallel::~DataParallel() = default;

void DataParallel::PrepareForBackward() {
  // Once, after the first reduction: to the order in which gradients came.
  impl_->reducer.rebuild_buckets();
  impl_->reducer.prepare_for_backward({});
}

double DataParallel::loss_scale() const { return static_cast<double>(impl_->size); }

}  // namespace ablate
