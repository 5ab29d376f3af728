#pragma once

#include "prompts/jinja/call.hpp"

#include <string_view>

namespace weir::prompts::jinja
{

/// As Python calculates, but for whole numbers of more than 64 bits, which are an error. `how` is one of + - * / // %
/// and **.
value calculate(std::string_view how, value const& left, value const& right, account& costs);

/// `how` is + or -.
value with_sign(std::string_view how, value const& of, account& costs);

/// A list or a text from `begin` to `end` in steps, as Python takes them; what is undefined is not given.
value slice(value const& of, value const& begin, value const& end, value const& step, account& costs);

} // namespace weir::prompts::jinja
