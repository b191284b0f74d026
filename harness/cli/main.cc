#include "harness/cli/command_line.h"

int main(int argc, char** argv) { return ablate::RunCommandLine({argv + 1, argv + argc}); }
