#include "api/promptlayer/call_filters.hpp"

#include "storage/connection.hpp"
#include "storage/tracked_requests.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace json = boost::json;

namespace weir::api::promptlayer
{
namespace
{

using storage::call_field;
using storage::call_field_kind;
using storage::call_filter;
using storage::call_operator;

/// In the order of the enumerators; scores and stars are for the flat form alone.
constexpr std::array<std::string_view, 25> field_names{"pl_id",
                                                       "prompt_id",
                                                       "engine",
                                                       "provider_type",
                                                       "status",
                                                       "input_text",
                                                       "output_text",
                                                       "prompt_version_number",
                                                       "input_tokens",
                                                       "output_tokens",
                                                       "cost",
                                                       "latency_ms",
                                                       "request_start_time",
                                                       "request_end_time",
                                                       "is_json",
                                                       "is_tool_call",
                                                       "is_plain_text",
                                                       "tags",
                                                       "metadata_keys",
                                                       "tool_names",
                                                       "output_keys",
                                                       "input_variable_keys",
                                                       "metadata",
                                                       "output",
                                                       "input_variables"};

constexpr std::array<std::string_view, 26> operator_names{
    "is",           "is_not",      "in",           "not_in",     "contains",
    "not_contains", "starts_with", "ends_with",    "eq",         "neq",
    "gt",           "gte",         "lt",           "lte",        "between",
    "is_null",      "is_not_null", "before",       "after",      "is_true",
    "is_false",     "is_empty",    "is_not_empty", "key_equals", "key_not_equals",
    "key_contains"};

constexpr std::size_t most_conditions = 500, most_operands = 1000, longest_text = 16 * 1024;

/// Of a whole group. SQLite takes long to read very many values, and each look into a call's bodies takes its time.
constexpr std::size_t most_operands_in_all = 5000, most_body_conditions = 50;

/// What a group may still have.
struct allowance {
    std::size_t conditions = most_conditions, operands = most_operands_in_all, body_conditions = most_body_conditions;
};

/// Whether a condition reads the bodies of each call.
bool reads_bodies(call_field field)
{
    constexpr call_field these[] = {call_field::input_text,   call_field::output_text,   call_field::is_json,
                                    call_field::is_tool_call, call_field::is_plain_text, call_field::tool_names,
                                    call_field::output_keys,  call_field::output};
    return std::ranges::find(these, field) != std::end(these);
}

failure wrong_filter(std::string const& path, std::string_view what)
{
    return unprocessable(path + ": " + std::string(what));
}

json::value const* member(json::object const& of, std::string_view name)
{
    auto const* found = of.if_contains(name);
    return found && !found->is_null() ? found : nullptr;
}

/// Which of the names a member is; the error names those that there are.
template <class Names>
result<std::size_t> word_in(json::object const& of, std::string_view name, std::string const& path, Names const& names)
{
    auto const here = path + "." + std::string(name);
    auto const* given = member(of, name);
    if (!given) return wrong_filter(here, "is required");
    if (!given->is_string()) return wrong_filter(here, "expected a string");
    std::string_view const text = given->get_string();
    auto const found = std::ranges::find(names, text);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    std::string known;
    for (auto const one : names) known.append(known.empty() ? "" : ", ").append(one);
    return wrong_filter(here, "unknown value; expected one of " + known);
}

/// A value as the record has it: a text, or the JSON of what is none.
result<std::string> filter_text(json::value const& given, std::string const& path)
{
    auto text = given.is_string() ? std::string(given.get_string()) : json::serialize(given);
    if (given.is_null()) return wrong_filter(path, "must not be null");
    if (auto bad = problem_with_value(path, text, longest_text)) return *bad;
    return text;
}

result<double> number_of(json::value const& given, std::string const& path)
{
    double number = 0;
    if (auto const* text = given.if_string()) {
        auto const [end, bad] = std::from_chars(text->data(), text->data() + text->size(), number);
        if (bad != std::errc{} || end != text->data() + text->size() || !std::isfinite(number))
            return wrong_filter(path, "expected a number");
        return number;
    }
    if (!given.is_number()) return wrong_filter(path, "expected a number");
    return given.to_number<double>();
}

/// One operand, of the kind that the field compares with.
result<storage::sql_value> operand_of(call_field field, json::value const& given, std::string const& path)
{
    auto const kind = storage::kind_of(field);
    if (kind == call_field_kind::time) {
        auto const is_number = given.is_number();
        if (!is_number && !given.is_string()) return wrong_filter(path, "expected a time");
        auto const us = time_us(
            is_number ? time_value(given.to_number<double>()) : time_value(std::string(given.get_string())), path);
        if (!us) return us.error();
        return storage::sql_value(*us);
    }
    bool const is_id = field == call_field::pl_id || field == call_field::prompt_id;
    if (kind == call_field_kind::number || is_id) {
        auto const number = number_of(given, path);
        if (!number) return number.error();
        constexpr double most_exact = 9e15;
        if (!is_id) return storage::sql_value(*number);
        if (*number != std::trunc(*number) || std::abs(*number) > most_exact)
            return wrong_filter(path, "must be a whole number");
        return storage::sql_value(static_cast<std::int64_t>(*number));
    }
    auto text = filter_text(given, path);
    if (!text) return text.error();
    return storage::sql_value(std::move(*text));
}

/// How many operands an operator takes.
enum class arity : std::uint8_t { none, one, two, many, one_or_many };
arity arity_of(call_operator how, call_field_kind kind)
{
    switch (how) {
    case call_operator::is_null:
    case call_operator::is_not_null:
    case call_operator::is_true:
    case call_operator::is_false:
    case call_operator::is_empty:
    case call_operator::is_not_empty: return arity::none;
    case call_operator::between: return arity::two;
    case call_operator::in:
    case call_operator::not_in: return arity::many;
    case call_operator::contains:
    case call_operator::not_contains: return kind == call_field_kind::list ? arity::one_or_many : arity::one;
    default: return arity::one;
    }
}

result<void> read_operands(json::value const* given, storage::call_condition& to, std::string const& path)
{
    auto const takes = arity_of(to.how, storage::kind_of(to.field));
    if (takes == arity::none) return {};
    if (!given) return wrong_filter(path, "is required");
    auto const* many = given->if_array();
    if (takes == arity::one && many) return wrong_filter(path, "expected one value");
    if (takes == arity::two && (!many || many->size() != 2)) return wrong_filter(path, "expected an array of two");
    if (many && many->size() > most_operands) return wrong_filter(path, "has more than 1000 values");
    auto const add = [&to](json::value const& value, std::string const& here) -> result<void> {
        auto operand = operand_of(to.field, value, here);
        if (!operand) return operand.error();
        to.operands.push_back(std::move(*operand));
        return {};
    };
    if (!many) return add(*given, path);
    for (std::size_t i = 0; i < many->size(); ++i)
        if (auto const added = add((*many)[i], path + "[" + std::to_string(i) + "]"); !added) return added;
    return {};
}

result<call_filter> read_condition(json::object const& given, std::string const& path)
{
    auto const field = word_in(given, "field", path, field_names);
    if (!field) return field.error();
    auto const how = word_in(given, "operator", path, operator_names);
    if (!how) return how.error();
    call_filter one{.is = call_filter::kind::condition, .condition = {}, .parts = {}};
    one.condition.field = static_cast<call_field>(*field);
    one.condition.how = static_cast<call_operator>(*how);
    auto const kind = storage::kind_of(one.condition.field);
    if (!storage::takes(kind, one.condition.how))
        return wrong_filter(path + ".operator", "\"" + std::string(operator_names[*how]) +
                                                    "\" is none of the field \"" + std::string(field_names[*field]) +
                                                    "\"");
    if (kind == call_field_kind::nested) {
        auto const* key = member(given, "nested_key");
        if (!key || !key->is_string()) return wrong_filter(path + ".nested_key", "is required, and a string");
        auto text = filter_text(*key, path + ".nested_key");
        if (!text) return text.error();
        one.condition.key = std::move(*text);
    }
    if (auto const read = read_operands(member(given, "value"), one.condition, path + ".value"); !read)
        return read.error();
    return one;
}

result<call_filter> read_group(json::value const& given, std::string const& path, allowance& left);

result<call_filter> read_part(json::value const& given, std::string const& path, allowance& left)
{
    auto const* object = given.if_object();
    if (!object) return wrong_filter(path, "expected an object");
    if (object->contains("filters")) return read_group(given, path, left);
    if (left.conditions == 0) return wrong_filter(path, "there are more than 500 filters");
    --left.conditions;
    auto one = read_condition(*object, path);
    if (!one) return one;
    if (one->condition.operands.size() > left.operands)
        return wrong_filter(path, "there are more than 5000 values in all");
    left.operands -= one->condition.operands.size();
    if (!reads_bodies(one->condition.field)) return one;
    if (left.body_conditions == 0) return wrong_filter(path, "there are more than 50 filters of texts and outputs");
    --left.body_conditions;
    return one;
}

/// Recursion is bounded by the depth that JSON may have.
result<call_filter> read_group(json::value const& given, std::string const& path, allowance& left)
{
    auto const* object = given.if_object();
    if (!object) return wrong_filter(path, "expected an object");
    call_filter group;
    if (auto const* logic = member(*object, "logic")) {
        if (!logic->is_string() || (logic->get_string() != "AND" && logic->get_string() != "OR"))
            return wrong_filter(path + ".logic", "expected \"AND\" or \"OR\"");
        group.is = logic->get_string() == "OR" ? call_filter::kind::any_of : call_filter::kind::all_of;
    }
    auto const* parts = member(*object, "filters");
    if (!parts) return group;
    if (!parts->is_array()) return wrong_filter(path + ".filters", "expected an array");
    for (std::size_t i = 0; i < parts->get_array().size(); ++i) {
        auto part = read_part(parts->get_array()[i], path + ".filters[" + std::to_string(i) + "]", left);
        if (!part) return part.error();
        group.parts.push_back(std::move(*part));
    }
    return group;
}

call_filter condition(call_field field, call_operator how, std::vector<storage::sql_value> operands,
                      std::string key = {})
{
    return {.is = call_filter::kind::condition,
            .condition = {.field = field, .how = how, .key = std::move(key), .operands = std::move(operands)},
            .parts = {}};
}

call_filter any_of(std::vector<call_filter> parts)
{
    return {.is = call_filter::kind::any_of, .condition = {}, .parts = std::move(parts)};
}

/// What the flat form says, as it is read.
class flat_reader
{
public:
    explicit flat_reader(flat_filter_params const& from)
        : from_(from)
    {
    }

    result<flat_choice> read()
    {
        for (auto const step : {&flat_reader::read_words, &flat_reader::read_times, &flat_reader::read_tags,
                                &flat_reader::read_metadata, &flat_reader::read_scores, &flat_reader::read_others})
            if (auto const done = (this->*step)(); !done) return done.error();
        return std::move(choice_);
    }

private:
    void add(call_filter one) { choice_.search.what.parts.push_back(std::move(one)); }

    result<void> read_words()
    {
        if (!from_.q) return {};
        if (auto bad = problem_with_value("q", *from_.q, longest_text)) return *bad;
        choice_.search.words = *from_.q;
        return {};
    }

    result<void> read_times()
    {
        constexpr std::int64_t first = 0, last = 4'000'000'000'000'000;
        if (!from_.start_time && !from_.end_time) return {};
        auto const from = from_.start_time ? time_us(*from_.start_time, "start_time") : result<std::int64_t>(first);
        if (!from) return from.error();
        auto const to = from_.end_time ? time_us(*from_.end_time, "end_time") : result<std::int64_t>(last);
        if (!to) return to.error();
        add(condition(call_field::request_start_time, call_operator::between, {*from, *to}));
        return {};
    }

    /// All or any of some tags.
    result<void> read_tags(std::optional<std::vector<std::string>> const& tags, std::string_view field, bool is_all)
    {
        if (!tags || tags->empty()) return {};
        if (auto bad = problem_with_tags(*tags, field)) return *bad;
        std::vector<storage::sql_value> operands(tags->begin(), tags->end());
        add(condition(call_field::tags, is_all ? call_operator::contains : call_operator::in, std::move(operands)));
        return {};
    }

    result<void> read_tags()
    {
        if (auto const done = read_tags(from_.tags, "tags", false); !done) return done;
        if (auto const done = read_tags(from_.tags_and, "tags_and", true); !done) return done;
        return read_tags(from_.tags_or, "tags_or", false);
    }

    result<void> read_metadata(std::optional<std::vector<metadata_filter>> const& given, std::string const& field,
                               bool is_all)
    {
        if (!given || given->empty()) return {};
        if (given->size() > most_metadata) return wrong_filter(field, "at most " + std::to_string(most_metadata));
        std::vector<call_filter> parts;
        for (std::size_t i = 0; i < given->size(); ++i) {
            auto const here = field + "[" + std::to_string(i) + "]";
            if (auto bad = problem_with_value(here + ".key", (*given)[i].key, longest_metadata_key)) return *bad;
            auto text = filter_text((*given)[i].value, here + ".value");
            if (!text) return text.error();
            parts.push_back(
                condition(call_field::metadata, call_operator::key_equals, {std::move(*text)}, (*given)[i].key));
        }
        if (!is_all) {
            add(any_of(std::move(parts)));
            return {};
        }
        for (auto& part : parts) add(std::move(part));
        return {};
    }

    result<void> read_metadata()
    {
        if (auto const done = read_metadata(from_.metadata, "metadata", true); !done) return done;
        if (auto const done = read_metadata(from_.metadata_and, "metadata_and", true); !done) return done;
        return read_metadata(from_.metadata_or, "metadata_or", false);
    }

    result<void> read_scores()
    {
        struct {
            std::string_view sign;
            call_operator how;
        } constexpr signs[] = {{">", call_operator::gt},   {"<", call_operator::lt}, {">=", call_operator::gte},
                               {"<=", call_operator::lte}, {"=", call_operator::eq}, {"==", call_operator::eq},
                               {"!=", call_operator::neq}};
        if (!from_.scores) return {};
        if (from_.scores->size() > most_conditions) return wrong_filter("scores", "there are too many");
        for (std::size_t i = 0; i < from_.scores->size(); ++i) {
            auto const& given = (*from_.scores)[i];
            auto const here = "scores[" + std::to_string(i) + "]";
            auto const sign = std::ranges::find(signs, given.operator_, [](auto const& s) { return s.sign; });
            if (sign == std::end(signs))
                return wrong_filter(here + ".operator", "expected one of >, <, >=, <=, =, == and !=");
            constexpr std::size_t longest_name = 512;
            auto name = given.name && !given.name->empty() ? *given.name : std::string("default");
            if (auto bad = problem_with_value(here + ".name", name, longest_name)) return *bad;
            add(condition(call_field::score, sign->how, {given.value}, std::move(name)));
        }
        return {};
    }

    result<void> read_others()
    {
        auto& search = choice_.search;
        if (from_.starred.value_or(false)) add(condition(call_field::starred, call_operator::is_true, {}));
        if (from_.id) add(condition(call_field::pl_id, call_operator::is, {*from_.id}));
        if (from_.status && !from_.status->empty()) {
            std::vector<storage::sql_value> operands(from_.status->begin(), from_.status->end());
            add(condition(call_field::status, call_operator::in, std::move(operands)));
        }
        for (auto const* list : {&from_.prompt_templates_include, &from_.prompt_templates_exclude})
            if (*list && (*list)->size() > most_conditions)
                return wrong_filter("prompt_templates", "there are too many");
        if (from_.limit && *from_.limit < 1) return wrong_filter("limit", "must be greater than 0");
        search.limit = std::min(from_.limit.value_or(most_dataset_rows), most_dataset_rows);
        search.by = static_cast<storage::call_order>(from_.sort_by.value_or(call_sort::request_start_time));
        search.ascending = from_.sort_order == sort_way::asc;
        choice_.prompt_template = from_.prompt_template;
        if (from_.prompt_templates_include)
            for (auto const& one : *from_.prompt_templates_include) choice_.any_of.push_back(one);
        if (from_.prompt_templates_exclude)
            for (auto const& one : *from_.prompt_templates_exclude) choice_.none_of.push_back(one);
        return {};
    }

    flat_filter_params const& from_;
    flat_choice choice_;
};

} // namespace

result<call_filter> read_filter_group(json::value const& group, std::string const& path)
{
    allowance left;
    return read_group(group, path, left);
}

result<storage::call_search> read_choice(call_choice_params const& params)
{
    storage::call_search search;
    if (params.filter_group && !params.filter_group->is_null()) {
        auto what = read_filter_group(*params.filter_group, "filter_group");
        if (!what) return what.error();
        search.what = std::move(*what);
    }
    if (params.q) {
        if (auto bad = problem_with_value("q", *params.q, longest_text)) return *bad;
        search.words = *params.q;
    }
    if (params.sort_order && !params.sort_by) return wrong_filter("sort_order", "is only for use with sort_by");
    search.by = static_cast<storage::call_order>(params.sort_by.value_or(call_sort::request_start_time));
    search.ascending = params.sort_order == sort_way::asc;
    return search;
}

result<flat_choice> read_flat_filter(flat_filter_params const& params) { return flat_reader(params).read(); }

storage::result<storage::call_search> with_templates(storage::connection& db, storage::organization_id whose,
                                                     flat_choice choice)
{
    auto& parts = choice.search.what.parts;
    auto const versions_of =
        [&](template_filter const& one,
            storage::which_versions otherwise) -> storage::result<std::vector<storage::sql_value>> {
        auto const numbers = one.version_numbers.value_or(std::vector<std::int64_t>());
        auto const labels = one.labels.value_or(std::vector<std::string>());
        bool const is_any = numbers.empty() && labels.empty();
        auto const found = storage::find_versions(db, whose, one.name,
                                                  is_any ? otherwise : storage::which_versions::named, numbers, labels);
        if (!found) return found.error();
        return std::vector<storage::sql_value>(found->begin(), found->end());
    };
    auto const versions_of_all =
        [&](std::vector<template_filter> const& all) -> storage::result<std::vector<storage::sql_value>> {
        std::vector<storage::sql_value> versions;
        for (auto const& one : all) {
            auto more = versions_of(one, storage::which_versions::all);
            if (!more) return more.error();
            versions.insert(versions.end(), more->begin(), more->end());
        }
        return versions;
    };
    if (choice.prompt_template) {
        auto versions = versions_of(*choice.prompt_template, storage::which_versions::newest);
        if (!versions) return versions.error();
        parts.push_back(condition(call_field::prompt_version_key, call_operator::in, std::move(*versions)));
    }
    if (!choice.any_of.empty()) {
        auto versions = versions_of_all(choice.any_of);
        if (!versions) return versions.error();
        parts.push_back(condition(call_field::prompt_version_key, call_operator::in, std::move(*versions)));
    }
    if (!choice.none_of.empty()) {
        auto versions = versions_of_all(choice.none_of);
        if (!versions) return versions.error();
        parts.push_back(condition(call_field::prompt_version_key, call_operator::not_in, std::move(*versions)));
    }
    return std::move(choice.search);
}

} // namespace weir::api::promptlayer
