#include "evaluation/report_column.hpp"

#include "evaluation/configuration_reader.hpp"
#include "evaluation/report_functions.hpp"
#include "evaluation/values.hpp"
#include "prompts/blueprint.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <array>

namespace weir::evaluation
{
namespace
{

constexpr std::size_t most_assertions = 20, most_mappings = 200;

constexpr std::array<std::string_view, 16> run_types{"PROMPT_TEMPLATE",
                                                     "LLM_ASSERTION",
                                                     "COMPARE",
                                                     "CONTAINS",
                                                     "REGEX",
                                                     "REGEX_EXTRACTION",
                                                     "JSON_PATH",
                                                     "PARSE_VALUE",
                                                     "VARIABLE",
                                                     "ASSERT_VALID",
                                                     "COALESCE",
                                                     "COMBINE_COLUMNS",
                                                     "MATH_OPERATOR",
                                                     "MIN_MAX",
                                                     "ABSOLUTE_NUMERIC_DISTANCE",
                                                     "COUNT"};
constexpr std::array<std::string_view, 11> other_types{
    "CODE_EXECUTION", "COSINE_SIMILARITY",      "XML_PATH",           "ENDPOINT",   "WORKFLOW",    "MCP",
    "HUMAN",          "CONVERSATION_SIMULATOR", "AI_DATA_EXTRACTION", "APPLY_DIFF", "CODING_AGENT"};

void add_source(std::string const& name, std::vector<std::string>& to)
{
    if (std::find(to.begin(), to.end(), name) == to.end()) to.push_back(name);
}

void read_registry_template(configuration_reader in, template_column& to)
{
    to.name = in.needed_text("name");
    to.version = in.positive("version_number");
    to.label = in.text("label");
    if (to.version && to.label) in.fail("label", "goes with no version_number");
}

void read_inline_template(configuration_reader in, template_column& to)
{
    to.metadata = in.object("metadata");
    auto const* const blueprint = in.member("prompt_template");
    if (!blueprint) in.fail("prompt_template", "is required");
    if (!in.is_good()) return;
    if (auto const bad = prompts::problem_with_blueprint(*blueprint)) {
        auto const colon = bad->find(": ");
        if (colon == bad->npos)
            in.fail("prompt_template", *bad);
        else
            in.fail("prompt_template." + bad->substr(0, colon), bad->substr(colon + 2));
        return;
    }
    auto completed = prompts::completed(blueprint->get_object());
    if (completed)
        to.blueprint = std::move(*completed);
    else
        in.fail("prompt_template", completed.error().text());
}

template_column read_template_column(configuration_reader& from)
{
    template_column made;
    bool const is_registered = from.has("template"), is_inline = from.has("inline_template");
    if (is_registered == is_inline) from.fail("template", "either this or inline_template is needed");
    auto const given = from.object(is_registered ? "template" : "inline_template");
    if (!from.is_good()) return made;
    if (is_registered)
        read_registry_template(from.within("template", given), made);
    else
        read_inline_template(from.within("inline_template", given), made);
    made.mappings = from.mappings("prompt_template_variable_mappings");
    auto const engine = from.object("engine");
    auto in = from.within("engine", engine);
    made.provider = in.text("provider").value_or("");
    made.model = in.text("model").value_or("");
    made.parameters = in.object("parameters");
    return made;
}

assertion_column read_assertion_column(configuration_reader& from)
{
    assertion_column made;
    made.source = from.source("source");
    bool const has_prompt = from.has("prompt"), has_source = from.has("prompt_source");
    if (has_prompt == has_source) from.fail("prompt", "either this or prompt_source is needed");
    if (has_prompt) made.prompt = from.needed_text("prompt");
    if (has_source) made.prompt_source = from.source("prompt_source");
    if (has_prompt && from.is_good()) {
        std::string bad;
        assertions_of(made.prompt, bad);
        if (!bad.empty()) from.fail("prompt", bad);
    }
    made.mappings = from.mappings("variable_mappings");
    made.model = from.text("model").value_or(std::string(default_judge));
    return made;
}

} // namespace

bool is_run_column_type(std::string_view type)
{
    return std::find(run_types.begin(), run_types.end(), type) != run_types.end();
}

bool is_column_type(std::string_view type)
{
    return is_run_column_type(type) || std::find(other_types.begin(), other_types.end(), type) != other_types.end();
}

std::string run_column_types()
{
    std::string all;
    for (std::size_t i = 0; i < run_types.size(); ++i) {
        if (i > 0) all += i + 1 == run_types.size() ? " and " : ", ";
        all += run_types[i];
    }
    return all;
}

std::optional<report_column> read_report_column(std::string_view type, json::value const& configuration,
                                                std::string& problem)
{
    problem.clear();
    auto const* const members = configuration.if_object();
    if (!members) {
        problem = "must be an object";
        return std::nullopt;
    }
    configuration_reader from(*members, problem);
    report_column made;
    if (type == "PROMPT_TEMPLATE") {
        auto filled = read_template_column(from);
        if (filled.mappings.size() > most_mappings)
            from.fail("prompt_template_variable_mappings", "at most 200 variables");
        for (auto const& [variable, column] : filled.mappings) add_source(column, made.sources);
        made.fill = std::move(filled);
    } else if (type == "LLM_ASSERTION") {
        auto filled = read_assertion_column(from);
        if (filled.mappings.size() > most_mappings) from.fail("variable_mappings", "at most 200 variables");
        add_source(filled.source, made.sources);
        if (!filled.prompt_source.empty()) add_source(filled.prompt_source, made.sources);
        for (auto const& [variable, column] : filled.mappings) add_source(column, made.sources);
        made.fill = std::move(filled);
    } else {
        std::vector<std::string> read;
        made.fill = read_column_function(type, from, read);
        for (auto const& name : read) add_source(name, made.sources);
        made.needs_all = type != "COALESCE";
    }
    if (!problem.empty()) return std::nullopt;
    return made;
}

std::vector<std::string> assertions_of(std::string const& prompt, std::string& problem)
{
    boost::system::error_code bad;
    auto const parsed = json::parse(prompt, bad);
    auto const* const array = bad ? nullptr : parsed.if_array();
    if (!array) return {prompt};
    std::vector<std::string> all;
    for (auto const& one : *array) {
        auto const* const text = one.if_string();
        if (!text || text->empty()) {
            problem = "an array of assertions must be one of texts";
            return {};
        }
        all.emplace_back(view(*text));
    }
    if (all.empty()) problem = "the array of assertions is empty";
    if (all.size() > most_assertions)
        problem = "there are more than " + std::to_string(most_assertions) + " assertions";
    return all;
}

} // namespace weir::evaluation
