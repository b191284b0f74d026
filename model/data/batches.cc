#include "model/data/batches.h"
