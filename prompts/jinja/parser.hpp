#pragma once

#include "prompts/jinja/syntax.hpp"
#include "prompts/rendering.hpp"

#include <string_view>

namespace weir::prompts::jinja
{

/// The tree of a template, which must outlive it.
rendering<program> parse(std::string_view source);

} // namespace weir::prompts::jinja
