// Sequences of rows, checked.
#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "model/net/fused/attention.h"
#include "model/net/fused/attention_kernel.h"

namespace ablate::fused {

// Sequences that have been checked, and what of them there is to know.
class Spans {
 public:
  Spans(const Sequences& sequences, int64_t rows, const char* name)
      : sequences_(sequences), rows_(rows), name_(name) {
    Check(sequences.first);
    Check(sequences.length);
    TORCH_CHECK(sequences.first.numel() == sequences.length.numel(), name_, ": ",
                sequences.first.numel(), " first rows, ", sequences.length.numel(), " lengths");
    for (int64_t b = 0; b < count(); ++b) Include(b);
  }

  // One row belongs to one task, which alone writes it.
  void CheckDisjoint() const {
    if (!ascending_) CheckDisjointWhenSorted();
  }

  int64_t count() const { return sequences_.first.numel(); }
  int64_t longest() const { return longest_; }
  int64_t rows() const { return rows_; }
  bool cover_all_rows() const { return covered_ == rows_; }  // of disjoint sequences
  SequenceRows pointers() const {
    return {sequences_.first.const_data_ptr<int64_t>(),
            sequences_.length.const_data_ptr<int64_t>()};
  }

 private:
  void Check(const at::Tensor& numbers) const {
    TORCH_CHECK(numbers.defined() && numbers.device().is_cpu() && numbers.dim() == 1 &&
                    numbers.scalar_type() == at::kLong && numbers.is_contiguous(),
                name_, ": first rows and lengths are contiguous int64 vectors on the host");
  }

  void Include(int64_t b) {
    const int64_t first = pointers().first[b], length = pointers().length[b];
    TORCH_CHECK(first >= 0 && length >= 0 && first <= rows_ - length, name_, ": sequence ", b,
                " is ", length, " rows from ", first, " on, of ", rows_, " rows");
    ascending_ = ascending_ && first >= end_;
    end_ = first + length;
    longest_ = std::max(longest_, length);
    covered_ += length;
  }

  void CheckDisjointWhenSorted() const {
    std::vector<int64_t> order(static_cast<size_t>(count()));
    std::iota(order.begin(), order.end(), 0);
    const auto [first, length] = pointers();
    std::sort(order.begin(), order.end(), [&, f = first, n = length](int64_t a, int64_t b) {
      return std::pair(f[a], n[a]) < std::pair(f[b], n[b]);
    });
    for (size_t i = 1; i < order.size(); ++i) {
      TORCH_CHECK(first[order[i - 1]] + length[order[i - 1]] <= first[order[i]], name_,
                  ": sequences ", order[i - 1], " and ", order[i], " share rows");
    }
  }

  Sequences sequences_;
  int64_t rows_;
  const char* name_;
  bool ascending_ = true;
  int64_t end_ = 0, longest_ = 0, covered_ = 0;
};

}  // namespace ablate::fused
