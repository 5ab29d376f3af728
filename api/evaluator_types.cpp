#include "api/evaluator_types.hpp"

#include "api/text_limits.hpp"
#include "evaluation/check.hpp"
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
    if (!name) return {};
    if (name->empty()) return invalid(std::string(field) + ": must not be empty");
    return problem_with_text(field, *name, longest_name);
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

std::optional<failure> problem_with_kind(std::string_view field, std::optional<json::value> const& given,
                                         bool may_be_text)
{
    if (!given || given->is_null() || given->is_object() || (may_be_text && given->is_string())) return {};
    return invalid(std::string(field) + (may_be_text ? ": must be an object or a text" : ": must be an object"));
}

} // namespace

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

std::optional<failure> problem_with_check(std::string_view field, json::value const& declaration)
{
    std::string problem;
    if (evaluation::check::read(declaration, problem)) return {};
    auto const end = problem.find(' '); // behind the member's path, which begins with "check"
    return invalid(std::string(field) + problem.substr(5, end - 5) + ":" + problem.substr(end));
}

result<storage::evaluator_change> read_parts(evaluator_parts const& from)
{
    if (auto const why = problem_with_name("name", from.name)) return *why;
    if (auto const why = problem_with_name("scoring_type", from.scoring_type)) return *why;
    if (auto const why = problem_with_kind("llm_template", from.llm_template, true)) return *why;
    if (auto const why = problem_with_kind("code_template", from.code_template, true)) return *why;
    if (auto const why = problem_with_kind("last_mile_config", from.last_mile_config, false)) return *why;
    if (from.code_template && from.code_template->is_object())
        if (auto const why = problem_with_check("code_template", *from.code_template)) return *why;
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
