#pragma once

#include <optional>
#include <string_view>

namespace weir::evaluation
{

/// How alike two UTF-8 texts are, from 0 to 1: 1 - Levenshtein's distance of their characters / the longer one's
/// length (V. I. Levenshtein 1966, Soviet Physics Doklady 10:707). Two empty texts are alike. None when it would take
/// more than some 10 million steps.
std::optional<double> similarity(std::string_view a, std::string_view b);

} // namespace weir::evaluation
