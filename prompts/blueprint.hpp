#pragma once

#include "prompts/rendering.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// PromptLayer's blueprints of prompts: `{"type":"chat","messages":[…],"tools":[…],…}`, or
/// `{"type":"completion","content":[…],"template_format":"f-string"}`. Messages have a role, a format of their own, and
/// blocks of content: text, thinking, image_url, media and media_variable are understood, others pass unchanged.
///
/// The *model* of a blueprint is what its metadata says under `model`: `provider`, `name`, `parameters`, `api_type`.
///
/// Every function but `problem_with_blueprint` takes blueprints in which that finds nothing.
namespace weir::prompts
{

namespace json = boost::json;

/// What is wrong with a value as a blueprint, "messages[0].role: …", if anything is.
std::optional<std::string> problem_with_blueprint(json::value const& blueprint);

/// A blueprint with what may be left out: `template_format`, and the `input_variables` of each message and of all,
/// which are found in the texts. The error is of a template that cannot be read; its text begins with the place.
rendering<json::object> completed(json::object blueprint);

/// The variables filled in, placeholders given way to messages, variable tools to tools and media variables to images.
/// Without a value they stay.
rendering<json::object> render_blueprint(json::object blueprint, json::object const& variables, render_budget& budget);

/// A chat request of OpenAI's form with `<helicone-prompt-input key="x" />` for each variable: what Helicone's clients
/// know as the template. A Jinja text with more in it than plain variables stays as it is.
json::object template_of_blueprint(json::object const& blueprint, json::object const& model);

/// A blueprint and its model.
struct modelled_blueprint {
    json::object blueprint, model;
};

/// The way back, from any template that Helicone's clients or traffic can have made. `provider` is whose API it is for,
/// in PromptLayer's spelling.
modelled_blueprint blueprint_of_template(json::value const& content, std::string_view provider);

/// The body of a request to the model's provider. None for providers whose requests are not known, and for an api_type
/// other than chat-completions of OpenAI's.
std::optional<json::object> llm_kwargs(json::object const& blueprint, json::object const& model);

/// The model with another provider or name, where they are not empty, with parameters in place of its own, and the
/// api_type by which clients choose what to call.
json::object with_overrides(json::object model, std::string_view provider, std::string_view name,
                            json::object const& parameters);

} // namespace weir::prompts
