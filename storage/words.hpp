#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::storage
{

/// The words of a text, lower case: runs of letters and digits of any script. All else parts them.
std::vector<std::string> words_of(std::string_view text);

/// Whether texts, which are `words` apart, have all that are looked for among their words; the last of these may be the
/// beginning of one.
bool has_words(std::vector<std::string> const& words, std::vector<std::string> const& sought);

} // namespace weir::storage
