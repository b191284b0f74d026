#include "harness/train/batch_feed.h"

#include "harness/train/collated_update.h"
#include "harness/train/resident_feed.h"
#include "harness/train/worker_feed.h"

namespace ablate {
namespace {

// The training thread collates.
class InlineFeed final : public BatchFeed {
 public:
  InlineFeed(const CollationPlan& plan, BatchStream& stream) : plan_(plan), stream_(stream) {}

  const UpdateShare& Next() override { return update_.Fill(stream_.Next()); }
  const UpdateShare& Make(const Batch& batch) override { return update_.Fill(batch); }
  DeviceBatch ToDevice(size_t micro_batch) override { return update_.ToDevice(micro_batch); }

 private:
  const CollationPlan plan_;
  BatchStream& stream_;
  CollatedUpdate update_{plan_};
};

}  // namespace

std::unique_ptr<BatchFeed> MakeBatchFeed(const Loading& loading, const Division& division,
                                         const EncodedSplit& split, BatchStream& stream,
                                         at::Device device) {
  const CollationPlan plan = {.split = split,
                              .rule = stream.rule(),
                              .division = division,
                              .device = device,
                              .pin_memory = loading.pin_memory};
  if (loading.resident) return std::make_unique<ResidentFeed>(plan, stream);
  if (loading.workers > 0) {
    return std::make_unique<WorkerFeed>(plan, stream, loading.workers, loading.prefetch);
  }
  return std::make_unique<InlineFeed>(plan, stream);
}

}  // namespace ablate
