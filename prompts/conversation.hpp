#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What was said in a call, whatever form its provider's API has: OpenAI's chat, completions and responses, Anthropic's
/// messages, Gemini's contents, and what is shaped like one of them.
namespace weir::prompts
{

namespace json = boost::json;

/// The messages of a request, or of its answer, in one form: `role`, `content` as an array of blocks
/// (`{"type":"text","text":"…"}`; what is no text, thinking or image stays as it is), and where there are any
/// `tool_calls` in OpenAI's form, `tool_call_id` and `name`. None where nothing is recognised.
json::array request_messages(json::value const& request);
json::array answer_messages(json::value const& answer);

/// The tools that a request offers, in OpenAI's form.
json::array request_tools(json::value const& request);

/// Whether a request has a prompt in place of messages.
bool is_completion(json::value const& request);

/// The texts of a message's blocks.
std::string text_of_message(json::value const& message);

/// Each message with its role, `[user]: Hello`, with empty lines between.
std::string input_text(json::array const& messages);

/// The text of an answer; where it has none, its tool calls as JSON.
std::string output_text(json::array const& messages);

/// Texts by dotted path. The indices of arrays are dropped, so a path may come more than once.
using flat_values = std::vector<std::pair<std::string, std::string>>;

/// The values of an object: at most `most_flat_values`.
flat_values flattened(json::value const& object);
inline constexpr std::size_t most_flat_values = 1000;

enum class output_kind : std::uint8_t { none, plain_text, json, tool_call };

/// What an answer is, for whoever looks for its parts.
struct output_facts {
    output_kind kind = output_kind::none;
    std::vector<std::string> tools; ///< names of those that it calls
    flat_values values;             ///< of an object, or of the tools' arguments behind their names
};
output_facts facts_of_output(json::array const& messages);

} // namespace weir::prompts
