#include "evaluation/command.hpp"

#include "prompts/template.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <cmath>

namespace weir::evaluation
{
namespace
{

/// Bytes of what a program reads, and of what its arguments become when they are filled.
constexpr std::size_t most_input = 16 * 1024 * 1024, most_args = 1024 * 1024;

/// Of what a program wrote, in a reason.
constexpr std::size_t most_shown = 60;

json::value const* string_member(json::object const& of, std::string_view name)
{
    return of.if_contains({name.data(), name.size()});
}

std::optional<score> score_in(json::value const& said)
{
    if (auto const* const truth = said.if_bool()) return *truth;
    if (!said.is_number()) return std::nullopt;
    constexpr double most = 9007199254740992.0; // 2^53
    auto const number = said.to_number<double>();
    if (!(std::abs(number) <= most) || std::trunc(number) != number) return std::nullopt;
    return static_cast<std::int64_t>(number);
}

/// The beginning of what may be any bytes, for people.
std::string shown(std::string_view bytes)
{
    std::string out(bytes.substr(0, most_shown));
    std::replace_if(
        out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return bytes.size() <= most_shown ? out : out + "...";
}

} // namespace

bool is_command(json::value const& declaration)
{
    auto const* const object = declaration.if_object();
    auto const* const type = object ? object->if_contains("type") : nullptr;
    return type && type->is_string() && type->get_string() == "command";
}

std::optional<command_wish> read_command(json::value const& declaration, std::string& problem)
{
    problem.clear();
    auto const& object = declaration.as_object();
    for (auto const& given : object)
        if (given.key() != "type" && given.key() != "command" && given.key() != "args") {
            problem = "check." + std::string(given.key()) + " is not known of a command";
            return std::nullopt;
        }
    auto const* const name = string_member(object, "command");
    if (!name || !name->is_string() || name->get_string().empty()) {
        problem = "check.command must be the name of a command that the configuration has in experiments.commands";
        return std::nullopt;
    }
    command_wish wish;
    wish.name.assign(name->get_string().data(), name->get_string().size());
    if (auto const* const args = string_member(object, "args")) wish.args = *args;
    return wish;
}

command_input input_of(command_wish const& what, subject const& of)
{
    for (auto const& key : prompts::input_keys(what.args))
        if (!of.inputs.contains({key.data(), key.size()}))
            return {{}, "the call has no input \"" + key + "\", which the arguments name"};
    if (prompts::filled_size(what.args, of.inputs, of.auto_inputs) > most_args)
        return {{}, "the arguments become too long when they are filled"};
    json::object const whole{{"request", of.request},
                             {"response", of.response},
                             {"answer", answer_text(of.response)},
                             {"inputs", of.inputs},
                             {"autoInputs", of.auto_inputs},
                             {"promptTemplate", of.prompt_template},
                             {"args", prompts::fill(what.args, of.inputs, of.auto_inputs)}};
    auto text = json::serialize(whole);
    if (text.size() > most_input) return {{}, "the call is too long for a command"};
    text += '\n';
    return {std::move(text), {}};
}

command_score read_command_output(std::string_view output)
{
    boost::system::error_code error;
    auto const said = json::parse(json::string_view(output.data(), output.size()), error);
    if (error) return {{}, "the command wrote no JSON: \"" + shown(output) + "\""};
    auto const* const object = said.if_object();
    auto const* const inner = object ? object->if_contains("score") : nullptr;
    if (auto const value = score_in(inner ? *inner : said)) return {value, {}};
    return {{}, "the command wrote no score, which is a whole number, true or false: \"" + shown(output) + "\""};
}

} // namespace weir::evaluation
