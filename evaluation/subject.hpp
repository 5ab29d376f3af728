#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace weir::evaluation
{

namespace json = boost::json;

/// A call that is to be scored.
struct subject {
    json::value request, response; ///< its bodies; a text where they are no JSON
    json::object inputs;           ///< of the prompt, texts by key
    json::array auto_inputs;
    json::value prompt_template; ///< null if there is none
};

/// What an evaluator comes to: true or false, or a whole number.
using score = std::variant<bool, std::int64_t>;

/// The name under which an evaluator's scores are kept: in lower case, each run of what is neither letter nor digit of
/// ASCII as one `_`.
std::string score_name(std::string_view evaluator_name);

/// What the model said in a response of OpenAI's, Anthropic's or Gemini's form: its text; else the response as text.
std::string answer_text(json::value const& response);

} // namespace weir::evaluation
