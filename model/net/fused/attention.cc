#include "model/net/fused/attention.h"
