#include "model/net/fused/projection_loss.h"
