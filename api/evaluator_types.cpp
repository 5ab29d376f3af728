#include "api/evaluator_types.hpp"

#include "api/read_json.hpp"
#include "api/text_limits.hpp"
#include "evaluation/check.hpp"
#include "evaluation/command.hpp"
#include "evaluation/subject.hpp"
#include "net/time_text.hpp"

#include <boost/json/serialize.hpp>

namespace json = boost::json;

namespace weir::api
{
namespace
{

constexpr std::size_t longest_name = 256;
constexpr std::size_t longest_template = 256 * 1024;

std::optional<failure> problem_with_name(std::string_view field, std::optional<std::string> const& name)
{
    return name ? problem_with_evaluator_name(field, *name) : std::nullopt;
}

/// JSON to be stored.
result<std::optional<std::string>> read_json_part(std::string_view field, std::optional<json::value> const& given)
{
    using stored = std::optional<std::string>;
    if (!given || given->is_null()) return stored();
    auto text = json::serialize(*given);
    if (text.size() > longest_template)
        return invalid(std::string(field) + ": is longer than " + std::to_string(longest_template) + " bytes");
    return stored(std::move(text));
}

/// Whether that says that it is a check or a command. Whatever else is kept as it is, and cannot score.
bool is_declaration(json::value const& code)
{
    auto const* const object = code.if_object();
    return object && object->contains("type");
}

/// Why a command cannot be named, behind the path that it has in a declaration; empty if it can.
std::string problem_with_name_of(evaluation::command_wish const& wish, services const& with)
{
    std::string known;
    for (auto const& name : with.commands) {
        if (name == wish.name) return {};
        known.append(known.empty() ? "" : ", ").append(name);
    }
    auto const begin = "check.command \"" + wish.name + "\" is ";
    return known.empty() ? begin + "none that may be run: the configuration has no experiments.commands"
                         : begin + "none of the commands that the configuration has: " + known;
}

} // namespace

std::optional<failure> problem_with_evaluator_name(std::string_view field, std::string_view name)
{
    if (name.empty()) return invalid(std::string(field) + ": must not be empty");
    return problem_with_text(field, name, longest_name);
}

evaluator_result shown(storage::evaluator const& one)
{
    return {.id = one.id.text(),
            .created_at = net::time_text(one.created_us),
            .scoring_type = one.scoring_type,
            .llm_template = {one.llm_template.value_or("null")},
            .organization_id = one.organization,
            .updated_at = net::time_text(one.updated_us),
            .name = one.name,
            .code_template = {one.code_template.value_or("null")},
            .last_mile_config = {one.last_mile_config.value_or("null")}};
}

std::vector<evaluator_result> shown(std::vector<storage::evaluator> const& all)
{
    std::vector<evaluator_result> out;
    for (auto const& one : all) out.push_back(shown(one));
    return out;
}

failure unknown_evaluator() { return not_found("Evaluator not found"); }

failure evaluator_failure(boost::system::error_code why)
{
    return why == storage::errc::not_found ? unknown_evaluator() : failure(why);
}

result<storage::uuid> read_evaluator_id(std::string const& text)
{
    if (auto const id = storage::uuid::parse(text)) return *id;
    return unknown_evaluator();
}

std::optional<failure> problem_with_check(std::string_view field, json::value const& declaration, services const& with)
{
    std::string problem;
    if (!evaluation::is_command(declaration))
        evaluation::check::read(declaration, problem);
    else if (auto const wish = evaluation::read_command(declaration, problem))
        problem = problem_with_name_of(*wish, with);
    if (problem.empty()) return {};
    auto const end = problem.find(' '); // behind the member's path, which begins with "check"
    return invalid(std::string(field) + problem.substr(5, end - 5) + ":" + problem.substr(end));
}

result<storage::evaluator_change> read_parts(evaluator_parts const& from, services const& with)
{
    if (auto const why = problem_with_name("name", from.name)) return *why;
    if (auto const why = problem_with_name("scoring_type", from.scoring_type)) return *why;
    if (from.code_template && is_declaration(*from.code_template))
        if (auto const why = problem_with_check("code_template", *from.code_template, with)) return *why;
    auto llm = read_json_part("llm_template", from.llm_template);
    if (!llm) return llm.error();
    auto code = read_json_part("code_template", from.code_template);
    if (!code) return code.error();
    auto last_mile = read_json_part("last_mile_config", from.last_mile_config);
    if (!last_mile) return last_mile.error();
    storage::evaluator_change read;
    read.name = from.name;
    if (from.name) read.score_name = evaluation::score_name(*from.name);
    read.scoring_type = from.scoring_type;
    read.llm_template = std::move(*llm);
    read.code_template = std::move(*code);
    read.last_mile_config = std::move(*last_mile);
    return read;
}

} // namespace weir::api
