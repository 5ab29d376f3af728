#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The tags with which applications mark, in the strings of a request, what of a prompt varies. They are Helicone's:
/// `<helicone-prompt-input key="K" >value</helicone-prompt-input>` and
/// `<helicone-prompt-static>text</helicone-prompt-static>` in what clients send, `<helicone-prompt-input key="K" />`
/// and `<helicone-auto-prompt-input idx=N />` in templates.
namespace weir::prompts
{

/// A marked value, or the place for one. The views are of the text that was searched.
struct input_tag {
    std::string_view whole; ///< the element, markup included
    std::string_view key;
    std::string_view value; ///< empty in a placeholder
};

/// The first element with a value at or behind `from`.
std::optional<input_tag> next_input(std::string_view text, std::size_t from = 0);
/// The first placeholder at or behind `from`.
std::optional<input_tag> next_placeholder(std::string_view text, std::size_t from = 0);

/// An image as the value of an input has it: `<helicone-asset-id key="UUID"/>`.
struct asset_tag {
    std::string_view whole, id;
};
/// The first one at or behind `from`.
std::optional<asset_tag> next_asset(std::string_view text, std::size_t from = 0);

/// The tag of an image.
std::string asset_markup(std::string_view id);
/// A text with what `image_of` gives for their ids in the place of such tags.
std::string with_assets(std::string_view text, std::function<std::string(std::string_view id)> const& image_of);

/// Whether a static element stands in the text.
bool has_static(std::string_view text);

/// The number of the last placeholder for an automatic input in the text.
std::optional<std::size_t> automatic_input(std::string_view text);
/// The text without its placeholders for automatic inputs.
std::string without_automatic_inputs(std::string_view text);
/// The placeholder for the automatic input `number`.
std::string automatic_placeholder(std::size_t number);

/// A piece of text to take out: [begin, end).
struct span_of_text {
    std::size_t begin = 0, end = 0;
};

/// The markup of all input and static elements, in order and apart: without it a text is what the provider is to see.
std::vector<span_of_text> markup_of(std::string_view text);
/// The text without it.
std::string without_elements(std::string_view text);

} // namespace weir::prompts
