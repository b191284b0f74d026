#include <gtest/gtest.h>

#include "model/net/fused/dropout_mask.h"
