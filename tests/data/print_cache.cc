// Prints the folder of the cache, for tests that put this program and its current folder in
// different places.
#include <iostream>

#include "model/data/corpus.h"

int main() { std::cout << ablate::DefaultCache().string(); }
