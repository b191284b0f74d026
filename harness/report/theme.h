// How plots look on a light and on a dark page.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace ablate {

inline constexpr int kPlotWidth = 720;  // pixels, axes and legends included

// Colours are told apart with the common kinds of colour blindness (after Okabe and Ito 2008).
struct Theme {
  std::string text, muted, grid;
  std::string accent, strong, neutral, faint;  // a cell, what stands out, the baseline, a backdrop
  std::string good, bad;
  std::vector<std::string> categories;
};

const Theme& LightTheme();
const Theme& DarkTheme();

// The start of every plot: schema, background, configuration. Width and height are the caller's.
nlohmann::json PlotBase(const Theme& theme);

}  // namespace ablate
