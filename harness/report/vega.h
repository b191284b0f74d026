// Vega-Lite to SVG, by the Python package vl-convert-python.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace ablate {

struct SvgJob {
  nlohmann::json plot;         // Vega-Lite
  std::filesystem::path file;  // where the SVG goes
};

// The Python that has vl-convert: ABLATE_PYTHON, else .deps/bin/python of a folder above this
// executable, else python3.
std::string FindPython();

// Renders all jobs, in a few Python processes side by side. Returns what went wrong, in words for the report; empty
// where every file was written.
std::string RenderSvgs(const std::vector<SvgJob>& jobs, const std::string& python);

}  // namespace ablate
