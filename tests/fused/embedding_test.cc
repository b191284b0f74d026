#include "model/net/fused/embedding.h"
