#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// Columns of reports: what each puts into the cells of a row, by what stands in other cells of that row.
/// docs/promptlayer.md has the types with the members of their configurations.
namespace weir::evaluation
{

namespace json = boost::json;

/// The cells of a row that were filled, by the names of their columns.
using row_cells = std::map<std::string, json::value, std::less<>>;

/// What a cell comes to, or why it comes to nothing.
struct cell_result {
    std::optional<json::value> value;
    std::string problem;
};

/// A column that weir fills by itself. Any thread.
using column_function = std::function<cell_result(row_cells const&)>;

/// Variables of a template, each with the column that it gets its value from.
using variable_mappings = std::vector<std::pair<std::string, std::string>>;

/// A column that has a template filled, and takes a model's answer.
struct template_column {
    std::string name; ///< of the prompt; empty: the blueprint stands here
    std::optional<std::int64_t> version{};
    std::optional<std::string> label{};
    json::object blueprint{}, metadata{};
    variable_mappings mappings{};
    std::string provider{}, model{}; ///< in place of the version's, where they are not empty
    json::object parameters{};
};

/// A column that has a model say whether assertions hold of another column.
struct assertion_column {
    std::string source;
    std::string prompt;        ///< a text with `{name}` for variables
    std::string prompt_source; ///< the column that has it, where `prompt` is empty
    variable_mappings mappings{};
    std::string model;
};

/// The judge of assertions whose configuration names none.
inline constexpr std::string_view default_judge = "gpt-4o-mini";

struct report_column {
    std::vector<std::string> sources; ///< the columns that it reads, each once
    bool needs_all = true;            ///< whether it can do nothing where one of them failed
    std::variant<column_function, template_column, assertion_column> fill;
};

/// Bytes of a cell as JSON.
inline constexpr std::size_t most_cell_bytes = std::size_t{1024} * 1024;

/// Whether it is one of PromptLayer's types, and one that runs here.
bool is_column_type(std::string_view type);
bool is_run_column_type(std::string_view type);
/// Those that run, for people: "A, B and C".
std::string run_column_types();

/// Reads the configuration of a column of a type that runs. On failure none, and `problem` begins with the member that
/// is wrong: "source: is required".
std::optional<report_column> read_report_column(std::string_view type, json::value const& configuration,
                                                std::string& problem);

/// The assertions of a prompt: one, or where it is a JSON array of texts, these; `problem` says what is wrong.
std::vector<std::string> assertions_of(std::string const& prompt, std::string& problem);

} // namespace weir::evaluation
