#include "model/net/fused/residual.h"
