#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::prompts
{

namespace json = boost::json;

/// A request taken apart: what of it always stands there, and what varied this time.
struct captured {
    json::value content;                         ///< the template: the request with placeholders
    json::object inputs;                         ///< texts by key, trimmed; of a key that repeats the last one
    std::vector<json::value const*> auto_inputs; ///< the objects among the messages that had no tags, in order
};

/// Whether a value can be written as JSON again: a number too large for a double was read as infinity, for which JSON
/// has no word.
bool can_be_written(json::value const& value);

/// Takes a chat request apart. In its `messages`, objects without any tag give way to placeholders for automatic
/// inputs; in all its strings, marked inputs give way to placeholders by key. Strings with a static element stay. The
/// automatic inputs are the request's own.
captured capture(json::value const& request);

/// A template with its placeholders filled. An input that is not given is the empty text; a string with the placeholder
/// of an automatic input becomes that input, and is left out of its array or object when there is none.
json::value fill(json::value const& content, json::object const& inputs, json::array const& auto_inputs);

/// Bytes of the strings that `fill` would make, to be asked before it does: placeholders repeat what they stand for.
std::size_t filled_size(json::value const& content, json::object const& inputs, json::array const& auto_inputs);

/// Automatic inputs as a JSON array.
std::string text_of(std::vector<json::value const*> const& auto_inputs);

/// What two templates have in common that differ only in their automatic inputs: canonical JSON text without these.
/// None for what is no template that traffic could have made: anything but an object.
std::optional<std::string> essence(json::value const& content);

/// The keys of the placeholders in a template's strings, each once, in order. A template may be text, too.
std::vector<std::string> input_keys(json::value const& content);
/// Likewise, but only of placeholders in their usual form with a key of word characters.
std::vector<std::string> plain_input_keys(json::value const& content);

/// The model that a template names: in its own `model`, its first message's, or its first element's; else empty. A
/// template that is text is read as JSON.
std::string model_of(json::value const& content);

} // namespace weir::prompts
