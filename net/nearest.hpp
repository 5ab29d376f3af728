#pragma once

#include <span>
#include <string_view>

namespace weir::net
{

/// The word of `known` that `given` was most likely meant to be, or nothing when none is close: at most a third of its
/// letters differ.
std::string_view nearest(std::string_view given, std::span<std::string_view const> known);

} // namespace weir::net
