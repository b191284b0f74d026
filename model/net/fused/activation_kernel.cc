#include "model/net/fused/capability.h"
