#include "experiments/experiment_file.hpp"

#include "config/toml_document.hpp"
#include "evaluation/check.hpp"
#include "evaluation/command.hpp"
#include "experiments/judge_template.hpp"
#include "prompts/template.hpp"
#include "storage/uuid.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>

namespace weir::experiments
{
namespace
{

constexpr std::size_t most_rows = 10'000, most_variants = 50, most_file_evaluators = 50;

/// What is wrong with a file, said once: "FILE: KEY what".
struct fault {
    std::string text;
};

std::string text_of(json::string const& value) { return {value.data(), value.size()}; }

/// A table of the file, whose members are taken one after the other; what is left over is not known.
class table
{
public:
    table(json::value const& from, std::string path)
        : path_(std::move(path))
    {
        auto const* object = from.if_object();
        if (!object) throw fault{path_ + " must be a table"};
        members_ = *object;
    }

    std::optional<json::value> take(std::string_view name)
    {
        auto const found = members_.find(name);
        if (found == members_.end()) return std::nullopt;
        auto value = std::move(found->value());
        members_.erase(found);
        return value;
    }

    std::optional<std::string> text(std::string_view name)
    {
        auto const value = take(name);
        if (!value) return std::nullopt;
        auto const* text = value->if_string();
        if (!text || text->empty()) throw fault{at(name) + " must be a text that is not empty"};
        return text_of(*text);
    }

    std::string needed(std::string_view name)
    {
        auto value = text(name);
        if (!value) throw fault{at(name) + " is missing"};
        return std::move(*value);
    }

    std::optional<std::string> id(std::string_view name)
    {
        auto value = text(name);
        if (value && !storage::uuid::parse(*value)) throw fault{at(name) + " must be a UUID"};
        return value;
    }

    std::optional<json::array> list(std::string_view name)
    {
        auto const value = take(name);
        if (!value) return std::nullopt;
        auto const* array = value->if_array();
        if (!array) throw fault{at(name) + " must be a list"};
        return *array;
    }

    void end() const
    {
        if (!members_.empty()) throw fault{at(std::string(members_.begin()->key())) + " is not known"};
    }

    std::string at(std::string_view name) const
    {
        return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
    }

private:
    std::string path_;
    json::object members_;
};

std::string numbered(std::string_view name, std::size_t n) { return std::string(name) + "[" + std::to_string(n) + "]"; }

std::string contents_of(std::filesystem::path const& file)
{
    std::error_code ignored;
    std::ifstream in;
    if (std::filesystem::is_regular_file(file, ignored)) in.open(file, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(in), {});
    if (!in.is_open() || in.bad()) throw fault{file.string() + " cannot be read"};
    return text;
}

/// A row of the dataset: what stands for a key is a text, numbers and flags become one.
json::object row_of(json::value const& value, std::string const& where)
{
    auto const* object = value.if_object();
    if (!object) throw fault{where + " must be an object of inputs"};
    auto const* inputs = object->if_contains("inputs");
    if (inputs && inputs->is_object()) {
        for (auto const& member : *object)
            if (member.key() != "inputs")
                throw fault{where + "." + std::string(member.key()) + " stands beside inputs, where nothing is read"};
        object = &inputs->get_object();
    }
    json::object row;
    for (auto const& [key, input] : *object) {
        if (input.is_object() || input.is_array() || input.is_null())
            throw fault{where + "." + std::string(key) + " must be a text, a number, true or false"};
        row[key] = input.is_string() ? input.get_string() : json::string(json::serialize(input));
    }
    return row;
}

std::vector<json::object> rows_of_file(std::filesystem::path const& file)
{
    auto const text = contents_of(file);
    std::vector<json::object> rows;
    std::size_t number = 0;
    for (std::string_view left = text; !left.empty();) {
        auto const line = left.substr(0, left.find('\n'));
        left.remove_prefix(std::min(left.size(), line.size() + 1));
        ++number;
        if (line.find_first_not_of(" \t\r") == line.npos) continue;
        boost::system::error_code error;
        auto const value = json::parse(line, error);
        auto const where = file.string() + ":" + std::to_string(number);
        if (error) throw fault{where + " is no JSON: " + error.message()};
        rows.push_back(row_of(value, where));
    }
    return rows;
}

void read_dataset(table from, std::filesystem::path const& folder, experiment_file& to)
{
    to.dataset = from.id("id");
    auto const file = from.text("file");
    auto const rows = from.list("rows");
    from.end();
    if (to.dataset.has_value() + file.has_value() + rows.has_value() != 1)
        throw fault{"dataset must have one of id, file and rows"};
    if (file) to.rows = rows_of_file(folder / *file);
    for (std::size_t i = 0; rows && i < rows->size(); ++i)
        to.rows.push_back(row_of((*rows)[i], numbered("dataset.rows", i)));
    if (to.rows.size() > most_rows) throw fault{"dataset has more than " + std::to_string(most_rows) + " rows"};
    if (!to.dataset && to.rows.empty()) throw fault{"dataset has no rows"};
}

variant read_variant(table from, std::filesystem::path const& folder)
{
    variant made;
    made.name = from.needed("name");
    made.model = from.text("model").value_or("");
    made.version = from.id("version");
    auto const file = from.text("file");
    auto const messages = from.list("messages");
    auto const request = from.take("request");
    from.end();
    if (made.version.has_value() + file.has_value() + messages.has_value() != 1)
        throw fault{from.at("messages") + ": there must be one of messages, file and version"};
    if (request && !messages)
        throw fault{from.at("request") + " stands beside messages; " +
                    (file ? "with file, write its members into that file" : "a version has all its members")};
    if (request && !request->is_object())
        throw fault{from.at("request") + " must be a table of further members of the request"};
    if (made.version && made.model.empty()) throw fault{from.at("model") + " is missing"};
    if (made.version) return made;
    json::object content;
    if (file) {
        boost::system::error_code error;
        auto const value = json::parse(contents_of(folder / *file), error);
        if (error || !value.is_object()) throw fault{from.at("file") + " must name a JSON object: a chat request"};
        content = value.get_object();
    } else {
        if (request) content = request->get_object();
        content["messages"] = *messages;
    }
    if (auto const* stream = content.if_contains("stream"); stream && *stream != json::value(false))
        throw fault{from.at(file ? "file" : "request.stream") +
                    ": the answers of runs are not streamed: leave stream out"};
    auto const* own = content.if_contains("model");
    if (made.model.empty() && own && own->is_string()) made.model = text_of(own->get_string());
    if (made.model.empty()) throw fault{from.at("model") + " is missing"};
    content["model"] = made.model;
    made.content = with_placeholders(content);
    return made;
}

/// What is wrong with a check or the naming of a command, from "check" on; empty if nothing is. Which commands there
/// are only a running weir knows.
std::string problem_with_check(json::value const& declaration)
{
    std::string problem;
    if (evaluation::is_command(declaration))
        evaluation::read_command(declaration, problem);
    else
        evaluation::check::read(declaration, problem);
    return problem;
}

evaluator_wish read_evaluator(table from)
{
    evaluator_wish made;
    made.id = from.id("id");
    made.name = made.id ? from.text("name").value_or("") : from.needed("name");
    auto check = from.take("check");
    auto const judge = from.take("judge");
    from.end();
    if (made.id.has_value() + check.has_value() + judge.has_value() != 1)
        throw fault{from.at("check") + ": there must be one of check, judge and id"};
    if (check) {
        made.scoring_type = "CHECK";
        made.code_template = with_placeholders(*check);
        if (auto const problem = problem_with_check(made.code_template); !problem.empty())
            throw fault{from.at(problem)};
    }
    if (!judge) return made;
    table asked(*judge, from.at("judge"));
    judge_question question{.name = made.name,
                            .type = asked.text("type").value_or("boolean"),
                            .question = asked.needed("question"),
                            .model = asked.text("model").value_or("gpt-4o-mini"),
                            .least = asked.take("min"),
                            .most = asked.take("max"),
                            .choices = asked.list("choices")};
    asked.end();
    std::string problem;
    made.llm_template = judge_template(question, problem);
    if (!problem.empty()) throw fault{asked.at(problem)};
    made.scoring_type = scoring_type_of(question.type);
    return made;
}

void refuse_twins(std::vector<variant> const& all)
{
    for (auto one = all.begin(); one != all.end(); ++one)
        for (auto other = all.begin(); other != one; ++other)
            if (one->name == other->name) throw fault{"variant: there are two of the name \"" + one->name + "\""};
}

/// Evaluators whose scores would be one and the same.
void refuse_same_scores(std::vector<evaluator_wish> const& all)
{
    for (auto one = all.begin(); one != all.end(); ++one)
        for (auto other = all.begin(); other != one; ++other)
            if (!one->name.empty() && evaluation::score_name(one->name) == evaluation::score_name(other->name))
                throw fault{"evaluator: \"" + other->name + "\" and \"" + one->name + "\" come to the same score, " +
                            evaluation::score_name(one->name)};
}

/// An input that is not given would be the empty text: hardly what was meant.
void need_inputs(json::value const& of, std::string const& where, std::vector<json::object> const& rows)
{
    for (auto const& key : prompts::input_keys(of))
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (!rows[i].contains({key.data(), key.size()}))
                throw fault{where + " names the input \"" + key + "\", which row " + std::to_string(i + 1) +
                            " of the dataset does not have"};
}

experiment_file read(json::object const& from, std::filesystem::path const& folder)
{
    experiment_file made;
    table whole(from, "");
    made.name = whole.needed("name");
    auto const dataset = whole.take("dataset");
    if (!dataset) throw fault{"dataset is missing"};
    read_dataset(table(*dataset, "dataset"), folder, made);
    auto const variants = whole.list("variant"), evaluators = whole.list("evaluator");
    whole.end();
    if (!variants || variants->empty()) throw fault{"variant is missing: write [[variant]], once for each"};
    if (variants->size() > most_variants) throw fault{"variant: there are more than " + std::to_string(most_variants)};
    for (std::size_t i = 0; i < variants->size(); ++i)
        made.variants.push_back(read_variant(table((*variants)[i], numbered("variant", i)), folder));
    if (evaluators && evaluators->size() > most_file_evaluators)
        throw fault{"evaluator: there are more than " + std::to_string(most_file_evaluators)};
    for (std::size_t i = 0; evaluators && i < evaluators->size(); ++i)
        made.evaluators.push_back(read_evaluator(table((*evaluators)[i], numbered("evaluator", i))));
    for (std::size_t i = 0; i < made.variants.size(); ++i)
        need_inputs(made.variants[i].content, numbered("variant", i), made.rows);
    for (std::size_t i = 0; i < made.evaluators.size(); ++i)
        need_inputs(made.evaluators[i].code_template, numbered("evaluator", i), made.rows);
    refuse_twins(made.variants);
    refuse_same_scores(made.evaluators);
    return made;
}

bool can_be_key(std::string_view text)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) || c == '_' || c == '-' || c == '.';
    });
}

json::string with_placeholders(std::string_view text)
{
    json::string out;
    for (std::size_t at = 0; at < text.size();) {
        auto const begin = text.find("{{", at);
        auto const end = begin == text.npos ? text.npos : text.find("}}", begin);
        out.append(text.substr(at, std::min(begin, text.size()) - at));
        if (end == text.npos) {
            if (begin != text.npos) out.append(text.substr(begin));
            break;
        }
        auto key = text.substr(begin + 2, end - begin - 2);
        while (key.starts_with(' ')) key.remove_prefix(1);
        while (key.ends_with(' ')) key.remove_suffix(1);
        if (can_be_key(key)) {
            out.append("<helicone-prompt-input key=\"").append(key).append("\" />");
            at = end + 2;
        } else {
            out.append("{{");
            at = begin + 2;
        }
    }
    return out;
}

} // namespace

json::value with_placeholders(json::value const& value)
{
    if (auto const* text = value.if_string()) return with_placeholders(std::string_view(text->data(), text->size()));
    if (auto const* array = value.if_array()) {
        json::array out;
        for (auto const& one : *array) out.push_back(with_placeholders(one));
        return out;
    }
    if (auto const* object = value.if_object()) {
        json::object out;
        for (auto const& [key, one] : *object) out[key] = with_placeholders(one);
        return out;
    }
    return value;
}

std::optional<experiment_file> read_experiment_file(std::string const& path, std::string& problem)
{
    auto const document = config::read_toml(path, problem);
    if (!document) return std::nullopt;
    if (!prompts::can_be_written(*document)) {
        problem = path + ": has a number that JSON does not, such as nan or inf";
        return std::nullopt;
    }
    try {
        return read(*document, std::filesystem::path(path).parent_path());
    } catch (fault const& wrong) {
        problem = path + ": " + wrong.text;
        return std::nullopt;
    }
}

} // namespace weir::experiments
