#include "storage/call_functions.hpp"

#include "prompts/conversation.hpp"
#include "storage/connection.hpp"
#include "storage/function_value.hpp"
#include "storage/words.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <new>

namespace json = boost::json;

namespace weir::storage
{
namespace
{

json::value json_of(sqlite3_value* value)
{
    constexpr std::size_t deepest = 64;
    json::error_code error;
    json::parse_options options;
    options.max_depth = deepest;
    auto parsed = json::parse(json::string_view(bytes_of(value)), error, {}, options);
    return error ? json::value() : parsed;
}

json::array pairs_of(prompts::flat_values const& values)
{
    json::array pairs;
    for (auto const& [path, text] : values)
        pairs.push_back(json::array{json::string_view(path), json::string_view(text)});
    return pairs;
}

std::string_view name_of(prompts::output_kind kind)
{
    switch (kind) {
    case prompts::output_kind::none: return "none";
    case prompts::output_kind::plain_text: return "plain_text";
    case prompts::output_kind::json: return "json";
    case prompts::output_kind::tool_call: return "tool_call";
    }
    return "";
}

std::string input_text(sqlite3_value* request)
{
    return prompts::input_text(prompts::request_messages(json_of(request)));
}

std::string output_text(sqlite3_value* answer)
{
    return prompts::output_text(prompts::answer_messages(json_of(answer)));
}

std::string output_facts(sqlite3_value* answer)
{
    auto const facts = prompts::facts_of_output(prompts::answer_messages(json_of(answer)));
    json::array tools;
    for (auto const& tool : facts.tools) tools.emplace_back(tool);
    json::object made;
    made["kind"] = name_of(facts.kind);
    made["tools"] = std::move(tools);
    made["values"] = pairs_of(facts.values);
    return json::serialize(made);
}

std::string flat(sqlite3_value* object) { return json::serialize(pairs_of(prompts::flattened(json_of(object)))); }

/// A function of one text that makes another; of NULL it makes NULL.
template <std::string (*Make)(sqlite3_value*)>
void made_text(sqlite3_context* context, int, sqlite3_value** given)
{
    if (sqlite3_value_type(given[0]) == SQLITE_NULL) return;
    try {
        auto const text = Make(given[0]);
        sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    } catch (std::bad_alloc const&) { // SQLite's frames are C
        sqlite3_result_error_nomem(context);
    }
}

void has_words(sqlite3_context* context, int count, sqlite3_value** given)
{
    try {
        std::vector<std::string> words;
        for (int i = 1; i < count; ++i) {
            auto more = words_of(bytes_of(given[i]));
            words.insert(words.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
        }
        sqlite3_result_int(context, storage::has_words(words, words_of(bytes_of(given[0]))) ? 1 : 0);
    } catch (std::bad_alloc const&) { // SQLite's frames are C
        sqlite3_result_error_nomem(context);
    }
}

} // namespace

result<void> add_call_functions(connection& db)
{
    struct {
        char const* name;
        int parameters;
        void (*run)(sqlite3_context*, int, sqlite3_value**);
    } const functions[] = {
        {"weir_input_text", 1, made_text<input_text>},
        {"weir_output_text", 1, made_text<output_text>},
        {"weir_output_facts", 1, made_text<output_facts>},
        {"weir_flat", 1, made_text<flat>},
        {"weir_has_words", -1, has_words},
    };
    for (auto const& f : functions) {
        auto const code = sqlite3_create_function_v2(db.handle(), f.name, f.parameters, own_function_flags, nullptr,
                                                     f.run, nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) return error_of(code);
    }
    return {};
}

} // namespace weir::storage
