#include "model/net/fused/activation.h"
