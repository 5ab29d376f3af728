#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace weir::prompts
{

/// JSON text without the markup of input and static elements in its strings; all other bytes stay as they are. None
/// when there is no such markup, or the text is not JSON as far as it had to be read. One search through the text when
/// no tag stands in it.
std::optional<std::string> without_markup(std::string_view json_text);

} // namespace weir::prompts
