// loading: who makes batches of sentences, and when. Which batches there are never depends on it.
#pragma once

#include "techniques/technique.h"

namespace ablate {

// inline    the training thread collates each batch before its update.
// workers   threads collate ahead of it.
// resident  the whole split lies on the device, where batches are gathered by index.
const Technique& LoadingTechnique();

}  // namespace ablate
