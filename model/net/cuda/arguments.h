// What the CUDA kernels are given: one of these structs, by value. Read by the host's compiler and
// by NVRTC, which has no standard headers.
//
// Rows are contiguous, a row after the other, `columns` wide. Pointers are to numbers of the types
// that the kernel was made for; X is float or double and what sums are made in, other types are X
// or, beside float, BFloat16 or Half. `quads`: every four columns from a multiple of four on are
// aligned to 16 bytes, or to 8 of 16-bit numbers.
#pragma once

namespace ablate::cuda {

using Int64 = long;  // int64_t
static_assert(sizeof(Int64) == 8);

// Columns of a thread (octets.cuh).
inline constexpr int kOctet = 8;
// Threads of a block: at most, and of one whose row lies in registers, so that these suffice.
inline constexpr int kMostThreads = 1024;
inline constexpr int kRowThreads = 512;
// Tokens whose gradients one block of embedding.cu sums at most.
inline constexpr int kEmbeddingPart = 32;

// A dropout, as RowMask of fused/row_types.h, with a number on the device that is added to its
// seed; null: none.
struct Mask {
  unsigned long long seed;
  const Int64* counter;
  unsigned int dropped;  // of 65536; 0: no dropout
  float keep_scale;
};

// residual_norm.cu. One block a row, a thread for each octet.
struct ResidualForwardRows {
  Int64 columns;
  bool quads;
  Mask mask;
  const void* x;
  const void* branch;  // null: the sum is x
  const void* bias;    // X; null: none
  void* sum;           // X, of a branch
  const void* gain;    // X
  const void* norm_bias;
  double epsilon;
  void* normed;      // null: no norm
  void* statistics;  // X [rows, 2]: mean and 1 / deviation; null: not kept
};

// One block a slab: of `slabs` blocks, block s has the rows s, s + slabs, …, and sums over them.
struct ResidualBackwardRows {
  Int64 rows, columns;
  bool quads;
  Mask mask;
  const void* d_sum;        // X; null: 0
  const void* d_normed;     // null: no norm, and the rest of it is not read
  const void* normed_from;  // X
  const void* statistics;
  const void* gain;
  void* d_x;          // X; null: not made
  void* d_branch;     // null: not made
  void* d_bias;       // X [slabs, columns]; null: not made
  void* d_gain;       // likewise
  void* d_norm_bias;  // likewise
};

// activation.cu. Of swiglu, hidden, bias and their gradients have 2 * columns columns. Block (c, s)
// has the c-th part of the columns, a thread for each octet, of the rows s, s + gridDim.y, ….
struct ActivationForwardRows {
  Int64 rows, columns;
  bool quads;
  Mask mask;
  const void* hidden;
  const void* bias;  // float or double
  void* result;
};

struct ActivationBackwardRows {
  Int64 rows, columns;
  bool quads;
  Mask mask;
  const void* d_result;
  const void* kept;  // relu: the result; else hidden
  const void* bias;  // not read by relu
  void* d_hidden;
  void* d_bias;  // [gridDim.y, columns of hidden], to be summed
};

// embedding.cu. One block a token.
struct EmbeddingForwardRows {
  Int64 columns;
  bool quads;
  Mask mask;
  const void* weight;
  const void* positions;
  const Int64* ids;
  const Int64* position_of;
  double scale;
  void* result;
};

// Tokens in the order of their ids, in parts of kEmbeddingPart. A token's block sums those of its
// id in its part where it is the first of them, and else does nothing; then a part's block adds up
// the sums of an id that goes on beyond it.
struct EmbeddingBackwardRows {
  Int64 tokens, columns;
  bool quads;
  Mask mask;
  const void* d_result;
  const Int64* sorted_ids;  // ascending
  const Int64* token_of;    // of each of sorted_ids
  Int64 padding;            // the id that gets no gradient
  double scale;
  // Float or double [parts, 2, columns]: of a part, the run of an id that began before it, and the
  // one that begins in it and goes on.
  void* partial;
  void* d_weight;  // zeros where there is no token
};

// projection_loss.cu. One block a row of logits, whose place the gradients take.
struct LogitRows {
  Int64 vocabulary;
  bool quads;
  void* logits;
  const void* bias;  // float or double
  const Int64* targets;
  Int64 ignored;
  double label_smoothing;
  double scale;    // of the gradients
  bool gradients;  // whether any are made
  void* losses;    // float or double, one a row; not a number where the target is no id
};

// numbers[i] *= *factor * scale, and nothing at all where that is 1.
struct ScaledNumbers {
  Int64 count;
  void* numbers;
  const void* factor;  // float or double
  double scale;
};

}  // namespace ablate::cuda
