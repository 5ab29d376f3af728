#pragma once

#include "mock/knobs.hpp"
#include "mock/request.hpp"
#include "mock/words.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::mock
{

/// What an answer is made from. Of any vendor's request the same few things matter.
struct prompt {
    boost::json::object body;
    std::string problem; // why the request deserves 400; empty when it does not
    std::string model;
    bool stream = false;
    std::uint64_t words = 0; // of all texts
    std::uint64_t cache_read_words = 0;
    std::uint64_t cache_write_words = 0;      // short-lived
    std::uint64_t cache_write_long_words = 0; // an hour
    std::string last_user;                    // the text of the user's last message
    std::string tool;                         // the tool to be called; empty: none
    boost::json::object tool_properties;      // of a function that must be called: the schemas of its arguments
};

/// Reads the body of an OpenAI chat, completions or Responses call.
prompt read_openai(request const& from);

/// Reads the body of an Anthropic call, with its cache marks: marked parts of `system` and `tools` count as read from
/// the cache, marked parts of messages as written to it.
prompt read_anthropic(request const& from);

/// Reads the body of a Gemini call, whose model stands in its path.
prompt read_gemini(request const& from, std::string model);

/// The request's JSON object. A body that is not kept whole gives what can be seen of it: `model` and `stream`.
boost::json::object parse_body(request const& from, std::string& problem);

/// `Hello from the mock provider. You said: …`, with at most 4 KiB of what was said.
answer_text text_for(prompt const& said, knobs const& asked);

/// The arguments of a call to a function that must be called: values that fit their schemas. Of a call to the weather
/// tool: the place is what follows "weather in", "Paris" when nothing does.
std::string tool_arguments(prompt const& said);

/// A member that is a string, else empty.
std::string_view string_member(boost::json::object const& of, std::string_view name);

/// A member that is true.
bool true_member(boost::json::object const& of, std::string_view name);

} // namespace weir::mock
