// Which sentences stand in which batch, in which order, padded to which length. Plain integers; no
// Torch.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/data/encoded_corpus.h"
#include "model/random.h"

namespace ablate {

// How batches are cut and padded; the trainer fills it from the recipe's Batching slot.
struct BatchRule {
  int64_t batch_size = 32;    // sentences
  int64_t max_tokens = 0;     // not 0: instead of batch_size, sentences times the padded length of
                              // their longer side are at most this
  int64_t pool_batches = 0;   // 0: batches are cut from one shuffle; else from pools of so many
                              // batches, sorted by length
  int64_t source_length = 0;  // padded length, specials included; 0: the longest of the batch
  int64_t target_length = 0;  // padded length of target_in and of target_out
  // No padding between sentences: those of a batch lie one after the other. max_tokens limits the
  // sum of their longer sides. Goes with no padded length.
  bool packed = false;
  int64_t max_sentences = 0;  // beside max_tokens, of a packed batch; 0: no limit
  // PAD after the last sentence of a packed batch fills each side up to a multiple of this.
  int64_t token_multiple = 1;

  // The limit of batch_size or max_tokens is times `initial_fraction` at first and grows to the
  // whole after growth_epochs, in proportion to the examples that batches before hold. 0: whole
  // from the start.
  double growth_epochs = 0;
  double initial_fraction = 1;
};

struct Batch {
  std::vector<int64_t> sentences;  // indices into the split
  int64_t source_length = 0;       // padded, specials included
  int64_t target_length = 0;
  bool packed = false;  // no padding between sentences: the lengths are those of the longest
  // That it holds, PAD included.
  int64_t source_tokens = 0;
  int64_t target_tokens = 0;
};

// Tokens of the longer side of sentence i: of its source with both specials, or of its target with
// one, as either side of the model has it.
int64_t LongerSide(const EncodedSplit& split, int64_t i);

// How many sentences a unit of the rule's limit, batch_size or max_tokens, holds on average. The
// split is not empty.
double SentencesALimit(const EncodedSplit& split, const BatchRule& rule);

// `sentences` as one batch, padded as the rule says, however many they are.
Batch MakeBatch(const EncodedSplit& split, const BatchRule& rule,
                std::span<const int64_t> sentences);

// The batches of one epoch, in order. Every sentence stands in exactly one. They depend on the
// seed's "order" stream and the epoch alone; cut by sentences they do not depend on padding, so
// that rules that differ in padding see the same sentences in the same order.
//
// A batch is filled to its limits, but for the last of the epoch, and of each pool where pools are
// cut by tokens. One sentence that exceeds the limit is a batch of its own, which is for a limit
// that still grows: a whole one is checked before training.
//
// A pool is of so many sentences that it makes about pool_batches batches, exactly where they are
// cut by sentences. Pools follow each other as they were drawn from the shuffle, and the batches of
// each are shuffled, the smaller limits first while they grow.
std::vector<Batch> EpochBatches(const EncodedSplit& split, const BatchRule& rule,
                                uint64_t order_seed, int64_t epoch);

// A fixed order, sorted by the length of the longer side, for evaluation: so many sentences a
// batch, or, where max_tokens is not 0, as many as keep within that budget of padded tokens, but at
// least one.
std::vector<Batch> EvaluationBatches(const EncodedSplit& split, int64_t batch_size,
                                     int64_t max_tokens = 0);

// The index of the batch with the most padded tokens, the one that needs most memory; of equal ones
// the first. `batches` is not empty.
int64_t LongestBatch(const std::vector<Batch>& batches);

// A batch as rectangles of ids, row-major [rows, length], PAD where a sentence has ended; or
// packed: one sentence after the other, then PAD up to the batch's tokens.
struct CollatedBatch {
  bool packed = false;
  int64_t rows = 0;
  int64_t source_length = 0;
  int64_t target_length = 0;
  std::vector<int64_t> source;      // SOS tokens EOS PAD…
  std::vector<int64_t> target_in;   // SOS tokens PAD…
  std::vector<int64_t> target_out;  // tokens EOS PAD…
  // Of each sentence, its tokens in `source`, specials included, and in target_in or target_out.
  std::vector<int64_t> source_lengths, target_lengths;
  int64_t source_tokens = 0;   // real: all but PAD
  int64_t target_tokens = 0;   // real, of target_out
  bool source_padded = false;  // any PAD in source
  bool target_padded = false;
};

// Fills `out`, reusing its memory. A sentence that does not fit its padded length, or a batch that
// does not fit its tokens, is an internal error (std::logic_error): limits are checked before
// training.
void Collate(const EncodedSplit& split, const Batch& batch, CollatedBatch& out);

}  // namespace ablate
