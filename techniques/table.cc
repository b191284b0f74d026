#include "techniques/technique.h"
namespace ablate {}
