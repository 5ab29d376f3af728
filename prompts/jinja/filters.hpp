#pragma once

#include "prompts/jinja/call.hpp"

#include <span>
#include <string_view>

namespace weir::prompts::jinja
{

struct filter_entry {
    std::string_view name;
    value (*apply)(call const& with, account& costs);
};

/// Of texts and numbers.
extern std::span<filter_entry const> const text_filters;
/// Of lists and dicts.
extern std::span<filter_entry const> const list_filters;

value trim(call const& with, account& costs);
value replace(call const& with, account& costs);
value join(call const& with, account& costs);

} // namespace weir::prompts::jinja
